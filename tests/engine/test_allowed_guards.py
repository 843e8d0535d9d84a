"""Each guard in whole runs: it stops, stops again, shows in a preview, and is let pass for once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crmsync.engine.guards import TENANT
from crmsync.engine.plans import GuardLimits
from crmsync.errors import Guard
from tests.engine.conftest import Bench, company

PHONE = "+46 8 123 456"


def filled(bench: Bench, count: int = 40) -> None:
    """A platform that has so many companies, each with a phone."""
    bench.settings = {
        "on_delete": "disable",
        "guards": GuardLimits(change=0.5),
        "tenant": lambda: "api.example.com",
    }
    bench.source.records = [company(n, phone=PHONE) for n in range(1, count + 1)]
    assert bench.run().exit_code == 0


def empty(bench: Bench, _: int) -> None:
    bench.source.records, bench.source.total = [], 0
    bench.settings["on_delete"] = "ignore"


def short(bench: Bench, gone: int) -> None:
    """The CRM counts fewer and shows what is left; the rest is there when asked for by id."""
    bench.source.total = 40 - gone
    bench.source.records = bench.source.records[gone:]
    bench.settings["on_delete"] = "ignore"


def blank(bench: Bench, count: int) -> None:
    bench.source.records = [
        company(n, phone=PHONE if n > count else None, day=2) for n in range(1, 41)
    ]


def archived(bench: Bench, count: int) -> None:
    records = bench.source.records
    bench.source.records = [one._replace(deleted=n < count) for n, one in enumerate(records)]
    bench.source.total = 40
    bench.settings["guards"] = GuardLimits(shortfall=1)


def remapped(bench: Bench, count: int) -> None:
    bench.rules["properties.displayName"] = {"from": ["stage", "name"]}
    bench.source.records = [
        company(n, phone=PHONE, stage="lead" if n <= count else None) for n in range(1, 41)
    ]


def another_account(bench: Bench, _: int) -> None:
    bench.source.account = "2"


def another_tenant(bench: Bench, _: int) -> None:
    bench.settings["tenant"] = lambda: "other.example.com"


EDGES: list[tuple[Guard, Callable[[Bench, int], None], int]] = [
    (Guard.SHORTFALL, short, 20),
    (Guard.BLANK, blank, 20),
    (Guard.DISABLE, archived, 20),
    (Guard.CHANGE, remapped, 20),
]
"""Half of 40 may go, one more may not."""
ALL = [(guard, happens, edge + 1) for guard, happens, edge in EDGES] + [
    (Guard.EMPTY, empty, 0),
    (Guard.ACCOUNT, another_account, 0),
    (Guard.TENANT, another_tenant, 0),
]
BY_NAME = [pytest.param(*row, id=row[0]) for row in ALL]


@pytest.mark.parametrize(
    ("guard", "happens", "edge"), [pytest.param(*row, id=row[0]) for row in EDGES]
)
def test_as_much_as_the_limit_stops_nothing(bench, guard, happens, edge):
    filled(bench)
    happens(bench, edge)

    preview, report = bench.preview(full=True).syncs[0].report, bench.run(full=True)

    assert (preview.guard, report.guard) == (None, None)
    assert report.exit_code in (0, 3)  # 3: the books of a CRM that counts short


@pytest.mark.fault(21, 42, 99, 102)
@pytest.mark.invariant(26)
@pytest.mark.security(64)
@pytest.mark.parametrize(("guard", "happens", "count"), BY_NAME)
def test_one_more_stops_the_run_and_the_next_one_before_anything_is_written(
    bench, guard, happens, count
):
    filled(bench)
    happens(bench, count)
    before = len(bench.destination.pushes), bench.ledger.sync_state("companies").cursor

    first, second = bench.run(full=True), bench.run(full=True)

    assert [(one.exit_code, one.guard) for one in (first, second)] == [(6, guard)] * 2
    assert f"--allow {guard}`" in first.error
    assert (len(bench.destination.pushes), bench.ledger.sync_state("companies").cursor) == before
    assert first.owed == 0


@pytest.mark.parametrize(("guard", "happens", "count"), BY_NAME)
def test_a_preview_shows_what_would_stop_the_run_and_what_would_be_let_pass(
    bench, guard, happens, count
):
    filled(bench)
    happens(bench, count)

    stopped = bench.preview(full=True).syncs[0].report
    passed = bench.preview(full=True, allowed=frozenset(Guard)).syncs[0].report

    assert (stopped.exit_code, stopped.guard) == (6, guard)
    assert (passed.exit_code, passed.guard) == (0, None)
    assert guard in passed.allowed
    assert len(bench.destination.pushes) == 1


@pytest.mark.parametrize(("guard", "happens", "count"), BY_NAME)
def test_a_guard_that_a_person_let_pass_is_noted_and_the_next_run_needs_no_word(
    bench, guard, happens, count
):
    filled(bench)
    happens(bench, count)

    with_others = bench.run(full=True, allowed=frozenset(Guard) - {guard})
    alone = bench.run(full=True, allowed=frozenset({guard, *with_others.allowed}))
    after = bench.run(full=True)

    assert with_others.guard == guard
    assert (alone.guard, guard in alone.allowed) == (None, True)
    assert any(note.startswith(f"let pass by --allow {guard}: ") for note in alone.notes)
    assert after.guard is None


def test_a_sample_remembers_no_account_of_the_platform(bench):
    bench.settings["tenant"] = lambda: "mistyped.example.com"
    bench.source.records = [company(1), company(2)]

    assert bench.run(limit=1).counts.read == 1

    assert bench.ledger.recall(bench.plan().destination, [TENANT]) == {}
    bench.run()
    assert bench.ledger.recall(bench.plan().destination, [TENANT]) == {
        TENANT: "mistyped.example.com"
    }
