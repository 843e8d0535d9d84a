from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

from typing_extensions import override

from crmsync.ledger.locks import MemoryLocks
from crmsync.ledger.stored import StoredLedger
from crmsync.ledger.witness import Witness
from crmsync.state import Phase
from crmsync.testing.clocks import FakeClock
from crmsync.testing.journals import journaled, line
from crmsync.testing.settlements import DESTINATION, SYNC, delivery, record, settlement


def test_threads_share_one_ledger(open_at):
    ledger = open_at()

    def work(worker):
        for n in range(10):
            key = f"{worker}-{n}"
            ledger.settle(settlement([record(key, key=key)], [delivery(key)]))
            assert list(ledger.known(SYNC, [key])) == [key]
            assert list(ledger.contributions(DESTINATION, [key])) == [key]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert ledger.tracked(SYNC) == 60


class Pausing(Witness):
    """Lets something else happen while it is first asked, if that can happen then."""

    def __init__(self, meanwhile):
        self._meanwhile = [meanwhile]
        self._sent = 0

    @override
    def sent(self, sync):
        while self._meanwhile:
            thread = Thread(target=self._meanwhile.pop())
            thread.start()
            thread.join(0.1)
        return self._sent

    @override
    def remember(self, sync, sent):
        self._sent = sent


def test_sends_that_threads_note_at_once_are_counted_one_after_the_other(open_at):
    opened, noted = open_at(), Event()

    def other():
        journaled(ledger, line("b", Phase.SENDING))
        noted.set()

    ledger = StoredLedger(
        opened.store, MemoryLocks(FakeClock()), read_only=False, witness=Pausing(other)
    )
    journaled(ledger, line("a", Phase.SENDING))
    assert noted.wait(60)
    assert ledger.unknown_sends(SYNC) == 0
