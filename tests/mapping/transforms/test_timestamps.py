from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark

timestamp = compile_transform("timestamp")
day = compile_transform("date")
latest = compile_transform("latest")

NOON = "2022-06-08T12:55:24.000Z"

MADE = [
    pytest.param("2022-06-08T12:55:24.602Z", "2022-06-08T12:55:24.602Z", id="T01"),
    pytest.param("2022-06-08T12:55:24Z", NOON, id="T02"),
    pytest.param("2022-06-08T14:55:24+02:00", NOON, id="T03"),
    pytest.param("2022-06-08T12:55:24.602+0000", "2022-06-08T12:55:24.602Z", id="T04"),
    pytest.param("2022-06-08T12:55:24.602-0330", "2022-06-08T16:25:24.602Z", id="T05"),
    pytest.param(1654692924602, "2022-06-08T12:55:24.602Z", id="T06-number"),
    pytest.param("1654692924602", "2022-06-08T12:55:24.602Z", id="T06-digits"),
    pytest.param("1612123112345", "2021-01-31T19:58:32.345Z", id="T07"),
    pytest.param(1654692924, NOON, id="T08"),
    pytest.param("2022-06-08", "2022-06-08T00:00:00.000Z", id="T09"),
    pytest.param("2022-06-08 12:55:24", NOON, id="T10"),
    pytest.param("0000-00-00 00:00:00", None, id="T11"),
    pytest.param("0000-00-00", None, id="T11-date"),
    pytest.param("2022-06-08T12:55:24.6025559Z", "2022-06-08T12:55:24.602Z", id="T13"),
    pytest.param(1654692924.6029, "2022-06-08T12:55:24.602Z", id="seconds-with-fraction"),
    pytest.param("2022-06-08 12:55:24 UTC", NOON, id="named-zone"),
    pytest.param("2022-06-08t12:55z", "2022-06-08T12:55:00.000Z", id="small-letters"),
    pytest.param(" 2022-06-08 14:55:24 +02 ", NOON, id="blank-before-the-offset"),
    pytest.param(datetime(2022, 6, 8, 12, 55, 24, tzinfo=UTC), NOON, id="datetime"),
    pytest.param(date(2022, 6, 8), "2022-06-08T00:00:00.000Z", id="date-object"),
    pytest.param("2100-12-31T23:59:59.999Z", "2100-12-31T23:59:59.999Z", id="last"),
    pytest.param("1990-01-01T00:00:00.000Z", "1990-01-01T00:00:00.000Z", id="first"),
    pytest.param("n/a", None, id="placeholder"),
    pytest.param("", None, id="empty"),
    pytest.param(None, None, id="none"),
]

DROPPED = [
    pytest.param("2022-02-30", id="T12-no-such-day"),
    pytest.param("2022-02-30T12:55:24.602Z", id="T12-no-such-day-in-full"),
    pytest.param("08/06/2022", id="T12-ambiguous"),
    pytest.param("yesterday", id="T12-word"),
    pytest.param("2022-06-08T12:55:60Z", id="T14-leap-second"),
    pytest.param("2022-06-08T12:55:60.000Z", id="T14-leap-second-in-full"),
    pytest.param("2022-06-08T24:00:00", id="T14-24"),
    pytest.param("2022-06-08T24:00:00.000Z", id="T14-24-in-full"),
    pytest.param("0001-01-01T00:00:00.000Z", id="T17-year-1"),
    pytest.param("9999-12-31T23:59:59.999Z", id="T17-year-9999"),
    pytest.param("1989-12-31T23:59:59.999Z", id="T17-1989"),
    pytest.param("1990-01-01T00:00:00+02:00", id="T17-1989-in-utc"),
    pytest.param("2101-01-01", id="T17-2101"),
    pytest.param(-1654692924602, id="T17-negative"),
    pytest.param("-1654692924602", id="T17-negative-digits"),
    pytest.param(True, id="T18-true"),
    pytest.param(False, id="T18-false"),
    pytest.param(44720, id="T19"),
    pytest.param("44720", id="T19-digits"),
    pytest.param("20220608", id="day-of-digits"),
    pytest.param(float("nan"), id="S30-nan"),
    pytest.param(float("inf"), id="S30-infinity"),
    pytest.param("2022-W23-3", id="week"),
    pytest.param({"time": 1}, id="object"),
]


@pytest.mark.parametrize(("given", "expected"), MADE)
def test_a_moment_is_written_in_utc_with_milliseconds(given, expected):
    assert timestamp(given) == expected


@pytest.mark.parametrize("given", DROPPED)
def test_what_is_no_sure_moment_is_dropped(given):
    remark = timestamp(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_TIMESTAMP)


@pytest.mark.parametrize(
    ("options", "given", "expected"),
    [
        ("%d/%m/%Y", "08/06/2022", "2022-06-08T00:00:00.000Z"),
        (["%d.%m.%Y", "%m/%d/%Y"], "06/08/2022", "2022-06-08T00:00:00.000Z"),
        ("%d/%m/%Y %H:%M %z", "08/06/2022 14:55 +0200", "2022-06-08T12:55:00.000Z"),
        (
            {"formats": "%d/%m/%Y", "timezone": "Europe/Stockholm"},
            "08/06/2022",
            "2022-06-07T22:00:00.000Z",
        ),
        ({"timezone": "Europe/Stockholm"}, "2022-06-08T12:00:00Z", "2022-06-08T12:00:00.000Z"),
    ],
)
def test_other_spellings_and_zones_can_be_declared(options, given, expected):
    assert compile_transform("timestamp", options)(given) == expected


def test_a_declared_spelling_is_the_only_one():
    remark = compile_transform("timestamp", "%d/%m/%Y")("2022-06-08")
    assert isinstance(remark, Remark)
    assert remark.message == '"2022-06-08" is no moment between 1990 and 2100; left out'


@pytest.mark.parametrize(
    ("zone", "given", "expected"),
    [
        (None, "2022-06-08T23:30:00Z", "2022-06-08"),
        ("Europe/Stockholm", "2022-06-08T23:30:00Z", "2022-06-09"),
        ("America/New_York", "2022-06-08", "2022-06-08"),
        ("America/New_York", date(2022, 6, 8), "2022-06-08"),
    ],
)
def test_a_day_is_the_day_of_its_zone(zone, given, expected):
    assert compile_transform("date", zone)(given) == expected


def test_what_is_no_day_is_dropped():
    remark = day("yesterday")
    assert isinstance(remark, Remark)
    assert remark.code == Code.BAD_TIMESTAMP


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - bounds are naive
    st.integers(-14 * 60, 14 * 60),
)
def test_every_spelling_of_a_moment_gives_the_same_text(moment, minutes):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    written = timestamp(moment)
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    milliseconds = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
    spellings = [written, local.isoformat(), str(local), milliseconds, str(milliseconds)]
    assert {timestamp(spelling) for spelling in spellings} == {written}


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (["2022-06-08T12:55:24Z", "2022-06-09T01:00:00+12:00"], "2022-06-08T13:00:00.000Z"),
        (["2022-06-08", None, "yesterday"], "2022-06-08T00:00:00.000Z"),
        (1654692924602, "2022-06-08T12:55:24.602Z"),
        ("2022-06-08T12:55:24Z", NOON),
        ([None, ""], None),
        ([], None),
    ],
)
def test_the_latest_of_several_moments_is_the_last_in_time(value, made):
    assert latest(value) == made


def test_the_latest_of_what_holds_no_moment_says_so():
    found = latest(["yesterday", None])

    assert isinstance(found, Remark)
    assert (found.value, found.code) == (None, Code.BAD_TIMESTAMP)
