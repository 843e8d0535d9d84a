from __future__ import annotations

from typing import NoReturn

import pytest

from crmsync.destinations.atoka.encoding import unpack
from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.leads import Lead
from crmsync.destinations.atoka.making import (
    Telling,
    clues_of,
    differs,
    judge,
    kind_of,
    make,
    note_of,
)
from crmsync.destinations.atoka.statuses import Status
from crmsync.journal import Change, Unsent
from crmsync.receipts import Outcome, Problem
from crmsync.state import EventLine
from tests.destinations.atoka.accounts import settings
from tests.destinations.atoka.lines import AT, change

WHEN = "2026-11-21 11:59:00 UTC"


def made(given: Change, nth: int = 0, **keys: object) -> EventLine:
    line = make(
        given,
        settings(**keys),
        find=lambda clues: Lead(clues.id or "found", ("alias",)),
        statuses=lambda: [Status("Contacted")],
        now=AT,
        telling=Telling(nth=nth),
    )
    assert isinstance(line, EventLine)
    return line


def event_of(given: Change, *, note_tag: bool = True) -> Event:
    return unpack(made(given, note_tag=note_tag), 0).intent.event


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        (None, {"stage": "New"}, f"New, {WHEN}"),
        (None, {"stage": "Won", "previous": "New"}, f"New → Won, {WHEN}"),
        (None, {}, WHEN),
        ({"stage": "New"}, {"stage": "Won"}, f"New → Won, {WHEN}"),
        ({"stage": "New"}, {"stage": None}, f"New → no stage, {WHEN}"),
        ({"assignee": "a"}, {"assignee": "b"}, f"owner a → b, {WHEN}"),
        ({"assignee": "a"}, {"assignee": None}, f"owner a → nobody, {WHEN}"),
        (None, {"stage": "New", "note": "Deal 7"}, f"Deal 7: New, {WHEN}"),
        (None, {"stage": "New", "note": "Deal 7", "modified_at": 0}, "Deal 7: New"),
        (None, {"note": "Deal 7", "modified_at": 0}, "Deal 7"),
    ],
    ids=[
        "first-sight", "a-change-itself", "no-stage", "stage", "stage-gone", "owner", "owner-gone",
        "with-text", "without-a-time", "text-alone",
    ],
)  # fmt: skip
def test_a_note_tells_what_changed_and_when(old, new, note):
    assert note_of(change(old, **new)) == note
    assert event_of(change(old, **new)).note.startswith(f"{note} [cs:")
    assert event_of(change(old, **new), note_tag=False).note == note


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (None, {"stage": "New"}, "first sight"),
        (None, {"stage": "New", "previous": "Old"}, "stage"),
        ({"stage": "A", "status": "a"}, {"stage": "B", "status": "b"}, "stage"),
        ({"status": "a"}, {"status": "b"}, "status"),
        ({"assignee": "a"}, {"assignee": "b"}, "assignee"),
    ],
)
def test_the_kind_is_what_changed_first_of_stage_status_and_assignee(old, new, kind):
    assert kind_of(change(old, **new)) == kind


def test_the_tag_is_the_changes_own_and_another_with_each_part_of_it():
    first = made(change({"stage": "A"}, stage="B"))
    assert made(change({"stage": "A"}, stage="B")).tag == first.tag
    others = [
        made(change({"stage": "A"}, stage="B", modified_at=1)),
        made(change({"stage": "A"}, stage="B", lead="y")),
        made(change({"stage": "A"}, stage="B", status="Contacted")),
        made(change({"stage": "A"}, stage="B", assignee="jo")),
        made(change({"assignee": "A"}, assignee="B")),
        made(change({"stage": "A"}, stage="B"), 1),
        made(change({"stage": "A"}, stage="B"), 2),
    ]
    assert len({first.tag, *(line.tag for line in others)}) == 8


def test_the_leads_place_is_the_moment_of_the_change_or_the_present_where_that_is_not_known():
    assert made(change(stage="A")).order == int(AT.timestamp() * 1000) - 60_000
    mapped = change(stage="A", changed_at="2026-01-01T00:00:00.000Z")
    assert made(mapped).order == 1_767_225_600_000
    assert made(change(stage="A", modified_at=0)).order == int(AT.timestamp() * 1000)
    assert unpack(made(change(stage="A", modified_at=0)), 0).moment is None


@pytest.mark.parametrize(
    ("old", "new", "assignee", "unassign"),
    [
        (None, {}, None, False),
        (None, {"assignee": "jo"}, "jo", False),
        ({"assignee": "jo"}, {"assignee": None}, None, True),
        ({"assignee": "jo"}, {}, None, False),
        ({"assignee": "jo"}, {"assignee": "kim"}, "kim", False),
        (None, {"assignee": "jo", "unassign": True}, "jo", True),
    ],
    ids=["never", "first", "gone", "not-mapped-any-more", "another", "asked-for"],
)
def test_an_owner_that_is_gone_assigns_the_lead_to_nobody(old, new, assignee, unassign):
    event = event_of(change(old, stage="A", **new))
    assert (event.assignee, event.unassign) == (assignee, unassign)


def test_without_a_clue_nothing_is_made_and_nothing_asked():
    nobody = change(stage="A", lead="")
    assert clues_of(nobody.new) is None
    found = judge(nobody, first_sight="event")
    assert isinstance(found, Unsent)
    assert (found.outcome, found.problems[0].code) == (Outcome.SKIPPED, "LEAD_MISSING")
    assert make(nobody, settings(), find=unasked, statuses=unasked, now=AT) == found


def test_k09_a_status_that_is_not_configured_is_refused_and_no_lead_looked_up():
    wrong = make(
        change(status="Won"), settings(), find=unasked, statuses=lambda: [Status("Lost")], now=AT
    )
    assert isinstance(wrong, Unsent)
    assert (wrong.outcome, wrong.problems[0].code) == (Outcome.INVALID, "STATUS_UNKNOWN")


def test_k14_a_lead_that_is_not_sure_is_refused_with_the_reason():
    doubt = Problem("lead", "LEAD_AMBIGUOUS", "two companies")
    unsure = make(
        change(company="Acme"), settings(), find=lambda _: doubt, statuses=unasked, now=AT
    )
    assert unsure == Unsent(Outcome.INVALID, (doubt,))


@pytest.mark.parametrize(
    ("new", "first_pass", "is_event"),
    [
        ({"stage": "A"}, True, False),
        ({"stage": "A"}, False, False),
        ({"stage": "B", "previous": "A"}, True, False),
        ({"stage": "B", "previous": "A"}, False, True),
    ],
    ids=["first-pass", "later", "change-before-the-first-run", "change-after-it"],
)
def test_a_baseline_takes_a_first_sight_for_an_event_where_it_is_a_later_change(
    new, first_pass, is_event
):
    given = change(**new)._replace(first_pass=first_pass)
    assert (judge(given, first_sight="baseline") is None) == is_event
    assert judge(given, first_sight="event") is None


def test_a_change_of_what_no_event_tells_of_is_none():
    assert differs(change(stage="A"))
    assert not differs(change({"stage": "A", "note": "x"}, stage="A", note="y"))
    assert differs(change({"stage": "A", "assignee": "jo"}, stage="A", assignee=None))
    assert not differs(change({"stage": "A", "assignee": "jo"}, stage="A"))
    assert not differs(change({"stage": "A"}, stage="A", status="Contacted"))


def unasked(*_: object) -> NoReturn:
    raise AssertionError("it was asked")


@pytest.mark.parametrize(
    ("old", "lost", "sets"),
    [
        ({"stage": "A", "status": "Contacted", "assignee": "jo"}, (), (None, None, False)),
        ({"stage": "B", "status": "Contacted", "assignee": "kim"}, (), (None, "jo", False)),
        ({"stage": "B", "status": "New", "assignee": "jo"}, (), ("Contacted", None, False)),
        ({"stage": "A", "assignee": "jo"}, ({"unassign": True},), (None, "jo", False)),
        (
            {"stage": "A", "status": "Contacted"},
            ({"status": "Contacted"}, {}),
            ("Contacted", None, False),
        ),
    ],
    ids=["stage", "owner", "status", "owner-refused", "status-refused"],
)
def test_only_what_changed_is_sent_and_what_a_refused_event_was_to_set(old, lost, sets):
    given = change(old, stage="B", status="Contacted", assignee="jo")
    refused = tuple(Event(tag="", lead="x", **one) for one in lost)
    line = make(
        given,
        settings(),
        find=lambda clues: Lead(clues.id, ()),
        statuses=lambda: [Status("Contacted")],
        now=AT,
        telling=Telling(lost=refused),
    )
    assert isinstance(line, EventLine)
    event = unpack(line, 0).intent.event
    assert (event.status, event.assignee, event.unassign) == sets


def test_a_record_that_is_itself_a_change_is_told_once_whatever_its_stages_are_called_later():
    renamed = change({"stage": "B", "previous": "A"}, stage="C", previous="A")
    assert judge(renamed, first_sight="event") == Unsent(Outcome.UNCHANGED)
    assert judge(renamed._replace(again=True), first_sight="event") is None


@pytest.mark.parametrize(("minutes", "is_event"), [(-2, True), (0, False)])
def test_a_baseline_tells_the_changes_after_the_moment_that_its_first_pass_began(minutes, is_event):
    began = int(AT.timestamp() * 1000) + minutes * 60_000  # the change is a minute before AT
    given = change(stage="B", previous="A")._replace(first_pass=True, began=began)
    assert (judge(given, first_sight="baseline") is None) == is_event
