"""Events that must arrive once at most, over real sockets: kill -9, lost answers, a person."""

from __future__ import annotations

import pytest

from benchmarks.once import CONFIG, drill, sound
from tests.e2e.canaries import LITERAL

LOST = "lost=1,skip=2"


@pytest.fixture
def events(world_with):
    """Three companies as events; the answer to the third is lost, and so are all that follow."""
    world = world_with("--companies", "3", "--nasty", "0", *LITERAL)
    text = CONFIG.format(ledger="crmsync.db", url=world.url)
    text = text.replace('timeout = "2s"', "in_flight = 1")
    (world.folder / "config.toml").write_text(text)
    (world.folder / "config.toml").chmod(0o600)
    world.faults(datatalks=LOST)
    return world


def brought(world):
    """How many events the platform has."""
    return world.ask("/datatalks/digest")["events"]


def waiting(world):
    """What waits for a person."""
    found = world.crmsync("quarantine", "list", "--json").json["quarantined"]
    return [(one["id"], one["outcome"]) for one in found]


def test_a_lost_event_is_told_and_sent_by_nothing_but_a_person(events):
    ended = events.run()
    assert (ended.code, ended.sync["counts"]["unknown"], ended.sync["owed"]) == (3, 1, 1)
    ((record, outcome),) = waiting(events)
    assert outcome == "unknown"
    events.faults()

    assert events.run("--full").code == 3
    assert events.crmsync("quarantine", "retry").code == 0
    assert brought(events) == 3
    (uncertain,) = events.crmsync("status", "--json").sync["uncertain"]
    assert (uncertain["id"], uncertain["phase"]) == (record, "parked")

    assert events.crmsync("quarantine", "retry", record, "--json").code == 0
    assert (brought(events), waiting(events)) == (4, [])
    assert events.run("--full").code == 0


def test_a_person_may_say_that_an_event_arrived(events):
    events.run()
    events.faults()
    ((record, _),) = waiting(events)

    assert "1 dropped" in events.crmsync("quarantine", "drop", record).out

    ended = events.run("--full")
    assert (ended.code, ended.sync["counts"]["unchanged"]) == (0, 3)
    assert (brought(events), waiting(events)) == (3, [])


@pytest.mark.slow
def test_runs_killed_at_random_moments_send_no_event_twice_and_tell_each_that_is_lost(warm):
    counts = drill(warm, 3, 60, 1, 15)
    assert sound(counts), counts
    assert counts["runs killed"] > 0
    assert counts["told as unknown"] > 0
