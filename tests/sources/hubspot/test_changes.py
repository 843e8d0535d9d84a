from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.records import Query, Record
from crmsync.sources.hubspot.changes import (
    CHANGE_PARTS,
    change_builder,
    deal_of,
    history,
    stage_changes,
)
from crmsync.sources.hubspot.read import Stretch
from crmsync.sources.hubspot.records import parse_moment
from crmsync.sources.hubspot.stages import Pipelines
from crmsync.sources.incremental import Mode, Position, iso
from tests.sources.hubspot.portal import Portal, open_source
from tests.sources.hubspot.test_stages import PIPELINES

PATHS = frozenset(
    ["dealname", "change.from", "change.to", "change.at", "from_stage.label", "to_stage.label"]
)
QUERY = Query(object="deal_stage_changes", paths=PATHS)


def entry(value, at):
    return {"value": value, "timestamp": at, "sourceType": "CRM_UI"}


def row(*stages, pipeline=()):
    """A deal whose stages are (value, second), newest first, as HubSpot gives them."""
    named = {"dealstage": stages, "pipeline": pipeline}
    held = {
        name: [entry(value, f"2026-01-02T03:04:{at:02d}.000Z") for value, at in steps]
        for name, steps in named.items()
    }
    return {"id": "7", "propertiesWithHistory": held}


def steps(given):
    return [(change.before.value if change.before else None, change.after.value)
            for change in stage_changes(given)]  # fmt: skip


def built(given, pipelines=PIPELINES, *, since=None, ids=()):
    build = change_builder(
        lambda _: (Record("7", {"dealname": "A"}, merged_ids=("1",)),),
        pipelines,
        since=since,
        ids=ids,
    )
    return build(Stretch([given], Position(Mode.FULL)))


def test_changes_come_oldest_first_and_the_first_has_no_stage_before():
    assert steps(row(("c", 3), ("b", 2), ("a", 1))) == [(None, "a"), ("a", "b"), ("b", "c")]


def test_what_was_set_to_what_it_was_is_no_change():
    assert steps(row(("b", 4), ("b", 3), ("a", 2), ("a", 1))) == [(None, "a"), ("a", "b")]


def test_of_two_values_of_one_moment_the_last_one_counts():
    assert steps(row(("c", 2), ("b", 2), ("a", 1))) == [(None, "a"), ("a", "c")]


@pytest.mark.parametrize("held", [None, {}, {"dealstage": None}, {"dealstage": [entry("a", "?")]}])
def test_a_history_that_is_none_has_no_changes(held):
    assert list(history({"id": "7", "propertiesWithHistory": held}, "dealstage")) == []


def test_a_record_a_change_with_an_id_of_the_deal_and_the_moment():
    first, second = built(row(("demo", 9), ("closedlost", 1), pipeline=[("default", 1)]))

    assert (first.id, second.id) == ("7:1767323041000", "7:1767323049000")
    assert second.joins["change"] == {
        "from": "closedlost", "to": "demo", "at": "2026-01-02T03:04:09.000Z",
    }  # fmt: skip
    assert set(second.joins["change"]) == set(CHANGE_PARTS)
    assert second.joins["from_stage"]["label"] == "Closedlost"
    assert second.joins["to_stage"]["is_open"] is True
    assert second.modified_at == parse_moment("2026-01-02T03:04:09Z")
    assert (second.fields, second.merged_ids, second.deleted) == ({"dealname": "A"}, (), False)
    assert "from_stage" not in first.joins
    assert first.joins["change"]["from"] is None


def test_a_stage_is_one_of_the_pipeline_that_the_deal_was_in_then():
    moved = row(("closedwon", 5), ("demo", 3), ("closedwon", 1),
                pipeline=[("partners", 4), ("default", 1)])  # fmt: skip
    first, second, third = built(moved)

    assert first.joins["to_stage"]["is_won"] is True
    assert second.joins["from_stage"]["is_won"] is True
    assert third.joins["to_stage"]["is_won"] is False


def test_the_pipeline_may_be_set_a_moment_after_the_stage():
    (_, second) = built(row(("demo", 3), ("x", 1), pipeline=[("default", 4), ("partners", 1)]))

    assert second.joins["to_stage"]["label"] == "Demo"


def test_without_the_pipelines_history_a_stage_that_one_pipeline_has_is_found():
    first, second = built(row(("demo", 3), ("closedwon", 1)))

    assert second.joins["to_stage"]["label"] == "Demo"
    assert first.joins["to_stage"] == {"id": "closedwon"}


def test_a_stage_that_was_emptied_is_a_change_to_nothing():
    (_, second) = built(row(("", 3), ("demo", 1)), Pipelines())

    assert second.joins["change"]["to"] is None
    assert "to_stage" not in second.joins


def test_earlier_changes_and_those_not_asked_for_are_left_out():
    deal = row(("c", 3), ("b", 2), ("a", 1))
    since = parse_moment("2026-01-02T03:04:02Z")

    assert [one.id for one in built(deal, since=since)] == ["7:1767323042000", "7:1767323043000"]
    assert [one.id for one in built(deal, ids={"7:1767323041000"})] == ["7:1767323041000"]
    assert deal_of("7:1767323041000") == "7"


@pytest.fixture
def portal(clock):
    return Portal(clock, deals=120)


def read(portal, clock, query=QUERY, **settings):
    with closing(open_source(portal, clock, **settings)) as source:
        return list(source.read(query))


def records(pages):
    return [record for page in pages for record in page.records]


def since(moment):
    return replace(QUERY, cursor=Position(Mode.SINCE, since=iso(moment)).encode())


def test_a_full_read_walks_the_list_by_fifty_and_counts_nothing(portal, clock):
    pages = read(portal, clock)

    assert portal.kinds().count("list") == 3  # 120 deals, 50 a page
    assert {kind for kind in portal.kinds() if kind != "list"} == {"account", "pipelines"}
    assert {page.total for page in pages} == {None}
    assert {deal_of(record.id) for record in records(pages)} == set(portal.deals())


def test_a_move_is_found_with_its_stages(portal, clock):
    (deal, *_) = portal.deals(pipeline="default", dealstage="qualifiedtobuy")
    clock.advance(3600)
    portal.control("/deals/move_stage", id=deal, stage="closedwon")
    found = records(read(portal, clock, since(clock.now() - timedelta(hours=1))))

    (moved,) = [one for one in found if deal_of(one.id) == deal]
    assert (moved.joins["change"]["from"], moved.joins["change"]["to"]) == (
        "qualifiedtobuy",
        "closedwon",
    )
    assert moved.joins["from_stage"]["label"] == "Qualified to buy"


def test_a_change_of_something_else_is_no_change_of_stage(portal, clock):
    (deal,) = portal.control("/deals/create", count=1)
    cursor = read(portal, clock)[-1].cursor
    known = {one.id for one in records(read(portal, clock))}
    portal.control("/deals/set", id=deal, properties={"amount": "7"})
    found = records(read(portal, clock, replace(QUERY, cursor=cursor)))

    assert {one.id for one in found} <= known


def test_changed_deals_are_searched_and_read_with_their_history_by_fifty(portal, clock):
    portal.control("/deals/touch", count=120)
    portal.requests.clear()
    read(portal, clock, since(clock.now()))

    kinds = portal.kinds()
    assert (kinds.count("search"), kinds.count("batch_read")) == (1, 3)
    assert b'"LT"' not in b"".join(request.body for request in portal.requests)


def test_a_deal_that_is_changed_again_while_the_walk_is_under_way_loses_no_change(portal, clock):
    (deal, *_) = portal.deals(pipeline="default", dealstage="qualifiedtobuy")
    portal.control("/deals/move_stage", id=deal, stage="closedwon")
    start = clock.now() - timedelta(hours=1)
    clock.advance(-1800)  # the window ends before the second change is made
    portal.control("/deals/set", id=deal, properties={"amount": "7"})
    found = records(read(portal, clock, since(start)))

    assert "closedwon" in {one.joins["change"]["to"] for one in found if deal_of(one.id) == deal}


def test_ids_read_those_changes_alone(portal, clock):
    one, other, *_ = records(read(portal, clock))
    found = records(read(portal, clock, replace(QUERY, ids=(other.id, "99999999999:1"))))

    assert [record.id for record in found] == [other.id]
    assert found[0].joins == other.joins
    assert one.id != other.id


@pytest.mark.parametrize("limit", [1, 70, 10_000])
def test_a_limit_counts_changes_and_not_deals(portal, clock, limit):
    everything = records(read(portal, clock))
    pages = read(portal, clock, replace(QUERY, limit=limit))

    assert [one.id for one in records(pages)] == [one.id for one in everything[:limit]]
    assert [page.last for page in pages].index(True) == len(pages) - 1


def test_changes_are_never_deleted(portal, clock):
    portal.control("/deals/archive", count=5)
    found = records(read(portal, clock, replace(QUERY, deleted=True)))

    assert not any(record.deleted for record in found)
    assert not [request for request in portal.requests if "archived=true" in request.url]


def test_every_cursor_resumes_right_after_its_page(portal, clock):
    pages = read(portal, clock)
    rest = read(portal, clock, replace(QUERY, cursor=pages[0].cursor))

    assert records(rest) == records(pages[1:])
    assert rest[-1].cursor == pages[-1].cursor


def test_more_fields_than_an_address_holds_are_read_by_post(portal, clock):
    wide = replace(QUERY, paths=PATHS | {f"a_property_with_a_long_name_{n}" for n in range(200)})
    found = records(read(portal, clock, wide))

    assert [one.id for one in found] == [one.id for one in records(read(portal, clock))]
    assert portal.kinds().count("batch_read") == 3  # 50, 50 and 20
