from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crmsync.destinations.atoka.dates import day_for, plan_days, today

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def moment(day, hour=9):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_today_is_the_earlier_of_the_days_in_utc_and_in_rome():
    rome = ZoneInfo("Europe/Rome")
    for hour in range(366 * 24):
        now = datetime(2027, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=hour)
        assert today(now) == min(now.date(), now.astimezone(rome).date())


def test_today_is_not_the_day_of_the_clocks_own_zone():
    late = datetime(2026, 11, 22, 0, 30, tzinfo=ZoneInfo("Europe/Rome"))
    assert today(late) == TODAY


def test_live_events_are_sent_without_a_date():
    assert day_for(moment(3), latest=None, now=NOW, mode="omit") is None


@pytest.mark.parametrize(
    ("when", "latest", "day"),
    [
        (moment(3), None, date(2026, 11, 3)),
        (moment(3), date(2026, 11, 2), date(2026, 11, 3)),
        (moment(3), date(2026, 11, 3), None),
        (moment(3), date(2026, 11, 4), None),
        (None, None, None),
    ],
    ids=["first", "after", "same-day", "before", "no-date"],
)
@pytest.mark.fault(60, 61)
def test_the_past_is_dated_where_its_day_is_after_the_latest_event(when, latest, day):
    assert day_for(when, latest=latest, now=NOW, mode="backfill") == day


@pytest.mark.parametrize(("latest", "day"), [(None, TODAY), (TODAY, None)])
@pytest.mark.fault(61)
def test_k08_a_date_after_the_platforms_today_becomes_today_or_is_left_out(latest, day):
    assert day_for(moment(22, 0), latest=latest, now=NOW, mode="backfill") == day


@pytest.mark.fault(61)
def test_k07_of_two_changes_on_one_day_the_first_is_dated_and_the_second_is_not():
    days = plan_days([moment(3), moment(3, 15)], latest=None, now=NOW, mode="backfill")
    assert days == [date(2026, 11, 3), None]


def test_nothing_is_dated_after_an_event_without_a_date():
    days = plan_days([moment(3), moment(3, 15), moment(5)], latest=None, now=NOW, mode="backfill")
    assert days == [date(2026, 11, 3), None, None]


def test_a_plan_goes_on_from_the_leads_latest_event():
    latest = date(2026, 11, 4)
    days = plan_days([moment(3)], latest=latest, now=NOW, mode="backfill")
    assert days == [None]
    assert plan_days([moment(5)], latest=latest, now=NOW, mode="backfill") == [date(2026, 11, 5)]
    assert plan_days([moment(5)], latest=latest, now=NOW, mode="omit") == [None]
