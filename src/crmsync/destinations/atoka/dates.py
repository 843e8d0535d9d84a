"""Which date an event is sent with: none, mostly.

A date "must be after the most recent event, and not in the future; defaults to now" (Lead Events
Creation, read 2026-11-21). So an event without one is always in order. The examples are days:
two events of one day cannot both carry it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal, TypeAlias

DateMode: TypeAlias = Literal["omit", "backfill"]


def today(now: datetime) -> date:
    """The day that it is both by UTC and in Italy, where Atoka is: the earlier of the two.

    That is UTC's: Italy's clocks are an hour or two ahead of it, all year round.
    """
    return now.astimezone(UTC).date()


def day_for(
    moment: datetime | None, *, latest: date | None, now: datetime, mode: DateMode
) -> date | None:
    """The day that an event is dated, None where it is sent without a date.

    Args:
        moment: When it happened in the CRM.
        latest: The day of the lead's most recent event; None where it has none.
        now: The present.
        mode: `omit` dates nothing; `backfill` dates what has its day for itself.
    """
    if mode == "omit" or moment is None:
        return None
    day = min(moment.astimezone(UTC).date(), today(now))
    return day if latest is None or day > latest else None


def plan_days(
    moments: Sequence[datetime | None], *, latest: date | None, now: datetime, mode: DateMode
) -> list[date | None]:
    """The days of a lead's events that are created one after another, in their order.

    After one without a date none is dated: the platform gave it its own present, and nothing
    of the past comes after that.
    """
    days: list[date | None] = []
    for moment in moments:
        day = day_for(moment, latest=latest, now=now, mode=mode)
        days.append(day)
        latest = day or max(today(now), latest or date.min)
    return days
