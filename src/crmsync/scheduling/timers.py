"""Wakes the daemon when a sync is due: APScheduler, its jobs made anew from the configuration.

APScheduler keeps the times, and nothing else: what it calls only passes a name on. Its own
trigger for cron is not used, since it fires twice in autumn and counts weekdays from Monday.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger
from typing_extensions import override

from crmsync.scheduling.agenda import Scheduled
from crmsync.scheduling.triggers import Schedule

_DUE: Final = "due"
_AGAIN: Final = "again"
_SIDE_BY_SIDE: Final = 1_000
"""Calls for one sync that may be under way: where threads are late on a busy machine, APScheduler
would leave out, with a warning, one that comes too soon. A try that was planned once was lost."""


class DueTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 ships no types
    """A schedule of ours, as APScheduler asks for it."""

    __slots__ = ("_schedule",)

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    @override
    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The next time after now: what was missed before it counts as one."""
        if previous_fire_time is None:
            return self._schedule.first(now)
        return self._schedule.following(previous_fire_time, now)


class Timers:
    """Calls *due* or *again* with a sync's name, from a thread of its own, when it is time."""

    def __init__(self, due: Callable[[str], None], again: Callable[[str], None]) -> None:
        self._due = due
        self._again = again
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            # Late is better than never: a machine that slept is told once of all it missed.
            job_defaults={
                "misfire_grace_time": None,
                "coalesce": True,
                "max_instances": _SIDE_BY_SIDE,
            },
        )

    def start(self) -> None:
        """Begin to call."""
        self._scheduler.start()

    def close(self) -> None:
        """Call no more."""
        if self._scheduler.running:
            # First, since this waits for its thread: where that is just taking a job off, which
            # a scheduler shut down has not any more, it would end with a traceback.
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)

    def place(self, syncs: Sequence[Scheduled], first: Mapping[str, datetime | None]) -> None:
        """Call for these, from the given times on, and for nothing that was asked before.

        None is never.
        """
        self._scheduler.remove_all_jobs()
        for sync in syncs:
            if (at := first[sync.name]) is not None:
                self._scheduler.add_job(
                    self._due,
                    DueTrigger(sync.schedule),
                    args=(sync.name,),
                    id=f"{_DUE} {sync.name}",
                    next_run_time=at,
                )

    def again(self, name: str, at: datetime | None) -> None:
        """Call *again* for a sync once, at a moment; None takes an earlier one back."""
        identity = f"{_AGAIN} {name}"
        if at is not None:
            self._scheduler.add_job(
                self._again, DateTrigger(at), args=(name,), id=identity, replace_existing=True
            )
            return
        try:
            self._scheduler.remove_job(identity)
        except JobLookupError:
            return

    def next_due(self, name: str) -> datetime | None:
        """When the schedule comes next."""
        job = self._scheduler.get_job(f"{_DUE} {name}")
        return None if job is None else job.next_run_time

    def wake(self) -> None:
        """Look at the clock now.

        A wait goes by a clock that stands still while the machine sleeps, and does not see
        that the time was set: who calls this now and then is late by no more than that.
        """
        self._scheduler.wakeup()
