"""Keys that several records of two syncs claim, and runs cut off at any durable step.

After clean runs, who is alone at its key is delivered as it is, and everybody else is refused.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.engine.retry import retry_quarantined
from crmsync.ledger import open_ledger
from crmsync.records import Record
from crmsync.testing.clocks import FakeClock
from tests.engine.keyed import COLLISION, KeyedBench, account
from tests.engine.test_crashes import CutLedger, PowerCut, failing, outages
from tests.examples import examples

IDS = ["one", "two", "three", " "]
accounts = st.builds(
    lambda number, customer_id, name, stage, tag: account(
        number, customer_id, name=name, stage=stage, tag=tag
    ),
    number=st.integers(1, 4),
    customer_id=st.sampled_from(IDS),
    name=st.sampled_from(["A", "B"]),
    stage=st.sampled_from([None, "lead", "customer", "churn"]),
    tag=st.sampled_from([None, "7", "8"]),
)
crms = st.lists(accounts, max_size=4, unique_by=lambda record: record.id)
disturbances = st.tuples(crms, crms, st.integers(1, 12), st.booleans(), outages)


def claims(keyed: KeyedBench) -> dict[str, list[tuple[str, Record]]]:
    """Who claims which key."""
    found = defaultdict(list)
    for sync, source in (("companies", keyed.source), ("other", keyed.other)):
        for record in source.records:
            found[str(record.fields["customer_id"]).strip()].append((sync, record))
    found.pop("", None)
    return found


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """An account as the platform shows it: what it lacks has the platform's own value."""
    empty = {"is_tracked": True, "is_churned": False, "tags": None}
    return {**empty, **{name: value for name, value in document.items() if value != []}}


def wanted(keyed: KeyedBench, record: Record) -> dict[str, Any]:
    mapped = keyed.plan().mapper.map(record)
    return shown(dict(mapped.fields))


def both(keyed: KeyedBench, **options: Any) -> list[Any]:
    """Run both syncs; each must balance."""
    reports = [keyed.run(**options), keyed.run_other(**options)]
    assert all(report.balanced for report in reports)
    return reports


@pytest.mark.slow
@examples(0.75)
@given(
    history=st.lists(disturbances, min_size=1, max_size=3),
    last=st.tuples(crms, crms),
    page=st.integers(1, 3),
    held=st.sampled_from([1, 10_000]),
    on_delete=st.sampled_from(["ignore", "disable"]),
)
def test_after_clean_runs_who_is_alone_is_delivered_and_all_others_are_refused(
    history, last, page, held, on_delete
):
    real = open_ledger("sqlite:///:memory:", clock=FakeClock())
    keyed = KeyedBench(real)
    keyed.settings = {"on_delete": on_delete, "held": held}
    keyed.source.page_size = keyed.other.page_size = page
    for first, second, cut_at, before, outage in history:
        keyed.source.records, keyed.other.records = list(first), list(second)
        keyed.destination.respond = failing(outage)
        keyed.ledger = CutLedger(real, cut_at, before=before)
        with suppress(PowerCut):
            keyed.run(full=True)
            keyed.run_other(full=True)
    keyed.source.records, keyed.other.records = map(list, last)
    keyed.destination.respond = lambda payloads: None
    keyed.ledger = real
    for _ in range(2):
        both(keyed, full=True)
        for name in ("companies", "other"):
            retry_quarantined(keyed.plan(name), real, keyed.clock)

    refused = {
        (sync, record.id) for one in claims(keyed).values() if len(one) > 1 for sync, record in one
    }
    held_back = keyed.held_back()
    assert {one for one, code in held_back.items() if code == COLLISION} == refused
    for key, members in claims(keyed).items():
        if len(members) == 1:
            ((sync, record),) = members
            assert shown(keyed.destination.kept[key]) == wanted(keyed, record)
            assert (sync, record.id) not in held_back
    sent = len(keyed.destination.pushes)
    both(keyed, full=True)
    assert len(keyed.destination.pushes) == sent
    real.close()


@examples(0.5)
@given(states=st.lists(crms, min_size=1, max_size=3), page=st.integers(1, 5), data=st.data())
@pytest.mark.fault(41)
@pytest.mark.invariant(27)
def test_a_read_in_any_order_comes_to_the_same(states, page, data):
    ends = []
    for shuffles in (False, True):
        ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
        keyed = KeyedBench(ledger)
        keyed.source.page_size = page
        reports = []
        for records in states:
            order = data.draw(st.permutations(records)) if shuffles else records
            keyed.source.records = list(order)
            reports.append(keyed.run(full=True))
        assert all(report.balanced for report in reports)
        kept = {key: dict(one) for key, one in keyed.destination.kept.items()}
        ends.append((kept, keyed.held_back(), [report.counts for report in reports]))
        ledger.close()

    assert ends[0] == ends[1]
