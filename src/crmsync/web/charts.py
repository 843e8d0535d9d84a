"""Charts of a sync's last runs, as numbers for a template: what came out, how fresh it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Final, NamedTuple

from crmsync.exit_codes import ExitCode
from crmsync.reports import is_whole
from crmsync.web.judging import WELL, Report, began, finished

RUNS: Final = 30
"""How many runs a chart shows."""
HEIGHT: Final = 64.0
_SEEN: Final = 2.5
"""Less height could not be seen."""
_TYPICAL: Final = 3.0
"""How many times the usual run fits; a longer bar is cut."""

GROUPS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "sent": ("Delivered", ("accepted", "unverified")),
    "quiet": ("Nothing to send", ("unchanged", "merged", "filtered")),
    "skipped": ("Skipped", ("skipped",)),
    "refused": ("Refused", ("invalid", "rejected")),
    "open": ("Still owed", ("unknown", "pending")),
}
"""Outcomes, put together as a person thinks of them: their name, and which they are."""


class Part(NamedTuple):
    """One colour of a bar, or of the legend.

    Attributes:
        top: Pixels from above.
        height: In pixels.
    """

    group: str
    name: str
    records: int
    top: float = 0.0
    height: float = 0.0


class Bar(NamedTuple):
    """One run.

    Attributes:
        start: In per cent of the chart's width.
        width: Likewise.
        end: How it ended: `good`, `look`, `later` or `bad`.
        cut: Whether it should be longer than there is room for.
        told: All of it in words.
    """

    start: float
    width: float
    end: str
    told: str
    parts: tuple[Part, ...]
    cut: bool


class Freshness(NamedTuple):
    """How old what the platform has was, as time went by.

    Attributes:
        line: Corners, for a polyline over a square of 100 by 100.
        now: Seconds that it is old now.
        worst: The most seconds that it was.
        since: Where the chart begins.
    """

    line: str
    now: float
    worst: float
    since: datetime


def tally(report: Report) -> dict[str, int]:
    """A report's records by group."""
    counts = report["counts"]
    return {group: sum(counts[one] for one in names) for group, (_, names) in GROUPS.items()}


def legend(reports: Sequence[Report]) -> tuple[Part, ...]:
    """What the bars are made of, with their sums; groups that never occur are left out."""
    sums = dict.fromkeys(GROUPS, 0)
    for report in reports:
        for group, count in tally(report).items():
            sums[group] += count
    return tuple(Part(group, GROUPS[group][0], count) for group, count in sums.items() if count)


def bars(reports: Sequence[Report]) -> tuple[Bar, ...]:
    """A bar a run, the newest to the right. *reports* is newest first.

    Heights go by the usual run: a first one of thousands is cut, so that it does not hide the
    daily dozens.
    """
    shown = list(reversed(reports[:RUNS]))
    groups = [tally(report) for report in shown]
    totals = [sum(group.values()) for group in groups]
    room = _room(totals)
    slot, first = 100 / RUNS, RUNS - len(shown)
    return tuple(
        Bar(
            start=round((first + index) * slot, 3),
            width=round(slot * 0.8, 3),
            end=_end(report),
            told=_told(report),
            parts=_stack(group, room),
            cut=total > room,
        )
        for index, (report, group, total) in enumerate(zip(shown, groups, totals, strict=True))
    )


def _room(totals: Sequence[int]) -> float:
    """How many records the height of the chart stands for."""
    some = [total for total in totals if total] or [1]
    return min(max(some), _TYPICAL * median(some))


def freshness(reports: Sequence[Report], now: datetime) -> Freshness | None:
    """How old the delivered data was, from the first good run of these to now.

    A run that ended well brought what the CRM had when it began. None where none did.
    """
    good = [one for one in reversed(reports[:RUNS]) if one["exit_code"] in WELL and is_whole(one)]
    if not good:
        return None
    corners: list[tuple[datetime, float]] = []
    source: datetime | None = None
    for report in good:
        end, start = finished(report), began(report)
        if source is not None:
            corners.append((end, (end - source).total_seconds()))
        corners.append((end, (end - start).total_seconds()))
        source = start
    corners.append((now, (now - began(good[-1])).total_seconds()))
    return _drawn(corners)


def _drawn(corners: Sequence[tuple[datetime, float]]) -> Freshness:
    since, until = corners[0][0], corners[-1][0]
    span = max((until - since).total_seconds(), 1.0)
    worst = max(age for _, age in corners)
    scale = max(worst, 1.0)
    line = " ".join(
        f"{100 * (at - since).total_seconds() / span:.2f},{100 - 96 * max(age, 0.0) / scale:.2f}"
        for at, age in corners
    )
    return Freshness(line, corners[-1][1], worst, since)


def _stack(groups: Mapping[str, int], room: float) -> tuple[Part, ...]:
    """A bar's parts, from the ground up."""
    total = sum(groups.values())
    if not total:
        return ()
    scale = max(HEIGHT * min(total / room, 1.0), _SEEN) / total
    heights = {group: max(count * scale, 1.0) for group, count in groups.items() if count}
    largest = max(heights, key=lambda group: heights[group])
    heights[largest] -= max(sum(heights.values()) - HEIGHT, 0.0)
    parts, ground = [], HEIGHT
    for group, height in heights.items():
        ground -= height
        top, tall = round(ground, 2), round(height, 2)
        parts.append(Part(group, GROUPS[group][0], groups[group], top=top, height=tall))
    return tuple(parts)


def _end(report: Report) -> str:
    code = report["exit_code"]
    if code == ExitCode.OK:
        return "good"
    if code == ExitCode.OWED:
        return "look"
    return "later" if code in (ExitCode.TEMPORARY, ExitCode.RUNNING) else "bad"


def _told(report: Report) -> str:
    groups = [
        f"{count:,} {GROUPS[name][0].lower()}" for name, count in tally(report).items() if count
    ]
    at = finished(report)
    return f"{at.day} {at:%b %H:%M} UTC, {report['status']}: {', '.join(groups) or 'nothing read'}"
