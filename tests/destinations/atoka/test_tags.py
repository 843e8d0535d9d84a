from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.atoka.events import Event, LeadEvent
from crmsync.destinations.atoka.tags import (
    Identity,
    Sighting,
    bare,
    retagged,
    sight,
    tag_of,
    tagged,
    tags_in,
)
from tests.examples import CHARACTERS

TAG = "4f9a21c0d3b8"
OTHER = "0000000000ff"
SINCE = datetime(2026, 11, 21, 12, tzinfo=UTC)
IDENTITY = Identity(
    source="hubspot",
    object="deals",
    record_id="7",
    key="hubspot:deal:7",
    lead="l1",
    type="company",
    status="Contacted",
    assignee=None,
    changed_at="2026-11-21T10:00:00Z",
    kind="stage",
)
EVENT = Event(tag=TAG, lead="l1", aliases=("l1-long",), note=f"new [cs:{TAG}]", status="Contacted")
UNTAGGED = Event(tag=TAG, lead="l1", note="new", status="Contacted")


def found(number=1, **known):
    item = LeadEvent(
        id=number,
        lead="l1",
        type="company",
        status="Contacted",
        note="new",
        date="2026-11-21T12:00:05Z",
        created="2026-11-21T12:00:05Z",
        update_time="2026-11-21T12:00:05Z",
        assignee=None,
        owner="u1",
        application="crmsync",
    )
    return item._replace(**known)


def seen(event, *events, **known):
    return sight(event, events, since=SINCE, **known)


def test_a_tag_is_twelve_digits_and_the_same_on_every_machine():
    assert tag_of(IDENTITY) == "394cc0fb4b88"


@pytest.mark.parametrize("name", Identity._fields)
def test_every_part_of_its_identity_makes_another_event(name):
    parts = zip(Identity._fields, IDENTITY, strict=True)
    changed = Identity._make("other" if part == name else value for part, value in parts)
    assert tag_of(changed) != tag_of(IDENTITY)


def test_parts_do_not_run_into_each_other():
    one = IDENTITY._replace(source="ab", record_id="c")
    assert tag_of(one) != tag_of(IDENTITY._replace(source="a", record_id="bc"))
    assert tag_of(IDENTITY._replace(status="")) != tag_of(IDENTITY._replace(status=None))


@given(st.text(CHARACTERS, max_size=80), st.integers(40, 90))
def test_a_tagged_note_fits_and_has_its_tag_and_no_other(note, limit):
    text = tagged(note, TAG, limit=limit)
    assert len(text.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    assert tags_in(text) == (TAG,)
    assert text.endswith(f"[cs:{TAG}]")


def test_a_note_is_clipped_between_graphemes_so_that_tag_and_limit_fit():
    family = "👨‍👩‍👧‍👦"  # 11 code units; the tag has 17, a blank 1, the ellipsis 1
    assert tagged(family * 5, TAG, limit=52) == f"{family * 3}… [cs:{TAG}]"
    assert tagged("", TAG, limit=52) == f"[cs:{TAG}]"
    assert tagged("x" * 60, None, limit=50) == "x" * 49 + "…"


def test_what_looks_like_a_tag_in_a_note_is_none():
    text = tagged(f"copied from [cs:{OTHER}] and [CS:{OTHER}]", TAG, limit=1000)
    assert tags_in(text) == (TAG,)
    assert tags_in(tagged(f"[cs:{TAG}]", None, limit=1000)) == ()


@pytest.mark.parametrize("note", [None, "", "new", "[cs:4f9a]", "[cs: 4f9a21c0d3b8]"])
def test_a_note_without_a_tag_has_none(note):
    assert tags_in(note) == ()


@pytest.mark.parametrize(
    ("text", "old", "note"),
    [
        ("new", f"old [cs:{TAG}]", f"new [cs:{TAG}]"),
        (f"new [CS:{TAG.upper()}]", f"old [cs:{TAG}]", f"new [cs:{TAG}]"),
        (f"new [cs:{OTHER}]", f"old [cs:{TAG}]", f"new (cs:{OTHER}) [cs:{TAG}]"),
        ("new", f"[cs:{TAG}] [cs:{OTHER}] [cs:{TAG}]", f"new [cs:{TAG}] [cs:{OTHER}]"),
        ("", f"old [cs:{TAG}]", f"[cs:{TAG}]"),
        ("new", "old", "new"),
        ("new", None, "new"),
        ("", None, ""),
    ],
)
def test_a_persons_note_keeps_the_tags_that_the_old_one_has_and_gets_no_other(text, old, note):
    assert retagged(text, old, limit=1000) == note


def test_a_persons_note_is_cut_before_its_tag():
    assert retagged("x" * 99, f"[cs:{TAG}]", limit=40) == f"{'x' * 21}… [cs:{TAG}]"


@pytest.mark.parametrize("note", [f"a  b\n[cs:{TAG}]", f"[cs:{OTHER}] a b [cs:{TAG}]", "a b"])
def test_a_bare_note_is_one_line_without_tags(note):
    assert bare(note) == "a b"
    assert bare(None) == ""


def test_an_event_is_found_by_its_tag_whatever_else_was_changed():
    changed = found(3, note=f"edited by hand [CS:{TAG.upper()}] !", lead="l1-other", status=None)
    assert seen(EVENT, found(1), changed, found(2)) == Sighting((3,))


def test_every_event_with_the_tag_is_told_the_lowest_id_first():
    assert seen(EVENT, *(found(n, note=EVENT.note) for n in (9, 3))) == Sighting((3, 9))


def test_events_that_are_known_to_be_others_are_passed_over():
    assert seen(EVENT, found(1, note=EVENT.note), taken={1}) == Sighting()
    assert seen(UNTAGGED, found(1), found(2), taken={1}) == Sighting((2,))


def test_without_a_tag_the_only_event_that_has_all_that_was_sent_is_it():
    assert seen(UNTAGGED, found(1)) == Sighting((1,))
    assert seen(UNTAGGED, found(1, note="  new\n")) == Sighting((1,))


def test_without_a_tag_one_that_only_looks_older_is_a_doubt_for_clocks_differ():
    doubt = seen(UNTAGGED, found(1, created="2026-11-18T12:00:00Z")).doubt
    assert doubt.startswith("event 1 is all that was sent, but looks older")
    assert seen(UNTAGGED, found(1, created="2026-11-18T12:00:00Z"), found(2)) == Sighting((2,))


def test_without_a_tag_two_that_are_alike_are_a_doubt():
    doubt = seen(UNTAGGED, found(1), found(2)).doubt
    assert doubt == "2 events without a tag are all that was sent"


@pytest.mark.parametrize(
    "known",
    [
        {"lead": "l2"},
        {"type": "person"},
        {"status": "Lost"},
        {"note": "another"},
        {"note": f"new [cs:{OTHER}]"},
        {"application": "other"},
    ],
)
def test_without_a_tag_what_differs_is_another_event(known):
    assert seen(UNTAGGED, found(1, **known), application="crmsync") == Sighting()


@pytest.mark.parametrize(
    ("wanted", "assignee", "there"),
    [
        ({"assignee": "a@b.eu"}, "a@b.eu", True),
        ({"assignee": "a@b.eu"}, None, False),
        ({"unassign": True}, None, True),
        ({"unassign": True}, "a@b.eu", False),
        ({}, "the last known one", True),
    ],
)
def test_without_a_tag_the_assignee_must_be_the_one_that_was_sent(wanted, assignee, there):
    event = Event(tag=TAG, lead="l1", note="new", status="Contacted", **wanted)
    assert bool(seen(event, found(1, assignee=assignee)).ids) is there


def test_an_event_may_be_listed_under_an_alias_of_its_lead():
    untagged = Event(tag=TAG, lead="l1", aliases=("l1-long",), note="new")
    assert seen(untagged, found(1, lead="l1-long")) == Sighting((1,))


def test_a_tag_that_a_person_took_out_of_the_note_is_no_reason_to_send_again():
    assert seen(EVENT, found(1, note="new")) == Sighting((1,))
    rewritten = found(1, note="called them", update_time="2026-11-21T12:01:00Z")
    assert seen(EVENT, rewritten).doubt == "event 1 may be it: its note was edited"


def test_another_persons_untouched_event_is_no_doubt():
    assert seen(EVENT, found(1, note="called them")) == Sighting()
