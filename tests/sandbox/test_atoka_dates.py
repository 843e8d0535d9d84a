from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.application import EVENTS, refusal


def day(ahead: int = 0, hours: float = 0.0) -> str:
    """The day that so many days and hours from now are in, in UTC."""
    return (datetime.now(UTC) + timedelta(days=ahead, hours=hours)).date().isoformat()


def dated(app, date, **fields):
    return app.post(lead=app.lead, type="company", date=date, **fields)


def test_a_day_is_its_midnight(app):
    assert app.event(date="2015-10-21")["date"] == "2015-10-21T00:00:00.000Z"


@pytest.mark.parametrize(
    "date", ["", "21.10.2015", "2015-02-30", "20151021", "2015-10-21T09:00:00Z", "yesterday", "١"]
)
def test_what_is_no_day_is_refused(app, date):
    assert refusal(dated(app, date)) == (400, "date")


def test_a_date_must_come_after_the_most_recent_event(app):
    answers = [dated(app, f"2015-10-{number}") for number in (20, 22, 22, 21, 23)]
    assert [answer.status_code for answer in answers] == [200, 200, 400, 400, 200]
    assert refusal(answers[2]) == (400, "date")


def test_dates_are_compared_within_a_lead(app):
    app.event(date=day())
    (other,) = app.companies({"name": "Other"})
    assert app.event(lead=other, date="2015-10-21")["lead"] == other


def test_today_fits_and_tomorrow_does_not(app):
    assert dated(app, day(1)).status_code == 400
    assert dated(app, day()).status_code == 200


def test_two_on_one_day_need_the_second_without_a_date(app):
    app.event(date=day())
    assert dated(app, day()).status_code == 400
    assert app.event()["date"][:10] == day()
    assert dated(app, day()).status_code == 400


def test_events_without_a_date_are_always_in_order(app):
    dates = [app.event()["date"] for _ in range(20)]
    assert dates == sorted(set(dates))


def test_a_deleted_event_no_longer_counts(app):
    app.event(date="2015-10-20")
    late = app.event(date="2020-01-01")
    app.send("DELETE", f"{EVENTS}/{late['id']}")
    assert dated(app, "2015-10-20").status_code == 400
    assert dated(app, "2015-10-21").status_code == 200


def test_rules_on_dates_can_be_off(applying):
    app = applying(atoka_dates="ignored")
    for date in (day(400), "2015-10-21", "2015-10-21"):
        app.event(date=date)
    assert [item["date"][:10] for item in app.listed(ordering="oldest")] == [
        "2015-10-21", "2015-10-21", day(400),
    ]  # fmt: skip
    assert dated(app, "2015-02-30").status_code == 400


def test_instants_can_be_dates_and_fence_repetitions_off(applying):
    app = applying(atoka_date_form="instant")
    assert app.event(date="2015-10-21T09:30:00.5+02:00")["date"] == "2015-10-21T07:30:00.500Z"
    assert dated(app, "2015-10-21T09:30:00.5+02:00").status_code == 400
    assert dated(app, "2015-10-21T07:30:00.501Z").status_code == 200
    assert dated(app, "2015-10-21T07:30:00").status_code == 400
    assert dated(app, "2015-10-22").status_code == 200


def test_its_clock_says_what_the_future_is(applying):
    slow = applying(atoka_clock_skew_s=-86_400.0)
    assert dated(slow, day()).status_code == 400
    assert dated(slow, day(-1)).status_code == 200
    fast = applying(atoka_clock_skew_s=86_400.0)
    assert dated(fast, day(1)).status_code == 200


def test_its_answers_are_dated_by_its_clock(applying):
    answer = applying(atoka_clock_skew_s=86_400.0).get(leads="x")
    told = parsedate_to_datetime(answer.headers["date"])
    assert told.date().isoformat() == day(1)


def test_its_clock_can_be_set_wrong_on_the_way(app):
    app.event()
    app.client.control("/atoka/clock", {"skew_s": -7200})
    first, second = app.listed(ordering="oldest")[0], app.event()
    assert second["created"] < first["created"]
    assert second["date"] > first["date"]


def test_its_days_begin_where_it_is(applying):
    ahead = applying(atoka_utc_offset_h=14.0)
    local = day(hours=14)
    item = ahead.event(date=local)
    assert item["date"] == f"{local}T00:00:00.000+14:00"
    behind = applying(atoka_utc_offset_h=-12.0)
    assert dated(behind, day(hours=12)).status_code == 400
    assert behind.event(date=day(hours=-12))["date"].endswith("T00:00:00.000-12:00")


@pytest.mark.parametrize("body", [{"skew_s": "1"}, {"advance_s": -1}, {"advance_s": True}])
def test_times_that_cannot_be_are_explained(app, body):
    assert app.http.post("/_sandbox/atoka/clock", json=body).status_code == 400
