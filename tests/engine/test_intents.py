"""Payloads that must arrive once at most: what may have arrived is told, and not sent again."""

from __future__ import annotations

from collections import Counter

import pytest

from crmsync.destinations.akooda import PLUGIN
from crmsync.engine.explain import explain
from crmsync.engine.retry import doubted, retry_quarantined
from crmsync.errors import BatchRejectedError, FatalError, RetryableError, StoppedError
from tests.engine.conftest import company, counts
from tests.engine.eventful import LOST, REFUSED, doubts, eventful, failing


def test_each_event_leaves_alone_and_unchanged_ones_not_again(events):
    assert counts(events.run()) == {"unverified": 3}
    assert [len(push) for push in events.destination.pushes] == [1, 1, 1]
    assert counts(events.run(full=True)) == {"unchanged": 3}
    assert len(events.destination.pushes) == 3
    assert events.ledger.uncertain_events("companies") == []


def test_an_event_whose_answer_was_lost_is_unknown_and_the_others_go_on(events):
    failing(events, LOST, "c2.com")
    report = events.run()

    assert counts(report) == {"unverified": 2, "unknown": 1}
    assert (report.exit_code, report.status, report.owed) == (3, "partial", 1)
    assert doubts(events) == ["2"]


@pytest.mark.parametrize("full", [False, True], ids=["what-changed", "full-pass"])
def test_an_unknown_event_stays_owed_and_is_sent_by_no_run(events, full):
    failing(events, LOST, "c2.com")
    events.run()
    failing(events, None)

    report = events.run(full=full)

    assert report.counts.unknown == 1
    assert (report.exit_code, report.owed) == (3, 1)
    assert len(events.destination.pushes) == 3


def test_the_cursor_passes_an_unknown_event(events):
    failing(events, LOST, "c2.com")
    events.run()
    events.source.changed = set()

    report = events.run()

    assert (report.counts.read, report.exit_code, report.owed) == (0, 3, 1)


def test_a_record_that_changed_since_is_another_event_and_the_old_one_stays_told(events):
    failing(events, LOST, "c2.com")
    events.run()
    failing(events, None)
    events.source.records[1] = company(2, name="Another")

    report = events.run()

    assert counts(report) == {"unchanged": 2, "unverified": 1}
    assert (report.exit_code, report.owed, doubts(events)) == (3, 1, ["2"])


def test_a_record_that_changed_back_is_not_sent_again(events):
    failing(events, LOST, "c2.com")
    events.run()
    failing(events, None)
    events.source.records[1] = company(2, name="Another")
    events.run()
    events.source.records[1] = company(2)

    report = events.run()

    assert counts(report) == {"unchanged": 2, "unknown": 1}
    assert Counter(events.destination.sent_keys)["c2.com"] == 2


def test_every_unknown_event_of_a_record_is_told(events):
    failing(events, LOST, "c2.com")
    for name in ("One", "Two"):
        events.source.records[1] = company(2, name=name)
        events.run()

    entries = list(doubted(events.plan(), events.ledger, ["2"]))

    decode = events.plan().plugin.decode
    names = [decode(entry.body)["properties.displayName"] for entry in entries]
    assert names == ["One", "Two"]
    assert "no whole answer in time" in entries[0].problems[0].message


@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        RetryableError("429", throttled=True),
        FatalError("404", maybe_delivered=False),
        StoppedError("asked to stop", maybe_delivered=False),
    ],
    ids=["refused", "429", "404", "stopped-while-waiting"],
)
def test_what_surely_did_not_arrive_is_pending_and_sent_again(events, error):
    failing(events, error)
    assert counts(events.run()).keys() == {"pending"}  # as far as it read before the error
    assert doubts(events) == []
    failing(events, None)

    report = events.run()

    assert (counts(report), report.exit_code) == ({"unverified": 3}, 0)
    assert len(events.destination.kept) == 3


def test_a_refused_event_is_in_quarantine_and_goes_on_retry(events):
    failing(events, BatchRejectedError("400", reason="no"), "c2.com")
    assert counts(events.run()) == {"unverified": 2, "rejected": 1}
    failing(events, None)

    assert counts(retry_quarantined(events.plan(), events.ledger, events.clock).syncs[0]) == {
        "unverified": 1
    }
    assert events.run().exit_code == 0


def test_three_lost_answers_in_a_row_end_the_run(bench):
    eventful(bench).source.records = [company(n) for n in range(1, 20)]
    failing(bench, LOST)

    report = bench.run()

    assert (report.exit_code, report.status) == (5, "temporary")
    assert 3 <= report.counts.unknown <= 3 + PLUGIN.limits.in_flight


def test_an_answer_that_is_none_ends_the_run_and_leaves_the_event_unknown(events):
    failing(events, FatalError("200 with an HTML page"), "c1.com")
    report = events.run()

    assert report.exit_code == 1
    assert report.counts.unknown >= 1
    failing(events, None)
    events.run()
    assert Counter(events.destination.sent_keys)["c1.com"] == 1


def test_a_bug_while_sending_leaves_the_event_unknown(events):
    failing(events, ZeroDivisionError(), "c1.com")

    assert events.run().exit_code == 1
    assert doubts(events) == ["1"]


def test_each_record_of_a_key_is_an_event_of_its_own(bench):
    one = company(1, domain="same.com", phone="+46 8 111 111")
    eventful(bench).source.records = [one, company(2, domain="same.com", industry="retail")]
    bench.run()
    bench.source.records.append(company(3, domain="same.com"))
    for _ in range(2):
        bench.run(full=True)

    told = [push[0]["properties"] for push in bench.destination.pushes]
    assert sorted(event["objectId"] for event in told) == ["1", "2", "3"]
    assert [event.get("phone") for event in told].count("+46 8 111 111") == 1


def test_a_record_that_moves_to_another_key_is_one_event(bench):
    eventful(bench).source.records = [company(1, domain="same.com"), company(2, domain="same.com")]
    bench.run()
    bench.source.records[1] = company(2, domain="other.com")
    sent = len(bench.destination.pushes)
    for _ in range(2):
        bench.run(full=True)

    assert bench.destination.sent_keys[sent:] == ["other.com"]


def test_an_event_carries_no_nulls(bench):
    eventful(bench).source.records = [company(1, phone="+46 8 111 111")]
    bench.run()
    bench.source.records = [company(1)]
    bench.run()

    first, second = (push[0]["properties"] for push in bench.destination.pushes)
    assert second == {name: value for name, value in first.items() if name != "phone"}


def test_a_preview_sends_no_unknown_event_again(events):
    failing(events, LOST, "c2.com")
    events.run()

    (sync,) = events.preview(full=True).syncs

    assert sync.changes["unchanged"] == 3
    assert sync.report.balanced


def test_explain_says_that_an_event_may_have_arrived(events):
    failing(events, LOST, "c2.com")
    events.run()

    told = explain(events.plan(), events.ledger, "2")

    assert told.verdict == "unknown"
    assert "no whole answer in time" in "\n".join(told.lines())
