"""Settles more than a file may hold, and writes what the ledger said."""

from __future__ import annotations

import resource
import signal
import sys

from crmsync.errors import LedgerError
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import record, settlement


def main():
    path, size = sys.argv[1], int(sys.argv[2])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ledger = open_ledger(f"sqlite:///{path}", clock=FakeClock())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        ledger.settle(settlement([record(str(n), b"x" * 700) for n in range(500)], cursor="large"))
    except LedgerError as error:
        sys.stdout.write(error.message)


if __name__ == "__main__":
    main()
