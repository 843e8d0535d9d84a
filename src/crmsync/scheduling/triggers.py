"""When a sync is due next, by its schedule and its time zone. Pure: no clock is read here.

Days, months and weekdays mean what cron means by them (Debian's crontab(5), as cronsim has it).
What becomes of the hours that a time zone skips or repeats is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from crmsync.durations import parse_duration
from crmsync.values import Value

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_WIDEST: Final = timedelta(hours=3)
"""More than any clock of 2026 or later is put forward or back (Antarctica/Troll: two hours)."""

CORRECTED: Final = timedelta(hours=3)
"""A clock that goes back by more than this was wrong before. Debian's cron draws the same line."""


class Every(Value, kw_only=False):
    """An interval: `every 15m`. It goes by elapsed time, whatever the clocks on the wall do."""

    interval: timedelta

    def first(self, now: datetime) -> datetime | None:
        """When a sync is due that never ran: now."""
        return now

    def after(self, moment: datetime) -> datetime | None:
        """When it is due after it was at *moment*."""
        return moment + self.interval

    def following(self, previous: datetime, now: datetime) -> datetime | None:
        """The next time after now, in step with *previous*."""
        missed = max((now - previous) // self.interval, 0)
        return previous + (missed + 1) * self.interval

    def replanned(self, planned: datetime, now: datetime, back: timedelta) -> datetime | None:
        """The time that takes the place of a planned one, the clock having been set *back*."""
        del back
        return min(planned, now + self.interval)


class Cron(Value, kw_only=False):
    """Five cron fields in a time zone.

    A time that the zone skips is due once, right after the gap. One that it has twice is due
    the first time. But where the hour is `*`, the schedule goes by elapsed time: an hour that
    comes twice counts twice, one that is skipped has not passed.
    """

    fields: str
    zone: ZoneInfo

    def first(self, now: datetime) -> datetime | None:
        """When a sync is due that never ran: as after now."""
        return self.after(now)

    def after(self, moment: datetime) -> datetime | None:
        """The first time after *moment*, in UTC; None where none comes in fifty years."""
        find = self._elapsing if self._any_hour else self._named
        try:
            return find(moment.astimezone(UTC))
        except (StopIteration, CronSimError, OverflowError):
            return None

    def following(self, previous: datetime, now: datetime) -> datetime | None:
        """The next time after now, and not the one that *previous* was."""
        return self.after(max(previous, now))

    def replanned(self, planned: datetime, now: datetime, back: timedelta) -> datetime | None:
        """The time that takes the place of a planned one, the clock having been set *back*.

        What came already does not come again where the clock was only a little off.
        """
        return self.after(now) if back > CORRECTED else planned

    @cached_property
    def _any_hour(self) -> bool:
        return self.fields.split()[1] == "*"

    def _named(self, moment: datetime) -> datetime:
        """By the times that the clock on the wall shows, each once a day."""
        wall = self._wall(moment)
        while True:
            wall = next(CronSim(self.fields, wall))
            found = self._instant(wall)
            if found > moment:  # else it came before, in the first of two passes
                return found

    def _elapsing(self, moment: datetime) -> datetime:
        """By each minute that passes: those whose time on the wall is meant."""
        at = moment.replace(second=0, microsecond=0) + _MINUTE
        while True:
            wall = self._wall(at)
            wait = next(CronSim(self.fields, wall - _SECOND)) - wall
            if not wait:
                return at
            at += self._step(at, wait)

    def _step(self, at: datetime, wait: timedelta) -> timedelta:
        """How far none can be due, given how far it is by the clock as it goes now."""
        steady = self._steady(at, at + min(wait, _WIDEST))
        if not steady:
            return _MINUTE
        return wait if wait <= _WIDEST else max(wait - _WIDEST, _MINUTE)

    def _steady(self, at: datetime, end: datetime) -> bool:
        return at.astimezone(self.zone).utcoffset() == end.astimezone(self.zone).utcoffset()

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def _instant(self, wall: datetime) -> datetime:
        """When the clock on the wall shows this first, or right after the gap that swallows it."""
        late = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if self._wall(late) == wall:
            return late
        early = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        return _first(lambda moment: self._wall(moment) >= wall, early, late)


Schedule: TypeAlias = Every | Cron


def schedule_of(text: str, timezone: str) -> Schedule:
    """The schedule of a configuration that was checked: `15 2 * * *`, `every 15m`."""
    if text.lower().startswith("every"):
        return Every(timedelta(seconds=parse_duration(text[len("every") :])))
    return Cron(text.strip(), ZoneInfo(timezone))


def _first(true: Callable[[datetime], bool], early: datetime, late: datetime) -> datetime:
    """The first second of which something is true, that is false at *early* and true at *late*."""
    while late - early > _SECOND:
        middle = early + ((late - early) // 2 // _SECOND) * _SECOND
        early, late = (early, middle) if true(middle) else (middle, late)
    return late
