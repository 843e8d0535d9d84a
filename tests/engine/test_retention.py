"""What a run deletes when it has ended, by the virtual clock; and what it never does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.engine.retention import LOOK_EVERY
from crmsync.state import Phase
from tests.engine.conftest import company, counts
from tests.engine.eventful import LOST, doubts, failing
from tests.engine.lead_events import Events, deal

pytestmark = pytest.mark.security(61)

DAY = 86_400.0
KEEP = {"keep": 90 * DAY}


def runs(bench):
    return len(bench.ledger.runs(limit=99))


def test_reports_go_when_their_time_is_over_and_what_is_known_stays(bench):
    bench.source.records = [company(1), company(2, stage="unheard of")]
    bench.run(**KEEP)
    bench.clock.advance(89 * DAY)
    bench.run(**KEEP)
    assert runs(bench) == 2
    bench.clock.advance(2 * DAY)
    report = bench.run(full=True, **KEEP)
    assert runs(bench) == 2
    assert counts(report) == {"unchanged": 1, "invalid": 1}
    assert [one.record_id for one in bench.ledger.quarantine()] == ["2"]


def test_without_a_time_everything_is_kept(bench):
    for _ in range(3):
        bench.run()
        bench.clock.advance(999 * DAY)
    assert runs(bench) == 3


def test_what_events_told_goes_when_its_time_is_over_and_none_is_created_again():
    world = Events()
    jane = "jane@example.com"
    world.run(deal(1, "New", owner=jane), deal(2, "New"), **KEEP)
    world.clock.advance(91 * DAY)
    world.run(full=True, **KEEP)
    (line,) = world.ledger.events_of("deals", "1")
    assert [word for word in (b"jane", b"New", b"Deal") if word in line.body] == []
    assert (line.phase, line.answer != "") == (Phase.ACCEPTED, True)
    world.run(deal(1, "Won", minute=999, owner=jane), deal(2, "New"), full=True, **KEEP)
    assert world.told() == ["1 New", "2 New", "1 New → Won"]


def test_an_event_of_which_nothing_else_is_known_is_known_by_its_digest():
    world = Events()
    world.run(deal(1, "New"), **KEEP)
    world.clock.advance(91 * DAY)
    world.run(full=True, **KEEP)
    world.ledger.store._connection.execute("DELETE FROM keys")
    world.ledger.store._connection.execute("DELETE FROM records")
    assert counts(world.run(full=True, **KEEP)) == {"unchanged": 1}
    assert world.told() == ["1 New"]


def test_an_event_that_is_not_settled_is_kept_whole_however_old(events):
    failing(events, LOST, "c1.com")
    events.run(**KEEP)
    failing(events, None)
    events.clock.advance(999 * DAY)
    events.run(full=True, **KEEP)
    assert doubts(events) == ["1"]
    assert b"c1.com" in events.ledger.uncertain_events("companies")[0].body


def test_events_are_looked_through_once_a_day():
    world = Events()
    world.run(deal(1, "New"), **KEEP)
    world.clock.advance(90 * DAY - 60)
    world.run(**KEEP)
    for hours in (1, 22, 2):
        world.clock.advance(hours * 3_600)
        world.run(**KEEP)
        shortened = b"Deal" not in world.ledger.events_of("deals", "1")[0].body
        assert shortened is (hours == 2)
    assert timedelta(days=1) == LOOK_EVERY
