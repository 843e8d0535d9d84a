from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.scheduling.agenda import Standing
from crmsync.scheduling.triggers import schedule_of
from crmsync.web.judging import Course, State, began, judge
from tests.web.world import NOW, told

HOURLY, NIGHTLY = schedule_of("every 1h", "UTC"), schedule_of("15 2 * * *", "UTC")


def ago(**span):
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, State.GOOD),
        ({"code": ExitCode.FAILED, "error": "why"}, State.FAILING),
        ({"code": ExitCode.CREDENTIALS}, State.FAILING),
        ({"code": ExitCode.GUARDED}, State.FAILING),
        ({"code": ExitCode.TEMPORARY}, State.HELD_BACK),
        ({"code": ExitCode.OWED, "owed": 2}, State.ATTENTION),
        ({"balanced": False}, State.ATTENTION),
    ],
)
def test_a_sync_stands_as_its_last_run_ended(values, state):
    course = Course(reports=[told(ago(minutes=5), **values)], schedule=HOURLY)
    assert judge(course, NOW).state is state


def test_the_reason_is_what_ended_the_run():
    course = Course(reports=[told(code=ExitCode.FAILED, error="the disk is full")])
    assert judge(course, NOW).reason == "the disk is full"


def test_what_waits_in_quarantine_needs_a_look():
    verdict = judge(Course(reports=[told(owed=1_200)], quarantined=3), NOW)
    assert (verdict.state, verdict.reason) == (State.ATTENTION, "1,200 owed, 3 in quarantine")


def test_a_run_that_left_since_another_had_the_sync_says_nothing():
    reports = [told(code=ExitCode.RUNNING), told(ago(minutes=5), code=ExitCode.FAILED)]
    assert judge(Course(reports=reports), NOW).state is State.FAILING


def test_a_run_of_some_records_says_nothing_but_what_is_owed():
    sample = told(ago(minutes=1), partial=True)
    guarded = told(ago(minutes=5), code=ExitCode.GUARDED, owed=2)
    course = Course(reports=[sample, guarded], schedule=HOURLY)
    assert judge(course, NOW).state is State.FAILING
    assert (course.last, course.last_good, course.owed) == (guarded, None, 0)


def test_what_came_before_all_runs_that_say_nothing_counts():
    samples = [told(ago(minutes=1), code=ExitCode.RUNNING)] * 30
    failed = told(ago(hours=3), code=ExitCode.FAILED, owed=2)
    good = told(ago(hours=9))
    course = Course(reports=samples, whole=failed, good=good, schedule=HOURLY)
    assert judge(course, NOW).state is State.FAILING
    assert (course.last, course.last_good, course.owed) == (failed, good, 2)


def test_a_sync_that_is_late_is_late_though_only_samples_ran_since():
    samples = [told(ago(minutes=1), partial=True)] * 30
    course = Course(reports=samples, whole=told(ago(hours=9)), schedule=HOURLY)
    assert judge(course, NOW).state is State.LATE


@pytest.mark.parametrize(
    ("schedule", "minutes", "state"),
    [
        (HOURLY, 119, State.GOOD),
        (HOURLY, 121, State.LATE),
        (schedule_of("every 1m", "UTC"), 5, State.GOOD),
        (schedule_of("every 1m", "UTC"), 7, State.LATE),
        (NIGHTLY, 9 * 60 + 40, State.GOOD),
        (NIGHTLY, 9 * 60 + 50, State.LATE),
        (None, 10_000, State.GOOD),
    ],
)
def test_a_sync_is_late_when_it_missed_its_time_by_as_long_again(schedule, minutes, state):
    course = Course(reports=[told(ago(minutes=minutes))], schedule=schedule)
    assert judge(course, NOW).state is state


def test_passing_failures_make_it_late_in_the_end():
    reports = [told(ago(minutes=1), code=ExitCode.TEMPORARY), told(ago(hours=3))]
    verdict = judge(Course(reports=reports, schedule=HOURLY), NOW)
    assert verdict.state is State.LATE
    assert verdict.is_trouble
    assert "2026-11-22T10:00:00.000Z" in verdict.reason


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(running=True), State.RUNNING),
        (Standing(waiting_since=NOW), State.WAITING),
        (Standing(not_before=NOW + timedelta(minutes=2)), State.HELD_BACK),
    ],
)
def test_what_the_daemon_does_with_it_counts(standing, state):
    assert judge(Course(reports=[], standing=standing), NOW).state is state


def test_while_it_runs_it_is_not_late():
    course = Course(reports=[told(ago(hours=9))], schedule=HOURLY, standing=Standing(running=True))
    assert judge(course, NOW).state is State.RUNNING


def test_a_sync_that_never_ran_has_missed_nothing():
    assert judge(Course(reports=[], schedule=NIGHTLY), NOW).state is State.NEW


def test_a_run_began_as_long_before_its_end_as_it_took():
    assert began(told(NOW, seconds=90)) == ago(seconds=90)
