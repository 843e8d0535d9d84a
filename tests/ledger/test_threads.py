from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from crmsync.state import Phase
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
    assert ledger.standing(SYNC, DESTINATION).tracked == 60


def test_sends_of_several_threads_are_all_known(open_at):
    ledger = open_at()
    with ledger.lock(SYNC):  # makes the folder that it is noted in
        ledger.vouch(DESTINATION, SYNC)

    def work(worker):
        for n in range(20):
            journaled(ledger, line(f"{worker}-{n}", Phase.SENDING))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert ledger.unknown_sends(DESTINATION, SYNC) == 0
