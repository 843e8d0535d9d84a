"""Settles in a loop until it is killed, saying the number of each settlement that returned.

Each one moves a hundred records, their deliveries and the cursor on together.
"""

from __future__ import annotations

import itertools
import os
import sys

from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import delivery, record, settlement


def main():
    path, sync = sys.argv[1:]
    ledger = open_ledger(f"sqlite:///{path}", clock=FakeClock())
    for number in itertools.count(int(ledger.sync_state(sync).cursor or 0) + 1):
        body = b"%d " % number * 100
        keys = [f"{sync}-{n}" for n in range(100)]
        ledger.intend(
            batch_id=f"{sync}-{number}",
            sync=sync,
            destination="akooda",
            payloads=[(key, b"{}") for key in keys],
        )
        ledger.settle(
            settlement(
                [record(key, body, key=key) for key in keys],
                [delivery(key, body) for key in keys],
                sync=sync,
                batch_id=f"{sync}-{number}",
                cursor=str(number),
            )
        )
        os.write(1, b"%d\n" % number)


if __name__ == "__main__":
    main()
