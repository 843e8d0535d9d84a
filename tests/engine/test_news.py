from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.engine.news import News, Newsroom
from crmsync.receipts import Outcome
from crmsync.records import Record
from tests.engine.lead_events import Events, deal


@pytest.fixture
def events():
    bench = Events()
    yield bench
    bench.ledger.close()


def news(bench: Events, *records: Record, force: bool = False) -> list[News]:
    """What a page of these comes to, after the runs so far."""
    plan = bench.plan()
    assert plan.plugin.events is not None
    room = Newsroom(plan, bench.ledger, plan.plugin.events, first_pass=False, force=force)
    return list(room.read(records))


def test_a_first_sight_and_a_change_of_what_is_watched_are_events(events):
    (first,) = news(events, deal(1, "New"))
    assert first.change is not None
    assert (first.outcome, first.change.old) == (None, None)
    events.run(deal(1, "New"))
    (moved,) = news(events, deal(1, "Won"))
    assert moved.change is not None
    assert moved.change.old is not None
    assert (moved.change.old["stage"], moved.change.new["stage"]) == ("New", "Won")


def test_k01_what_is_as_it_was_and_what_is_not_watched_are_none(events):
    events.run(deal(1, "New"), deal(2, "New"))
    same, other = news(events, deal(1, "New"), deal(2, "New", company="Acme"))
    assert (same.change, same.outcome, same.changed) == (None, Outcome.UNCHANGED, False)
    assert (other.change, other.outcome, other.changed) == (None, Outcome.UNCHANGED, True)


def test_a_record_that_waits_for_its_event_has_that_ones_outcome(events):
    events.line.fates += ["reset", "reset"]
    events.run(deal(1, "New"))
    same, other = news(events, deal(1, "New"))[0], news(events, deal(1, "New", company="A"))[0]
    assert (same.change, same.outcome, other.change, other.outcome) == (None, None, None, None)
    (forced,) = news(events, deal(1, "New"), force=True)
    assert forced.change is not None
    assert forced.change.again


def test_a_refused_record_stays_refused_until_it_changes_or_is_asked_for(events):
    events.run(deal(1, "New", status="Nonsense"))
    (same,) = news(events, deal(1, "New", status="Nonsense"))
    assert (same.change, same.outcome, same.fresh) == (None, Outcome.INVALID, False)
    (forced,) = news(events, deal(1, "New", status="Nonsense"), force=True)
    (mended,) = news(events, deal(1, "New", status="Contacted"))
    assert forced.change is not None
    assert mended.change is not None
    assert not forced.change.again


def test_what_comes_twice_in_a_page_is_told_from_what_the_page_had_of_it(events):
    first, moved, same = news(events, deal(1, "A"), deal(1, "B"), deal(1, "B"))
    assert first.change is not None
    assert moved.change is not None
    assert (first.change.old, moved.change.old) == (None, first.change.new)
    assert same.change is None


def test_what_tells_no_lead_and_what_is_deleted_are_no_events(events):
    nobody, gone = news(events, deal(1, "A", lead=None), deal(2, "A")._replace(deleted=True))
    assert (nobody.change, nobody.outcome) == (None, Outcome.SKIPPED)
    assert nobody.problems[-1].code == "LEAD_MISSING"
    assert (gone.change, gone.outcome) == (None, Outcome.FILTERED)


def test_what_left_and_comes_back_as_it_was_is_no_event(events):
    events.run(deal(1, "New"))
    events.run(deal(1, "New", lead=None))
    (back,) = news(events, deal(1, "New"))
    assert (back.change, back.outcome) == (None, Outcome.UNCHANGED)


def test_what_is_not_mapped_now_or_was_not_when_it_was_noted_is_no_change(events):
    events.run(deal(1, "New", owner="jo"))
    plan = events.plan()
    for mapped, owner in (({"assignee"}, None), (set(), "kim")):
        known = {"stage", "status"} | mapped
        assert plan.plugin.events is not None
        room = Newsroom(
            replace(plan, mapped=frozenset(known)),
            events.ledger,
            plan.plugin.events,
            first_pass=False,
        )
        (one,) = room.read([deal(1, "New", owner=owner)])
        assert (one.change is not None) == bool(mapped), mapped


def test_what_is_mapped_and_empty_is_noted_so_that_its_first_value_is_a_change(events):
    events.run(deal(1, "New"))
    (owned,) = news(events, deal(1, "New", owner="jo"))
    assert owned.change is not None
    assert (owned.change.old or {})["assignee"] is None
    assert "assignee" not in (owned.old or {})


def test_what_was_invalid_and_is_as_it_was_noted_is_no_event(events):
    events.run(deal(1, "New"))
    events.run(deal(1, "New", status="Nonsense"))
    (back,) = news(events, deal(1, "New"))
    assert (back.change, back.outcome, back.changed) == (None, Outcome.UNCHANGED, True)
