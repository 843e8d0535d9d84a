"""What a person is told of events: before a run, of one record, and of what waits for them."""

from __future__ import annotations

import orjson
import pytest

from crmsync.engine.explain import explain
from crmsync.engine.preview import preview_syncs
from crmsync.engine.previews import PreviewOptions
from crmsync.engine.retry import doubted, drop, held, retry_quarantined
from crmsync.errors import LockedError
from crmsync.receipts import Outcome
from crmsync.state import Phase
from tests.engine.conftest import counts
from tests.engine.lead_events import Events, deal


@pytest.fixture
def events():
    bench = Events()
    yield bench
    bench.ledger.close()


@pytest.fixture
def parked(events):
    """The event of deal 1 is parked: it was sent twice, and never arrived."""
    events.line.fates += ["reset", "reset"]
    events.run(deal(1, "New", lead="x"))
    return events


def previewed(events, *records, **options):
    events.source.records = list(records) or events.source.records
    asked = PreviewOptions(full=True, **options)
    (sync,) = preview_syncs([events.plan()], events.ledger, events.clock, asked).syncs
    return sync.to_json()


def refusals(sync):
    problems = [problem for record in sync["records"] for problem in record["problems"]]
    return [problem["code"] for problem in problems if problem["severity"] == "error"]


def explained(events, number=1):
    return explain(events.plan(), events.ledger, str(number))


def lines(events, number=1):
    return "\n".join(explained(events, number).lines())


def test_a_preview_asks_the_platform_nothing_and_says_what_it_cannot_know(events):
    sync = previewed(events, deal(1, "New"), deal(2, "New", lead=None))
    assert (sync["changes"]["create"], sync["changes"]["skipped"]) == (1, 1)
    assert refusals(sync) == ["LEAD_MISSING"]
    assert "it may refuse some of these" in sync["notes"][0]
    assert events.line.requests.total() == 0


def test_a_preview_shows_what_an_event_would_tell_of(events):
    events.run(deal(1, "New", owner="jo"), deal(2, "New"))
    sync = previewed(events, deal(1, "Won", minute=9), deal(2, "New", minute=9, company="Acme"))
    assert [record["action"] for record in sync["records"]] == ["create", "unchanged"]
    assert sync["records"][0]["diff"] == {"stage": ["New", "Won"], "assignee": ["jo", None]}


def test_a_preview_counts_what_is_only_noted_at_its_first_sight(events):
    events.keys["first_sight"] = "baseline"
    sync = previewed(events, deal(1, "New"), deal(2, "New"))
    assert (sync["changes"]["filtered"], sync["changes"]["create"]) == (2, 0)
    (note,) = sync["notes"]
    assert note.startswith("2 seen for the first time, and only noted")


def test_a_preview_tells_why_an_earlier_run_refused_what_has_not_changed(events):
    events.run(deal(1, "New", status="Won"), deal(2, "New", lead=None))
    sync = previewed(events)
    assert [record["action"] for record in sync["records"]] == ["invalid", "skipped"]
    assert refusals(sync) == ["STATUS_UNKNOWN", "LEAD_MISSING"]


def test_a_preview_says_what_earlier_runs_owe(parked):
    sync = previewed(parked)
    assert sync["changes"]["unchanged"] == 1
    assert sync["notes"] == [
        "1 owed from earlier runs; a run sends or looks for what it can of these"
    ]


def test_an_explanation_has_each_event_with_what_was_sent(events):
    events.run(deal(1, "New", owner="jo"))
    events.run(deal(1, "Won", minute=9))
    first, second = explained(events).to_json()["events"]
    assert (first["phase"], first["sent"]["leadAssignee"]) == ("accepted", "jo")
    assert second["sent"]["note"].startswith("Deal 1: New → Won, owner jo → nobody")
    assert second["event"] in lines(events)
    assert second["sent"]["note"] in lines(events)
    assert "delivered" not in lines(events)


def test_an_explanation_tells_what_the_next_change_is_told_from(events):
    events.run(deal(1, "New"))
    events.source.records = [deal(1, "Won", minute=9)]
    assert "    noted: 'New'" in lines(events)


def test_an_explanation_of_what_was_never_noted_speaks_of_no_delivery(events):
    events.run(deal(1, "New", status="Won"))
    assert explained(events).verdict.startswith("invalid, in quarantine: status: ")
    assert not {"noted", "delivered"} & set(lines(events).replace(":", " ").split())


def test_an_explanation_of_what_was_only_noted_says_so(events):
    events.keys["first_sight"] = "baseline"
    events.run(deal(1, "New"))
    assert explained(events).verdict == (
        "filtered, not sent: only noted, for later changes to be told from"
    )


def test_an_explanation_names_the_event_that_another_one_waits_for(parked):
    parked.run(deal(1, "New", lead="x"), deal(2, "New", lead="x", minute=9))
    (first,) = parked.ledger.uncertain_events("deals")
    verdict = explained(parked, 2).verdict
    assert verdict.startswith(f"pending: it waits for event {first.tag} of record 1 for lead x")
    assert explained(parked, 1).verdict == "unknown"


def test_what_is_parked_waits_for_a_person_and_shows_what_was_sent(parked):
    (entry,) = held(parked.plan(), parked.ledger)
    assert (entry.record_id, entry.key, entry.outcome) == ("1", "x", Outcome.UNKNOWN)
    assert entry.problems[0].message == "sent 2 times, never answered and never found"
    assert orjson.loads(entry.body)["note"].startswith("Deal 1: New")


def test_what_the_next_run_settles_by_itself_waits_for_nobody(events):
    events.line.fates.append("502")
    events.line.reads += ["", *["502"] * 2_000]
    events.run(deal(1, "New"))
    assert [line.phase for line in events.ledger.uncertain_events("deals")] == [Phase.UNKNOWN]
    assert list(doubted(events.plan(), events.ledger)) == []


@pytest.mark.parametrize(("ids", "creations"), [(["1"], 3), ([], 2)], ids=["named", "all"])
def test_what_is_parked_is_sent_again_only_where_it_is_named(parked, ids, creations):
    report = retry_quarantined(parked.plan(), parked.ledger, parked.clock, ids)
    assert [counts(sync) for sync in report.syncs] == [{"accepted": 1}] * len(ids)
    assert parked.line.requests["creations"] == creations


def test_what_is_dropped_counts_as_arrived_and_what_waited_goes(parked):
    parked.run(deal(1, "New", lead="x"), deal(2, "New", lead="x", minute=9))
    assert drop(parked.plan(), parked.ledger, ["1"]) == 1
    assert list(held(parked.plan(), parked.ledger)) == []
    parked.run(full=True)
    assert parked.told() == ["2 New"]
    assert parked.ledger.standing("deals", "atoka").owed == 0


def test_nothing_is_dropped_under_a_run_that_may_be_settling_it(parked):
    with parked.ledger.lock("destination atoka"):
        assert drop(parked.plan(), parked.ledger, ["2"]) == 0
        with pytest.raises(LockedError):
            drop(parked.plan(), parked.ledger, ["1"])
    assert [line.phase for line in parked.ledger.uncertain_events("deals")] == [Phase.PARKED]
