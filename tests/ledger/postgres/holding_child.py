"""Holds a lock and settles in a loop, saying each number settled, until its lock is lost."""

from __future__ import annotations

import itertools
import os
import sys

from crmsync.errors import LockedError
from crmsync.ledger.postgres.opening import open_postgres
from crmsync.ledger.postgres.server import Server
from crmsync.testing.settlements import DESTINATION, SYNC, delivery, record, settlement
from crmsync.transport.clock import SystemClock


def main():
    url, lease = sys.argv[1:]
    clock = SystemClock()
    ledger = open_postgres(Server(url=url), clock=clock, lost=clock.stop, lease=float(lease))
    try:
        with ledger.lock("sync a"):
            settle_for_ever(ledger)
    except LockedError as error:
        os.write(1, f"lost: stopped {clock.stopping}: {error.message}\n".encode())


def settle_for_ever(ledger):
    for number in itertools.count(int(ledger.sync_state(SYNC).cursor or 0) + 1):
        batch, body = f"b{number}", b'{"n":%d}' % number
        ledger.intend(batch_id=batch, sync=SYNC, destination=DESTINATION, payloads=[("k", body)])
        ledger.begin_full(SYNC)  # counts: done twice, it shows
        done = settlement([record(body=body, key="k")], [delivery("k", body)], batch_id=batch)
        ledger.settle(done.__class__(**{**vars(done), "cursor": str(number)}))
        os.write(1, b"%d\n" % number)


if __name__ == "__main__":
    main()
