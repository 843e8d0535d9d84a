from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from threading import current_thread

import pytest

from crmsync.engine.grouping import grouped, side_by_side
from crmsync.engine.plans import RunOptions, SyncPlan
from crmsync.engine.resuming import stored_cursor
from crmsync.state import Settlement
from tests.engine.conftest import company

DAY = 86_400


@pytest.fixture
def plan(bench):
    """Gives a plan by its name and destination, with more of it changed."""

    def make(name, destination, **changes):
        return replace(bench.plan(name), destination=destination, **changes)

    return make


@pytest.fixture
def names(bench):
    """Gives the names of the groups of plans."""

    def of(plans: Sequence[SyncPlan], **options) -> list[str]:
        groups = grouped(plans, bench.ledger, bench.clock, RunOptions(**options))
        return [" ".join(one.name for one in group.plans) for group in groups]

    return of


@pytest.fixture
def finished(bench):
    """Lets a sync have read everything so many days ago, up to a cursor of its source."""

    def finish(plan, cursor, *, days=0.0, live=None):
        at = bench.clock.now()
        bench.ledger.settle(
            Settlement(
                sync=plan.name,
                destination=plan.destination,
                run_id="r",
                at=at,
                cursor=stored_cursor(plan, cursor, live=live),
            )
        )
        bench.ledger.begin_full(plan.name)
        bench.ledger.finish_full(plan.name, at=at, total=1, mapping=plan.stamp)
        bench.clock.advance(days * DAY)

    return finish


def test_syncs_of_one_object_to_several_platforms_are_together(plan, names):
    plans = [plan("a", "akooda"), plan("b", "akita"), plan("c", "atoka")]

    assert names(plans) == ["a b c"]


@pytest.mark.parametrize(
    "other",
    [
        {"source": "another"},
        {"object": "deals"},
        {"on_delete": "disable"},
        {"filter": {"stage": ("lead",)}},
    ],
    ids=["source", "object", "deleted", "filter"],
)
def test_syncs_that_read_something_else_are_apart(plan, names, other):
    assert names([plan("a", "akooda"), plan("b", "akita", **other)]) == ["a", "b"]


def test_filters_that_say_the_same_in_another_order_are_one(plan, names):
    one = {"stage": ("lead", "customer"), "industry": ("retail",)}
    other = {"industry": ("retail",), "stage": ("customer", "lead")}

    assert names([plan("a", "akooda", filter=one), plan("b", "akita", filter=other)]) == ["a b"]


def test_syncs_of_one_platform_go_one_after_the_other(plan, names):
    plans = [plan("a", "akooda"), plan("b", "akooda"), plan("c", "akita"), plan("d", "akita")]

    assert names(plans) == ["a c", "b d"]


def test_no_sync_goes_before_an_earlier_one_of_its_platform(plan, names):
    deals = plan("deals", "akita", object="deals")

    assert names([plan("a", "akooda"), deals, plan("b", "akita")]) == ["a", "deals", "b"]


@pytest.mark.parametrize("options", [{"limit": 5}, {"ids": ("1",)}], ids=["limit", "ids"])
def test_a_sample_is_read_by_each_alone(plan, names, options):
    assert names([plan("a", "akooda"), plan("b", "akita")], **options) == ["a", "b"]


def test_syncs_that_go_on_from_the_same_place_are_together(plan, names, finished):
    plans = [plan("a", "akooda"), plan("b", "akita"), plan("c", "atoka")]
    for one, cursor in zip(plans, ("since:1", "since:2", "since:1"), strict=True):
        finished(one, cursor)

    assert names(plans) == ["a c", "b"]
    assert names(plans, full=True) == ["a b c"]


@pytest.mark.parametrize(("days", "together"), [(3.4, ["a", "b"]), (3.6, ["a b"])])
def test_a_sync_whose_full_pass_is_half_due_joins_one_that_reads_everything(
    plan, names, finished, days, together
):
    plans = [plan("a", "akooda"), plan("b", "akita")]
    finished(plans[0], "since:1", days=days)

    assert names(plans) == together


def test_a_full_pass_under_way_is_finished_by_itself(plan, names, finished):
    plans = [plan("a", "akooda"), plan("b", "akita")]
    finished(plans[0], "full:4", days=6, live=4)

    assert names(plans) == ["a", "b"]


def test_results_come_in_the_order_of_the_plans_from_other_threads(bench, plan):
    bench.source.records = [company(1)]
    (group,) = grouped(
        [plan("a", "akooda"), plan("b", "akita")], bench.ledger, bench.clock, RunOptions()
    )

    def work(one):
        with closing(one.open_source()) as source:
            (page,) = source.read(one.query())
        return one.name, len(page.records), current_thread()

    results = side_by_side(group, bench.clock, work)

    assert [result[:2] for result in results] == [("a", 1), ("b", 1)]
    assert current_thread() not in {result[2] for result in results}
    assert (len(bench.source.queries), bench.source.closed) == (1, True)


def test_a_sync_alone_reads_by_itself_in_the_same_thread(bench, plan):
    (group,) = grouped([plan("a", "akooda")], bench.ledger, bench.clock, RunOptions())

    def work(one):
        return one.open_source(), current_thread()

    assert side_by_side(group, bench.clock, work) == [(bench.source, current_thread())]


def test_what_breaks_one_sync_is_raised_after_the_others_have_ended(bench, plan):
    ended = []
    plans = [plan("a", "akooda"), plan("b", "akita")]
    (group,) = grouped(plans, bench.ledger, bench.clock, RunOptions())

    def work(one):
        if one.name == "a":
            raise KeyboardInterrupt
        with closing(one.open_source()) as source:
            list(source.read(one.query()))
        ended.append(one.name)

    with pytest.raises(KeyboardInterrupt):
        side_by_side(group, bench.clock, work)
    assert ended == ["b"]
