"""A record that comes several times in one read ends as it came last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from crmsync.engine.plans import GuardLimits
from crmsync.errors import BatchRejectedError, RetryableError
from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.records import Record
from crmsync.testing.clocks import FakeClock
from tests.engine.conftest import Bench, company

OFF = GuardLimits(empty=False, shortfall=1, blank=1)
WAYS: dict[str, dict[str, Any]] = {
    "valid": {"industry": "retail"},
    "changed": {"industry": "retail", "name": "Another"},
    "moved": {"industry": "retail", "domain": "elsewhere.com"},
    "invalid": {"industry": "retail", "stage": "unheard of"},
    "skipped": {"industry": "retail", "domain": None},
    "filtered": {"industry": "mining"},
    "gone": {"deleted": True},
}
ENDS: dict[str, set[Outcome | None]] = {
    "invalid": {Outcome.INVALID},
    "skipped": {Outcome.SKIPPED},
    # What was delivered of it stays, and is what it came to.
    "filtered": {Outcome.FILTERED, Outcome.UNVERIFIED, Outcome.UNCHANGED, Outcome.SKIPPED, None},
    "gone": {None},
}
DELIVERED: set[Outcome | None] = {Outcome.UNVERIFIED, Outcome.UNCHANGED}
STATES = st.lists(st.sampled_from(sorted(WAYS)), max_size=4)
LOST = RetryableError("lost", maybe_delivered=True)
REFUSED = BatchRejectedError("400", reason="not today")


def moments(names: Iterable[str], day: int = 1) -> list[Record]:
    """Company 1 at several moments of one read, in their order."""
    return [company(1, day=day + n, **WAYS[name]) for n, name in enumerate(names)]


def ended(bench: Bench) -> tuple[Outcome | None, list[str]]:
    """What company 1 came to by the ledger, and who is in quarantine."""
    row = bench.ledger.record("companies", "1")
    refused = [entry.record_id for entry in bench.ledger.quarantine("companies")]
    return row and row.outcome, refused


@given(
    before=STATES,
    names=st.lists(st.sampled_from(sorted(WAYS)), min_size=1, max_size=5),
    size=st.integers(1, 4),
    batch=st.sampled_from([1, 1_000]),
    beside=st.integers(0, 3),
    failure=st.sampled_from([None, LOST, REFUSED]),
)
@example(before=[], names=["valid", "invalid"], size=4, batch=1_000, beside=0, failure=None)
@example(before=["valid"], names=["gone", "invalid"], size=1, batch=1, beside=1, failure=None)
@example(before=["valid"], names=["moved", "invalid"], size=1, batch=1, beside=0, failure=None)
@example(before=[], names=["invalid", "gone"], size=1, batch=1, beside=0, failure=None)
@example(before=[], names=["invalid", "filtered"], size=2, batch=1, beside=0, failure=None)
def test_a_record_ends_in_the_books_as_it_came_last(before, names, size, batch, beside, failure):
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    bench = Bench(ledger, max_payloads=batch)
    bench.settings |= {"on_delete": "disable", "guards": OFF, "filter": {"industry": ("retail",)}}
    bench.source.page_size = size
    others = [company(20 + n, industry="retail") for n in range(beside)]
    bench.source.records = [*moments(before), *others]
    bench.run(full=True)

    def fail(_: object) -> None:
        if failure is not None:
            raise failure

    bench.source.records = [*moments(names, 9), *others]
    bench.destination.respond = fail
    report = bench.run(full=True)
    bench.destination.respond = lambda _: None
    if failure is not None:
        report = bench.run(full=True, force=True)

    assert report.status in {"succeeded", "partial"}
    assert (report.owed, report.quarantined) == (0, int(names[-1] == "invalid"))
    outcome, refused = ended(bench)
    assert outcome in ENDS.get(names[-1], DELIVERED)
    assert refused == ["1"] * (names[-1] == "invalid")
    bench.source.records = [*moments(names, 9)[-1:], *others]
    again = bench.run(full=True)
    assert (again.bytes_sent, ended(bench)[1]) == (0, refused)
    ledger.close()
