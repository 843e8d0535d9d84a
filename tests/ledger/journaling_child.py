"""Journals events in a loop until it is killed, saying each number and phase that is durable.

Each record comes with its event and the cursor; then the event is sent, and settled.
"""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace

from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.state import Phase
from crmsync.testing.clocks import FakeClock
from crmsync.testing.journals import line
from crmsync.testing.settlements import DESTINATION, SYNC, record, settlement


def main():
    ledger = open_ledger(f"sqlite:///{sys.argv[1]}", clock=FakeClock())
    for number in itertools.count(int(ledger.sync_state(SYNC).cursor or 0) + 1):
        told = str(number)
        event = line(told, record_id=told, lead=f"lead{number % 3}", order=number)
        whole = settlement([record(told, outcome=Outcome.PENDING)], cursor=told)
        ledger.settle(replace(whole, events=[event]))
        os.write(1, b"%d planned\n" % number)
        for phase in (Phase.SENDING, Phase.REFUSED if number % 2 else Phase.ACCEPTED):
            ledger.journal(DESTINATION, [event._replace(phase=phase)])
            os.write(1, b"%d %s\n" % (number, phase.value.encode()))


if __name__ == "__main__":
    main()
