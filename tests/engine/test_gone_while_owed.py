from __future__ import annotations

import pytest

from crmsync.engine.plans import GuardLimits
from crmsync.errors import RetryableError
from crmsync.receipts import Outcome
from tests.engine.conftest import company
from tests.engine.keyed import KeyedBench, account


def failed(bench, *, maybe_delivered):
    """A run in which every request fails."""

    def fail(_payloads):
        raise RetryableError("down", maybe_delivered=maybe_delivered)

    bench.settings = {"guards": GuardLimits(empty=False, minimum=10**6), **bench.settings}
    bench.destination.respond = fail
    report = bench.run()
    bench.destination.respond = lambda _payloads: None
    return report


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("maybe_delivered", [False, True], ids=["pending", "unknown"])
def test_nothing_is_owed_of_a_record_that_is_gone_from_the_crm(bench, maybe_delivered, full):
    bench.source.records = [company(1), company(2)]
    assert failed(bench, maybe_delivered=maybe_delivered).owed == 2
    bench.source.records = [company(2)]
    report = bench.run(full=full)
    assert (report.exit_code, report.owed, report.counts.read) == (0, 0, 1)
    assert bench.run(full=True).exit_code == 0


def test_what_was_never_on_its_way_is_not_sent_once_the_crm_has_it_no_more(bench):
    bench.max_payloads = 1
    bench.source.records = [company(number) for number in range(1, 9)]
    failed(bench, maybe_delivered=False)
    bench.source.records = bench.source.records[:-1]
    before = len(bench.destination.pushes)
    bench.run()
    pushed = {one["domain"] for push in bench.destination.pushes[before:] for one in push}
    assert pushed == {f"c{number}.com" for number in range(1, 8)}
    row = bench.ledger.record("companies", "8")
    # It has no row where the error stopped the read before its page was planned.
    assert row is None or row.outcome is Outcome.FILTERED


def test_a_key_that_several_claim_is_owed_no_more_than_they_are_in_quarantine(bench):
    keyed = KeyedBench(bench.ledger)
    keyed.source.records = [account(1, "one")]
    failed(keyed, maybe_delivered=True)
    keyed.source.records = [account(1, "one"), account(2, "one")]
    assert keyed.run().owed == 0
    again = keyed.run(full=True)
    assert (again.exit_code, again.owed, again.quarantined) == (0, 0, 2)
    keyed.source.records = [account(1, "one"), account(2, "two")]
    assert (keyed.run().exit_code, keyed.held_back()) == (0, {})
    assert keyed.destination.kept.keys() == {"one", "two"}
