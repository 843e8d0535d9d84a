"""Every day of a year in every time zone: is each schedule's time there, once?

`python -m benchmarks.timezones [YEAR]`, about a minute of CPU a schedule. The expected times come
from the zones' own tables, minute by minute around each change, not from the code that is judged.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as of_day
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from crmsync.scheduling.triggers import schedule_of

TIMES = (of_day(2, 30), of_day(0, 0))
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NONE = timedelta()


def expected(zone: ZoneInfo, day: date, at: of_day) -> datetime:
    """When the clock on the wall first shows the time, or has just passed it over."""
    wall = datetime.combine(day, at)
    plain = wall.replace(tzinfo=zone).astimezone(UTC)
    steady = offset(zone, plain - DAY) == offset(zone, plain) == offset(zone, plain + DAY)
    if steady:
        return plain
    moment = wall.replace(tzinfo=UTC) - DAY
    while (left := wall - moment.astimezone(zone).replace(tzinfo=None)) > NONE:
        moment += left - timedelta(hours=2) if left > timedelta(hours=3) else MINUTE
    return moment


@cache
def offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    """How far the zone's clocks are off."""
    return moment.astimezone(zone).utcoffset()


def main() -> None:
    """Judge one year and print what came of it."""
    year = int(sys.argv[1]) if len(sys.argv) > 1 else datetime.now(UTC).year
    days = [
        date(year, 1, 1) + DAY * n for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]
    for at in TIMES:
        began, missed, doubled, runs = time.process_time(), 0, 0, 0
        for name in sorted(available_timezones()):
            offset.cache_clear()
            zone, schedule = ZoneInfo(name), schedule_of(f"{at.minute} {at.hour} * * *", name)
            wanted = [expected(zone, day, at) for day in days]
            moment, found = wanted[0] - MINUTE, []
            while (following := schedule.after(moment)) and following <= wanted[-1]:
                moment = following
                found.append(moment)
            missed += len(set(wanted) - set(found))
            doubled += len(found) - len(set(found) & set(wanted))
            runs += len(found)
        print(
            f"{at:%H:%M} {year}: {len(available_timezones())} zones, {runs} runs, {missed} missed, "
            f"{doubled} doubled, {time.process_time() - began:.1f} s of CPU"
        )


if __name__ == "__main__":
    main()
