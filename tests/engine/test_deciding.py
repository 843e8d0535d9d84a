"""What a person decides about events that may have arrived."""

from __future__ import annotations

import pytest

from crmsync.engine.retry import drop, retry_quarantined
from crmsync.receipts import Outcome
from tests.engine.conftest import company, counts
from tests.engine.eventful import LOST, REFUSED, doubts, failing


def test_retry_sends_no_unknown_event_unless_its_record_is_named(events):
    failing(events, LOST, "c2.com")
    events.run()
    failing(events, None)
    plan = events.plan()

    assert retry_quarantined(plan, events.ledger, events.clock).syncs == ()
    assert len(events.destination.pushes) == 3
    report = retry_quarantined(plan, events.ledger, events.clock, ["2"])

    assert counts(report.syncs[0]) == {"unverified": 1}
    assert (report.exit_code, doubts(events)) == (0, [])
    assert counts(events.run(full=True)) == {"unchanged": 3}


def test_retry_never_sends_again_what_has_arrived(events):
    failing(events, LOST, "c2.com")
    events.run()
    failing(events, None)
    events.source.records[1] = company(2, name="Another")
    events.run()

    report = retry_quarantined(events.plan(), events.ledger, events.clock, ["2"])

    assert counts(report.syncs[0]) == {"unchanged": 1}
    assert doubts(events) == ["2"]


@pytest.mark.parametrize("error", [LOST, REFUSED], ids=["lost-again", "refused"])
def test_an_unknown_event_that_is_retried_in_vain_is_still_unknown(events, error):
    failing(events, LOST, "c2.com")
    events.run()
    failing(events, error)

    report = retry_quarantined(events.plan(), events.ledger, events.clock, ["2"])

    assert counts(report.syncs[0]) == {"unknown": 1}
    failing(events, None)
    assert events.run().counts.unknown == 1
    assert set(doubts(events)) == {"2"}


def test_dropping_an_unknown_event_takes_it_for_arrived(events):
    failing(events, LOST, "c2.com")
    events.run()
    failing(events, None)

    assert drop(events.plan(), events.ledger, ["2"]) == 1

    report = events.run(full=True)
    assert (counts(report), report.exit_code, report.owed) == ({"unchanged": 3}, 0, 0)
    assert len(events.destination.pushes) == 3


def test_dropping_an_event_leaves_what_its_record_came_to_since(events):
    failing(events, LOST, "c2.com")
    events.run()
    events.source.records[1] = company(2, stage="no such stage")
    assert events.run().counts.invalid == 1

    assert drop(events.plan(), events.ledger, ["2"]) == 2

    assert doubts(events) == []
    assert events.ledger.record("companies", "2").outcome is Outcome.INVALID
