"""Deals of every CRM to Atoka: checked, looked at, sent, left alone, changed, sent again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import groupby
from types import SimpleNamespace
from typing import Any, Final

import pytest

from crmsync.receipts import Outcome
from tests.e2e.crms import DEALS, HUBSPOT_DEALS, OPPORTUNITIES, Kind, reports
from tests.e2e.platforms import Platform, PlatformWorld, Way
from tests.e2e.world import Ended

ATOKA: Final = Platform("atoka", 'token = "${ATOKA_TOKEN}"', "", "/atoka/events")
BACKFILL: Final = ATOKA._replace(lines=f'{ATOKA.lines}\ndates = "backfill"')
STAGE_CHANGES: Final = Kind("hubspot", "deal_stage_changes")
WAYS: Final = tuple(
    Way(kind, ATOKA) for kind in (HUBSPOT_DEALS, STAGE_CHANGES, OPPORTUNITIES, DEALS)
)
OPTIONS: Final = (
    *("--companies", "16", "--deals", "12", "--nasty", "0"),
    *("--atoka-knows", "everybody", "--seed", "4"),
)
"""Options of a sandbox in which every name of a company is one company's of Atoka."""
STAGES: Final = {
    HUBSPOT_DEALS: ("pipeline", "dealstage"),
    OPPORTUNITIES: ("StageName",),
    DEALS: ("stage_id", "pipeline_id", "status"),
}
OWNERS: Final = {HUBSPOT_DEALS: "hubspot_owner_id", OPPORTUNITIES: "OwnerId", DEALS: "owner_id"}
_MOMENT: Final = re.compile(r", (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC \[cs:")


class EventWorld(PlatformWorld):
    """A world whose syncs go to Atoka."""

    def begin(self) -> None:
        """Begin anew."""
        self.reset()
        self.tally()

    def events(self) -> list[dict[str, Any]]:
        """Every event that is there, in the order of creation."""
        return list(self.ask("/atoka/events")["events"])

    def give(self, kind: Kind, record: str, other: str, *names: str) -> None:
        """Let a record have these values of another one."""
        values = self.record(other, kind)
        number = int(record) if kind.source == "pipedrive" else record
        path = f"/{kind.source}/{'deals/' * (kind.source == 'hubspot')}set"
        self.ask(
            path,
            {
                "id": number,
                "object": kind.object,
                "properties": {name: values[name] for name in names},
            },
        )


def payloads(ended: Ended, way: Way) -> dict[str, dict[str, Any]]:
    """What events would be made from, by record."""
    records = reports(ended)[way.sync]["records"]
    return {one["id"]: one["payload"] for one in records if one["action"] == "create"}


def change(world: EventWorld, way: Way, seen: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Give two deals another stage, one another owner; gives what is to be told, by deal."""
    expected: dict[str, str] = {}
    owned = [record for record in seen if seen[record].get("assignee")]
    for field, names, count in (
        ("stage", STAGES[way.kind], 2),
        ("assignee", (OWNERS[way.kind],), 1),
    ):
        for record in [one for one in owned if one not in expected][:count]:
            old = seen[record][field]
            same = [one for one in owned if one not in expected]  # as they were
            other = next(one for one in same if seen[one][field] != old)
            world.give(way.kind, record, other, *names)
            told = f"{old} → {seen[other][field]}"
            expected[record] = told if field == "stage" else f"owner {told}"
    return expected


@pytest.fixture(scope="module")
def story(sandbox_at, tmp_path_factory, warm) -> SimpleNamespace:
    """A first run, one without changes, one with some, and what there was after each."""
    folder = tmp_path_factory.mktemp("lead-events")
    world = EventWorld(sandbox_at(*OPTIONS), folder, warm, *WAYS)
    world.begin()
    told = SimpleNamespace(world=world, check=world.crmsync("check", "--json"))
    told.preview = world.crmsync("dry-run", "--format", "json")
    told.before = world.tally()
    told.first, told.first_events = world.run(), world.events()
    world.tally()
    told.second, told.second_tally = world.run(), world.tally()
    told.expected = {
        way: change(world, way, payloads(told.preview, way)) for way in WAYS if way.kind in STAGES
    }
    told.third_preview = world.crmsync("dry-run", "--format", "json")
    told.third, told.third_events = world.run(), world.events()[len(told.first_events) :]
    return told


@pytest.fixture(params=WAYS, ids=lambda way: way.sync)
def way(request) -> Way:
    """Each object that events are made of."""
    each: Way = request.param
    return each


def moments(events: list[dict[str, Any]]) -> list[datetime]:
    """When what events tell of happened in the CRM, second by second."""
    found = [_MOMENT.search(event["note"]) for event in events]
    return [datetime.fromisoformat(one[1]).replace(tzinfo=UTC) for one in found if one]


def test_check_and_dry_run_create_nothing(story, way):
    names = {check["name"] for check in story.check.json["checks"]}
    assert (story.check.code, story.preview.code) == (0, 0)
    assert f"syncs.{way.sync}" in names
    assert {kind for kind in story.before if kind.startswith("atoka.")} == {"atoka.statuses"}


def test_the_first_run_balances_and_creates_the_events_that_the_dry_run_promised(story, way):
    report = reports(story.first)[way.sync]
    counts = report["counts"]
    assert (story.first.code, report["balanced"], report["owed"]) == (0, True, 0)
    assert counts["read"] == sum(counts[str(outcome)] for outcome in Outcome)
    assert counts["accepted"] == len(payloads(story.preview, way)) > 8


def test_every_event_has_a_tag_of_its_own(story):
    tags = {event["note"][-17:] for event in story.first_events}
    assert len(tags) == len(story.first_events)
    assert sum(sync["counts"]["accepted"] for sync in story.first.json["syncs"]) == len(tags)


def test_a_run_without_changes_creates_nothing(story, way):
    report = reports(story.second)[way.sync]
    assert (story.second.code, report["balanced"], report["counts"]["accepted"]) == (0, True, 0)
    assert "atoka.create" not in story.second_tally


def test_a_run_after_changes_creates_an_event_of_each_and_no_other(story, way):
    report = reports(story.third)[way.sync]
    made = payloads(story.third_preview, way)
    assert (story.third.code, report["balanced"], report["owed"]) == (0, True, 0)
    assert report["counts"]["accepted"] == len(made)
    if way in story.expected:
        assert made.keys() == story.expected[way].keys()
        assert len(made) == 3
    else:
        assert len(made) == 2


def test_what_is_there_tells_of_the_changes_and_explain_names_each(story):
    there = {str(event["id"]): event for event in story.third_events}
    for way, expected in story.expected.items():
        for record, told in expected.items():
            explained = story.world.crmsync("explain", way.sync, record, "--json").json
            *_, last = explained["events"]
            assert last["phase"] == "accepted"
            assert told in there[last["event"]]["note"]
            assert there[last["event"]]["note"] == last["sent"]["note"]


def test_the_events_of_a_lead_are_in_the_order_of_what_happened(story):
    everything = sorted(story.third_events, key=lambda event: (event["lead"], event["serial"]))
    for _, theirs in groupby(everything, key=lambda event: event["lead"]):
        happened = moments(list(theirs))
        assert happened == sorted(happened)


def test_k07_the_past_is_loaded_with_its_days_and_one_event_a_day_and_lead(
    sandbox_at, tmp_path, warm
):
    world = EventWorld(sandbox_at(*OPTIONS), tmp_path, warm, Way(STAGE_CHANGES, BACKFILL))
    world.begin()
    ended = world.run()
    events = world.events()
    assert (ended.code, ended.sync["balanced"]) == (0, True)
    assert world.tally()["atoka.create"] == ended.sync["counts"]["accepted"] == len(events) > 20
    for _, found in groupby(sorted(events, key=lambda one: one["lead"]), lambda one: one["lead"]):
        theirs = list(found)
        happened, dated = moments(theirs), [event["date"] for event in theirs]
        assert happened == sorted(happened)
        assert dated == sorted(dated)
        day = datetime.combine(happened[0].date(), datetime.min.time(), UTC)
        assert dated[0] == day.timestamp() * 1000
