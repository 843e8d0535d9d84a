from __future__ import annotations

import pytest

from crmsync.config.schedules import check_schedule, check_timezone


@pytest.mark.parametrize(
    "text",
    [
        "15 2 * * *",
        "*/5 * * * *",
        "0 0 1,15 * 1-5",
        "0 9-17/2 * jan-mar MON,wed",
        "0 0 * * 7",
        "every 15m",
        "every 2s",
        "  0 0 * * sun  ",
    ],
)
def test_what_cron_takes_and_intervals_are_schedules(text):
    assert check_schedule(text) == text.strip()


ROWS = [
    ("few", "* * * *", "this has 4 fields"),
    ("many", "* * * * * *", "this has 6 fields"),
    ("minute", "60 * * * *", 'the minute "60" is not from 0 to 59'),
    ("month", "0 0 1 13 *", 'the month "13" is not from 1 to 12'),
    ("day_zero", "0 0 0 * *", 'the day of month "0" is not from 1 to 31'),
    ("weekday", "0 0 * * funday", 'the day of week "funday"'),
    ("backwards", "0 17-9 * * *", "runs backwards"),
    ("step", "*/0 * * * *", "a step of 0"),
    ("junk", "1;2 * * * *", "not what cron takes"),
    ("empty_part", "1, * * * *", "not what cron takes"),
    ("nickname", "@daily", "five cron fields"),
    ("interval", "every day", '"5m"'),
    ("both_forms", "every day", '"15 2 * * *"'),
    ("no_time", "every 0s", "a second or longer"),
    ("too_often", "every 0.5s", "a second or longer"),
    ("no_day", "0 0 30 2 *", "never comes"),
]


@pytest.mark.parametrize(("value", "words"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_anything_else_is_refused_in_words(value, words):
    with pytest.raises(ValueError, match=r"must|not|backwards|step|never") as caught:
        check_schedule(value)
    assert words in str(caught.value)


def test_time_zones_go_by_their_iana_names():
    assert check_timezone("Europe/Stockholm") == "Europe/Stockholm"


@pytest.mark.parametrize("value", ["Stockholm", "../etc/passwd", "/etc/localtime", "", "\0"])
def test_what_is_no_time_zone_is_refused(value):
    with pytest.raises(ValueError, match="IANA"):
        check_timezone(value)
