"""Moments and durations, in the words of a person who looks at a page."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_NOW: Final = 5
"""Seconds that are no time at all."""


def lasting(seconds: float) -> str:
    """A duration in its two largest units: `2 hours 5 minutes`; below ten seconds with tenths."""
    if seconds < 10:  # noqa: PLR2004 - the docstring says it
        return f"{max(seconds, 0.0):.1f} seconds"
    left, told = round(seconds), list[str]()
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or told:
            told.append(f"{count} {unit}{'' if count == 1 else 's'}" if count else "")
        if len(told) == 2:  # noqa: PLR2004 - two units
            break
    return " ".join(filter(None, told))


def roughly(seconds: float) -> str:
    """A duration in its largest unit: `2 hours`."""
    for size, unit in _UNITS:
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"


def from_now(at: datetime, now: datetime) -> str:
    """`5 minutes ago`, `in 2 hours`, `now`."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < _NOW:
        return "now"
    return f"in {roughly(seconds)}" if seconds > 0 else f"{roughly(-seconds)} ago"


def written(at: datetime, zone: tzinfo) -> str:
    """A moment with its zone, to the second: `22 Nov 2026, 02:15:04 CET`."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M:%S} {local.tzname()}"


def short(at: datetime, zone: tzinfo) -> str:
    """A moment where there is little room: `22 Nov, 02:15`."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b, %H:%M}"
