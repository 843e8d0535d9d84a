"""How a sync stands, from its last reports, its schedule and what the daemon does. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from crmsync.exit_codes import ExitCode
from crmsync.reports import is_whole, timestamp
from crmsync.scheduling.agenda import Standing
from crmsync.scheduling.triggers import Schedule
from crmsync.values import Value

Report = Mapping[str, Any]
"""A sync's report as the ledger gives it, with `run_id` and `finished_at`."""

WELL: Final = frozenset({ExitCode.OK, ExitCode.OWED})
"""What a run ends with that brought everything it could."""
_A_PERSONS: Final = frozenset(
    {ExitCode.FAILED, ExitCode.USAGE, ExitCode.GUARDED, ExitCode.CREDENTIALS}
)
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(hours=1)


class State(StrEnum):
    """How a sync stands, in a word."""

    FAILING = "failing"
    LATE = "late"
    RUNNING = "running"
    WAITING = "waiting"
    HELD_BACK = "held back"
    ATTENTION = "needs a look"
    GOOD = "up to date"
    NEW = "not run yet"


TROUBLE: Final = frozenset({State.FAILING, State.LATE})
"""What a monitor is told of: the last run is not as its schedule wants it."""


class Course(Value):
    """What is known of a sync.

    Attributes:
        reports: The last ones, newest first; the last that say something may be older.
        whole: The last of all records (`RunLog.last_whole`).
        good: The last of these that ended well (`RunLog.last_good`).
        schedule: None where only people and cron run it.
        standing: What the daemon does with it; None where it leaves it alone.
    """

    reports: Sequence[Report]
    whole: Report | None = None
    good: Report | None = None
    schedule: Schedule | None = None
    standing: Standing | None = None
    quarantined: int = 0

    @property
    def done(self) -> Sequence[Report]:
        """Without runs that left because another had the sync, or were to read a part of it."""
        return [one for one in self._ended if is_whole(one)]

    @property
    def last(self) -> Report | None:
        """The last of them, or of all that there ever were."""
        return next(iter(self.done), self.whole)

    @property
    def last_good(self) -> Report | None:
        """The last that ended well; None where none ever did."""
        return next((one for one in self.done if one["exit_code"] in WELL), self.good)

    @property
    def owed(self) -> int:
        """Records not delivered, or not for certain, when the last run of any kind ended."""
        last = next(iter(self._ended), self.whole)
        return int(last["owed"]) if last is not None else 0

    @property
    def _ended(self) -> Sequence[Report]:
        return [one for one in self.reports if one["exit_code"] != ExitCode.RUNNING]


class Verdict(Value, kw_only=False):
    """How it stands, and what a person should know of that; empty where nothing."""

    state: State
    reason: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether a monitor is to be told."""
        return self.state in TROUBLE


def judge(course: Course, now: datetime) -> Verdict:
    """How a sync stands at a moment. What a person must act on comes first."""
    last, standing = course.last, course.standing or Standing()
    if last is not None and last["exit_code"] in _A_PERSONS:
        return Verdict(State.FAILING, str(last["error"] or last["status"]))
    if standing.running:
        return Verdict(State.RUNNING)
    if last is not None and (due := _missed(course, now)) is not None:
        return Verdict(State.LATE, f"no run has ended well since it was due at {timestamp(due)}")
    if standing.not_before is not None and standing.not_before > now:
        error = str(last["error"] or "") if last is not None else ""
        return Verdict(State.HELD_BACK, error)
    if standing.waiting_since is not None:
        return Verdict(State.WAITING)
    return _settled(course)


def finished(report: Report) -> datetime:
    """When it ended."""
    return datetime.fromisoformat(report["finished_at"])


def began(report: Report) -> datetime:
    """When it began: what it brought is as old as that."""
    return finished(report) - timedelta(seconds=report["duration_s"])


def _settled(course: Course) -> Verdict:
    last = course.last
    if last is None:
        return Verdict(State.NEW)
    if last["exit_code"] == ExitCode.TEMPORARY:
        return Verdict(State.HELD_BACK, str(last["error"] or ""))
    found = (("owed", course.owed), ("in quarantine", course.quarantined))
    wrong = [f"{count:,} {what}" for what, count in found if count]
    if not last["balanced"]:
        wrong.append("the books do not balance")
    return Verdict(State.ATTENTION, ", ".join(wrong)) if wrong else Verdict(State.GOOD)


def _missed(course: Course, now: datetime) -> datetime | None:
    """When it was due, where that is so long ago that something is wrong.

    It may take as long again as there is from one time to the next, though no less than five
    minutes and no more than an hour.
    """
    anchor = course.last_good or next(reversed(course.done), course.last)
    if course.schedule is None or anchor is None:
        return None
    due = course.schedule.after(finished(anchor))
    following = course.schedule.after(due) if due is not None else None
    if due is None or following is None:
        return None
    allowed = min(max(following - due, _SHORTEST), _LONGEST)
    return due if now > due + allowed else None
