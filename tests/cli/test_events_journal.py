"""What the ledger knows of an event, told where a person looks at it or deletes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crmsync.cli.events.journal import after_deletion, line_json
from crmsync.destinations.atoka.events import Event
from crmsync.ledger import open_ledger
from crmsync.state import EventLine, Phase
from crmsync.transport.clock import SystemClock
from tests.cli.events_world import configure
from tests.destinations.atoka.accounts import LEAD, TOKEN, served

TAG = "4f9a21c0d3b8"
OURS = {"id": 7, "tags": [TAG]}


def line(phase: Phase) -> EventLine:
    at = datetime(2026, 11, 21, 10, tzinfo=UTC)
    return EventLine(TAG, "deals", "17", "l1", 0, phase, b"{}", at, answer="7")


@pytest.mark.parametrize(
    ("phase", "told"),
    [
        (Phase.ACCEPTED, "will not be created again"),
        (Phase.PARKED, "will not be created again"),
        (Phase.SENDING, "a run that finds it gone creates it again"),
        (Phase.UNKNOWN, "a run that finds it gone creates it again"),
    ],
)
def test_what_follows_a_deletion_depends_on_how_far_the_event_is(phase, told):
    words = after_deletion(OURS, {TAG: line(phase)})
    assert "sync deals, record 17" in words
    assert told in words


def test_an_event_of_another_ledger_is_told_as_such_and_one_without_a_tag_not_at_all():
    assert "not in this ledger" in after_deletion(OURS, {})
    assert after_deletion({"id": 7, "tags": []}, {}) == ""


def test_a_line_is_a_document():
    assert line_json(line(Phase.ACCEPTED)) == {
        "tag": TAG,
        "sync": "deals",
        "record": "17",
        "phase": "accepted",
        "at": "2026-11-21T10:00:00.000Z",
        "event": "7",
        "reason": None,
    }


def test_an_event_is_shown_with_what_the_ledger_knows_of_it(crmsync, tmp_path, monkeypatch):
    monkeypatch.setenv("ATOKA_TOKEN", TOKEN)
    with served() as account:
        number = account.made(Event(tag=TAG, lead=LEAD, note=f"new [cs:{TAG}]"))
        configure(tmp_path, account.url)
        unknown = json.loads(crmsync("events", "show", number, "--json").out)
        assert (unknown["event"]["tags"], unknown["journal"]) == ([TAG], [])
        remember(tmp_path, line(Phase.UNKNOWN))
        (known,) = json.loads(crmsync("events", "show", number, "--json").out)["journal"]
        assert (known["sync"], known["record"], known["phase"]) == ("deals", "17", "unknown")
        assert "record 17: unknown at" in crmsync("events", "show", number).out
        warned = crmsync("events", "delete", number, "--yes").err
        assert "a run that finds it gone creates it again" in warned


def remember(folder, line: EventLine) -> None:
    """Put a line into the ledger of the configuration in a folder."""
    ledger = open_ledger(f"sqlite:///{folder}/crmsync.db", clock=SystemClock())
    ledger.begin_full(line.sync)
    ledger.journal("atoka", [line])
    ledger.close()
