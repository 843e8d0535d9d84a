"""Every time zone there is: nothing is missed, nothing is doubled.

Zones whose clocks go alike all year are one here, and the days looked at are those around each
change of a clock. `python -m benchmarks.timezones` looks at every day of every zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from crmsync.scheduling.triggers import schedule_of

DAYS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(366)]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
QUARTER = 15 * MINUTE
"""Clocks differ from each other by quarters of hours, and are changed at one."""


def offsets(zone: ZoneInfo) -> tuple[timedelta | None, ...]:
    """How far the zone's clocks are off at the beginning of each day (UTC)."""
    return tuple(day.astimezone(zone).utcoffset() for day in DAYS)


@cache
def zones() -> dict[str, list[date]]:
    """A zone of each kind, with the days in which its clocks change, or a quiet one."""
    kinds = {offsets(ZoneInfo(name)): name for name in sorted(available_timezones())}
    return {
        name: [day.date() for day, (a, b) in zip(DAYS, pairwise(known), strict=False) if a != b]
        or [date(2026, 6, 15)]
        for known, name in kinds.items()
    }


def wanted(zone: ZoneInfo, wall: datetime) -> datetime:
    """When the clock on the wall shows a time first, or has just passed it over."""
    moment = wall.replace(tzinfo=UTC) - DAY
    while (left := wall - moment.astimezone(zone).replace(tzinfo=None)) > timedelta():
        moment += left - 2 * HOUR if left > 3 * HOUR else QUARTER
    return moment


def test_there_are_all_of_them():
    assert len(available_timezones()) >= 590
    assert len(zones()) >= 50
    off = {one for name in zones() for one in offsets(ZoneInfo(name)) if one is not None}
    assert {one % QUARTER for one in off} == {timedelta()}


@pytest.mark.parametrize("at", [time(0, 0), time(1, 15), time(2, 30)], ids=str)
@pytest.mark.fault(95)
def test_each_day_has_its_run_in_every_zone(at):
    for name, changes in zones().items():
        schedule = schedule_of(f"{at.minute} {at.hour} * * *", name)
        for change in changes:
            days = [change + DAY * number for number in range(-1, 3)]
            expected = [wanted(ZoneInfo(name), datetime.combine(day, at)) for day in days]
            found = [schedule.after(expected[0] - MINUTE)]
            while len(found) < len(days):
                assert found[-1] is not None
                found.append(schedule.after(found[-1]))
            assert found == expected, name


@pytest.mark.fault(95)
def test_every_hour_has_its_run_in_every_zone_whose_clocks_change_by_whole_hours():
    for name, changes in zones().items():
        begin = datetime.combine(changes[0], time(), UTC)
        change = [(begin + n * DAY).astimezone(ZoneInfo(name)).utcoffset() for n in (-1, 2)]
        if change[0] is None or change[1] is None or (change[1] - change[0]) % HOUR:
            continue  # half an hour, at Lord Howe: there the runs keep to the minute of the hour
        schedule = schedule_of("30 * * * *", name)
        moment, found = begin, []
        for _ in range(30):
            following = schedule.after(moment)
            assert following is not None
            moment = following
            found.append(moment)
        assert {later - earlier for earlier, later in pairwise(found)} == {HOUR}, name
