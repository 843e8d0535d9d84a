from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.alerts.standing import Reason, Rules
from crmsync.alerts.telling import standing_of
from crmsync.errors import LedgerError, RetryableError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Response
from crmsync.ledger import open_ledger
from crmsync.reports import RunReport
from crmsync.testing.clocks import FakeClock
from tests.alerts.conftest import Heard, Listener, reported


class _UnforeseenError(Exception):
    """Nobody foresaw it."""


def finished(listener, *reports):
    """The run of these syncs is over."""
    now = listener.clock.now()
    gravest = max(report.exit_code for report in reports)
    listener.telling().over(
        RunReport(run_id="run-1", exit_code=gravest, started_at=now, finished_at=now, syncs=reports)
    )


def test_people_are_told_once_that_a_sync_is_bad_and_once_that_it_is_well(listener):
    for code in (0, 7, 7, 1, 0, 3):
        listener.ended(code)
        listener.clock.advance(86_400)

    assert listener.said == ["bad", "recovered"]
    bad, well = listener.channels["webhook"].bodies
    assert (bad["exit_code"], bad["since"], bad["times"]) == (7, "2026-11-22T12:00:00.000Z", 1)
    assert (well["since"], well["ended"]) == (bad["since"], "2026-11-25T12:00:00.000Z")


def test_once_is_once_for_two_processes_with_one_ledger(tmp_path):
    url = f"sqlite:///{tmp_path}/crmsync.db"
    one, two = (Listener(open_ledger(url, clock=FakeClock())) for _ in range(2))
    two.channels = one.channels

    for listener in (one, two, one):
        listener.ended(7)

    assert one.said == ["bad"]
    one.ledger.close()
    two.ledger.close()


def test_what_could_not_be_told_is_told_after_the_next_run(listener, caplog):
    listener.channels["webhook"].fails = True
    with caplog.at_level(logging.WARNING):
        listener.ended(7)
    fault = standing_of(listener.ledger, "main", "akooda").trouble(Reason.FAILING).fault
    listener.channels["webhook"].fails = False
    listener.ended(7, run_id="run-2")

    assert (listener.said, fault) == (["bad"], "webhook: away")
    (record,) = caplog.records
    assert (record.message, record.levelname) == ("alert_failed", "WARNING")
    assert record.values["run_id"] == "run-1"


OTHERS = {"a-sample": {"partial": True}, "another-run": {"exit_code": ExitCode(9)}}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_is_told_late_is_why_the_sync_fails_and_not_what_came_after(listener, other):
    listener.channels["webhook"].fails = True
    listener.ended(7)
    listener.channels["webhook"].fails = False
    after = replace(reported(0, quarantined=2, error="it is in use"), **other)
    listener.ledger.finish_sync("run-2", after, listener.clock.now())

    listener.telling("").look()

    (body,) = listener.channels["webhook"].bodies
    assert (body["run_id"], body["exit_code"], body["quarantined"]) == ("run-1", 7, 2)
    assert "the token expired" in body["happened"]


def test_a_run_that_left_tells_what_the_one_before_it_could_not(listener):
    listener.channels["webhook"].fails = True
    listener.ended(7)
    listener.channels["webhook"].fails = False
    listener.ended(9, run_id="run-2", error="it is in use")

    (body,) = listener.channels["webhook"].bodies
    assert (body["run_id"], body["exit_code"]) == ("run-1", 7)


def test_one_way_that_fails_does_not_make_another_tell_twice(listener):
    listener.channels["command"] = Heard("command", fails=True)

    for fails in (True, False, False):
        listener.channels["command"].fails = fails
        listener.ended(7)

    assert [len(one.bodies) for one in listener.channels.values()] == [1, 1]


@pytest.mark.parametrize("error", [_UnforeseenError(), LedgerError("full")], ids=["bug", "ours"])
def test_whatever_fails_in_one_way_silences_no_other(listener, error):
    def fails(body):
        raise error

    listener.channels = {"command": Heard("command"), **listener.channels}
    listener.channels["command"].tell = fails

    listener.ended(7)

    trouble = standing_of(listener.ledger, "main", "akooda").trouble(Reason.FAILING)
    assert (listener.said, trouble.told) == (["bad"], ("webhook",))
    assert trouble.fault in {"_UnforeseenError", "full"}


def test_each_sync_is_told_of_by_itself(listener):
    listener.ended(7)
    listener.ended(0, "other")
    listener.ended(1, "other")

    assert [body["sync"] for body in listener.channels["webhook"].bodies] == ["main", "other"]


def test_a_full_quarantine_hides_no_failure(listener):
    listener.rules = Rules(quarantined=10)

    listener.ended(3, quarantined=10)
    listener.ended(7, quarantined=10)

    reasons = [body["reason"] for body in listener.channels["webhook"].bodies]
    assert reasons == ["quarantine", "failing"]


def test_that_nothing_succeeded_for_long_is_told_though_no_run_ended(listener):
    listener.rules = Rules(stale_after=timedelta(days=2))
    report = listener.ended(0)
    listener.clock.advance(2 * 86_400)

    for _ in range(2):
        listener.telling("").tell({**report.to_json(), "run_id": "run-1"}, None)

    (body,) = listener.channels["webhook"].bodies
    assert (body["reason"], body["run_id"]) == ("stale", "run-1")


def test_one_that_is_asked_to_stop_leaves_it_to_the_next_run(listener):
    listener.clock.stop()

    listener.ended(7)

    assert (listener.said, listener.asked) == ([], [])


@pytest.mark.parametrize(
    "error", [LedgerError("full"), _UnforeseenError()], ids=["ledger", "a-bug"]
)
def test_nothing_that_goes_wrong_here_is_raised(listener, caplog, error):
    def fails(body):
        raise error

    listener.channels["webhook"].tell = fails

    assert listener.ended(7).exit_code == 7
    assert "alert_failed" in caplog.messages


def test_a_sync_that_succeeds_gives_its_own_sign_of_life(listener):
    for code in (0, 3, 5, 9, 1):
        listener.ended(code)
    listener.ended(0, "other")

    assert listener.asked == ["GET https://hc.example.com/main-4711-lives"] * 2


def test_all_give_one_sign_of_life_when_the_last_run_of_each_was_well(listener):
    well, failed = listener.ended(0), listener.ended(1, "other")
    finished(listener, well, failed)
    finished(listener, listener.ended(0, "other"))

    assert listener.asked.count("GET https://hc.example.com/all-of-them-0815") == 1


@pytest.mark.parametrize("code", [5, 7], ids=["not-bad-yet", "bad"])
def test_a_sample_that_was_well_gives_no_sign_of_life_for_a_sync_that_fails(listener, code):
    listener.ended(code, "other")
    sample = reported(0, "other")
    listener.ledger.finish_sync("run-2", sample, listener.clock.now())

    finished(listener, listener.ended(0, run_id="run-3"))
    before = len(listener.asked)
    listener.ended(0, "other", run_id="run-4")
    finished(listener, listener.ended(0, run_id="run-4"))

    assert before == 1
    assert listener.asked.count("GET https://hc.example.com/all-of-them-0815") == 1


def test_that_a_sync_begins_is_tried_once(listener):
    listener.also = frozenset({"start"})
    listener.answer = RetryableError("connection refused")

    listener.telling().begins("main")

    assert (len(listener.asked), listener.clock.sleeps) == (1, [])


def test_the_beginning_and_what_is_bad_are_told_where_that_is_asked_for(listener):
    listener.also = frozenset({"start", "fail"})
    listener.telling().begins("main")
    passing, failed = listener.ended(5), listener.ended(7)
    finished(listener, passing, failed)

    hosts = [one.removeprefix("GET https://hc.example.com/") for one in listener.asked]
    assert hosts == ["main-4711-lives/start", "main-4711-lives/fail", "all-of-them-0815/fail"]


def test_a_sign_of_life_is_tried_three_times_and_its_failure_is_logged(listener, caplog):
    listener.answer = RetryableError("connection refused")

    listener.ended(0)

    assert len(listener.asked) == 3
    (record,) = caplog.records
    assert record.values["channel"] == "alerts.pings.main"


def test_an_address_that_refuses_is_asked_once(listener, caplog):
    listener.answer = Response(404, {}, b"")

    listener.ended(0)

    assert (len(listener.asked), caplog.messages) == (1, ["alert_failed"])
    assert "main-4711-lives" not in str(vars(caplog.records[0]))
