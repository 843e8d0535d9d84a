from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crmsync.web.times import from_now, lasting, roughly, written

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.04, "0.0 seconds"),
        (9.96, "10.0 seconds"),
        (59.7, "1 minute"),
        (3_725, "1 hour 2 minutes"),
        (86_400, "1 day"),
        (90_061, "1 day 1 hour"),
        (-3, "0.0 seconds"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds, told):
    assert lasting(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "now"), (-4, "now"), (60, "in 1 minute"), (-7_300, "2 hours ago"), (86_400, "in 1 day")],
)
def test_a_moment_is_told_from_now(seconds, told):
    assert from_now(NOW + timedelta(seconds=seconds), NOW) == told


def test_a_duration_is_told_roughly():
    assert (roughly(0.2), roughly(3_599)) == ("0 seconds", "59 minutes")


def test_a_moment_is_written_in_its_zone():
    assert written(NOW, ZoneInfo("Europe/Stockholm")) == "22 Nov 2026, 13:00:00 CET"
