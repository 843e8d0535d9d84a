from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

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
