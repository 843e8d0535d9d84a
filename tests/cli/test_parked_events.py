"""What a person is told of events that may have arrived, and what they can do about these."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crmsync.destinations.atoka.encoding import pack
from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.reconcile import Intent
from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.state import EventLine, Phase
from crmsync.testing.settlements import AT, record, settlement
from crmsync.transport.clock import SystemClock
from tests.cli.events_world import configure

SYNC = """
[syncs.deals]
source = "hubspot"
object = "deals"
destination = "atoka"
"""
WORDS = "sent 2 times, never answered and never found"


@pytest.fixture
def standing(crmsync, tmp_path):
    """Runs a command where the events of three deals are in these phases."""
    configure(tmp_path, "http://127.0.0.1:1", SYNC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATOKA_TOKEN", "made-up")
        patch.setenv("OTHER", "made-up")
        ledger = open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=SystemClock())
        rows = [record(str(number), outcome=Outcome.PENDING) for number in range(1, 4)]
        whole = settlement(rows, sync="deals")
        phases = Phase.PARKED, Phase.UNKNOWN, Phase.PLANNED
        lines = [line(number, phase) for number, phase in enumerate(phases, 1)]
        ledger.settle(replace(whole, destination="atoka", events=lines))
        ledger.close()
        yield crmsync


def line(number: int, phase: Phase) -> EventLine:
    event = Event(tag=f"4f9a21c0d3b{number}", lead=f"l{number}", note=f"Deal {number}: New")
    told = pack(Intent(event=event, order=0, phase=phase), None)
    reason = WORDS if phase is Phase.PARKED else ""
    return EventLine(event.tag, "deals", str(number), event.lead, 0, phase, told, AT, reason=reason)


def test_status_lists_what_may_have_arrived_and_says_what_becomes_of_it(standing):
    told = standing("status", "--sync", "deals").out
    first = "deals: event 4f9a21c0d3b1 of record 1 for lead l1 is parked since 2026-11-21T12:30"
    assert first in told
    assert WORDS in told
    assert "event 4f9a21c0d3b2 of record 2 for lead l2 is unknown since" in told
    assert "4f9a21c0d3b3" not in told
    assert "\nparked: a person must look" in told
    assert told.count("the next run looks for it") == 1


def test_status_as_json_has_them_too_and_counts_all_three_as_owed(standing):
    (sync,) = json.loads(standing("status", "--sync", "deals", "--json").out)["syncs"]
    assert [one["phase"] for one in sync["uncertain"]] == ["parked", "unknown"]
    assert sync["owed"] == 3


def test_what_waits_for_a_person_is_listed_and_shown_as_it_was_sent(standing):
    rows = standing("quarantine", "list").out.splitlines()[1:]
    assert [row.split()[:4] for row in rows] == [["deals", "1", "l1", "unknown"]]
    shown = standing("quarantine", "show", "1").out
    assert "deals 1: unknown, 1 try" in shown
    assert '"note": "Deal 1: New"' in shown


def test_what_is_dropped_is_owed_no_more(standing):
    ended = standing("quarantine", "drop", "1", "2")
    assert (ended.code, ended.out) == (0, "1 dropped from quarantine\n")
    assert "2 is not in quarantine" in ended.err
    (sync,) = json.loads(standing("status", "--sync", "deals", "--json").out)["syncs"]
    assert [one["id"] for one in sync["uncertain"]] == ["2"]
    assert sync["owed"] == 2
