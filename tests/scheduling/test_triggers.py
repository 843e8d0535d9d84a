from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmsync.scheduling.triggers import CORRECTED, schedule_of


def times(text: str, zone: str, after: str, count: int = 3) -> list[str]:
    """The next times after one, as the clock on the wall shows them, with the offset."""
    schedule = schedule_of(text, zone)
    moment: datetime | None = datetime.fromisoformat(after)
    found = []
    for _ in range(count):
        assert moment is not None
        moment = schedule.after(moment)
        assert moment is not None
        found.append(moment.astimezone(getattr(schedule, "zone", UTC)).isoformat(" ", "minutes"))
    return found


ROWS = [
    (
        "a time that spring skips is due right after, once",
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00"),
        ["2026-03-29 03:00+02:00", "2026-03-30 02:30+02:00", "2026-03-31 02:30+02:00"],
    ),
    (
        "a time that autumn has twice is due once",
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+02:00"),
        ["2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00", "2026-10-27 02:30+01:00"],
    ),
    (
        "nor is it due again for who begins between the two",
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T02:10+01:00"),
        ["2026-10-26 02:30+01:00", "2026-10-27 02:30+01:00", "2026-10-28 02:30+01:00"],
    ),
    (
        "several times in one gap are due once",
        ("*/15 2 * * *", "Europe/Berlin", "2026-03-29T00:00+01:00"),
        ["2026-03-29 03:00+02:00", "2026-03-30 02:00+02:00", "2026-03-30 02:15+02:00"],
    ),
    (
        "every hour is every hour that passes, in autumn",
        ("30 * * * *", "Europe/Berlin", "2026-10-25T01:45+02:00"),
        ["2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00", "2026-10-25 03:30+01:00"],
    ),
    (
        "every hour is every hour that passes, in spring",
        ("30 * * * *", "Europe/Berlin", "2026-03-29T00:45+01:00"),
        ["2026-03-29 01:30+01:00", "2026-03-29 03:30+02:00", "2026-03-29 04:30+02:00"],
    ),
    (
        "midnight that does not exist",
        ("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00+02:00"),
        ["2026-04-24 01:00+03:00", "2026-04-25 00:00+03:00", "2026-04-26 00:00+03:00"],
    ),
    (
        "half an hour is skipped on Lord Howe Island",
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00+10:30"),
        ["2026-10-04 02:30+11:00", "2026-10-05 02:15+11:00", "2026-10-06 02:15+11:00"],
    ),
    (
        "two hours are skipped at Troll",
        ("30 1 * * *", "Antarctica/Troll", "2026-03-28T12:00+00:00"),
        ["2026-03-29 03:00+02:00", "2026-03-30 01:30+02:00", "2026-03-31 01:30+02:00"],
    ),
    (
        "Monday is 1",
        ("0 9 * * 1", "UTC", "2026-11-21T00:00+00:00"),
        ["2026-11-23 09:00+00:00", "2026-11-30 09:00+00:00", "2026-12-07 09:00+00:00"],
    ),
    (
        "Sunday is 0 and 7",
        ("0 9 * * 7", "UTC", "2026-11-21T00:00+00:00"),
        ["2026-11-22 09:00+00:00", "2026-11-29 09:00+00:00", "2026-12-06 09:00+00:00"],
    ),
    (
        "the day of the month or the day of the week",
        ("0 0 13 * 5", "UTC", "2026-11-12T12:00+00:00"),
        ["2026-11-13 00:00+00:00", "2026-11-20 00:00+00:00", "2026-11-27 00:00+00:00"],
    ),
    (
        "the leap day",
        ("0 0 29 2 *", "UTC", "2026-11-21T00:00+00:00"),
        ["2028-02-29 00:00+00:00", "2032-02-29 00:00+00:00", "2036-02-29 00:00+00:00"],
    ),
    (
        "after 2038-01-19",
        ("14 3 19 1 *", "UTC", "2037-01-20T00:00+00:00"),
        ["2038-01-19 03:14+00:00", "2039-01-19 03:14+00:00", "2040-01-19 03:14+00:00"],
    ),
    (
        "an interval goes by elapsed time",
        ("every 12h", "Europe/Berlin", "2026-03-28T23:00+00:00"),
        ["2026-03-29 11:00+00:00", "2026-03-29 23:00+00:00", "2026-03-30 11:00+00:00"],
    ),
]


@pytest.mark.parametrize(("given", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
@pytest.mark.fault(96)
def test_the_next_times_are_those_that_a_person_means(given, expected):
    assert times(*given) == expected


def test_what_never_comes_is_never():
    assert schedule_of("0 0 30 2 *", "UTC").after(datetime(2026, 1, 1, tzinfo=UTC)) is None


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["every 2s", "* * * * *"])
def test_what_was_missed_for_days_is_followed_by_one_time_after_now(text):
    following = schedule_of(text, "UTC").following(NOW - timedelta(days=3), NOW)
    assert following is not None
    assert NOW < following <= NOW + timedelta(minutes=1)


def test_an_interval_keeps_its_step():
    every = schedule_of("every 15m", "UTC")
    previous = NOW - timedelta(minutes=50)
    assert every.following(previous, NOW) == previous + timedelta(minutes=60)


def test_who_never_ran_is_due_now_by_an_interval_and_at_its_time_by_cron():
    assert schedule_of("every 15m", "UTC").first(NOW) == NOW
    assert schedule_of("15 2 * * *", "UTC").first(NOW) == NOW.replace(day=23, hour=2, minute=15)


@pytest.mark.fault(108)
def test_a_clock_that_was_a_little_off_brings_nothing_twice():
    planned = NOW.replace(day=23, hour=2, minute=15)
    set_back = planned.replace(day=22) - timedelta(minutes=55)  # to before today's 02:15
    cron = schedule_of("15 2 * * *", "UTC")
    assert cron.replanned(planned, set_back, timedelta(hours=1)) == planned


@pytest.mark.fault(94)
@pytest.mark.invariant(25)
def test_a_clock_that_was_far_off_is_planned_by_anew():
    cron, every = schedule_of("15 2 * * *", "UTC"), schedule_of("every 15m", "UTC")
    planned, back = NOW + timedelta(days=10), CORRECTED + timedelta(days=9)
    assert cron.replanned(planned, NOW, back) == NOW.replace(day=23, hour=2, minute=15)
    assert every.replanned(planned, NOW, back) == NOW + timedelta(minutes=15)
