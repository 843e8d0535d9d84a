"""Which syncs run now, which wait, and when one that failed is due again. Pure: time is given.

Never two runs of a sync; syncs of one destination take turns, the one that waits longest first;
those that are due together and share a read go in one run. However often a sync became due
while it waited, it runs once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from crmsync.exit_codes import ExitCode
from crmsync.scheduling.backoff import consequence
from crmsync.scheduling.triggers import Schedule
from crmsync.values import Value

AT_ONCE: Final = 8
"""Runs side by side. Each waits for the network most of its time, and holds a few pages."""


class Scheduled(Value):
    """A sync that has a schedule.

    Attributes:
        destination: Its name; syncs of one destination take turns.
        reading: What it reads. Syncs that read the same may go in one run.
    """

    name: str
    schedule: Schedule
    destination: str
    reading: Hashable


class Skipped(StrEnum):
    """Why a time of the schedule brings no run."""

    RUNNING = "its last run is still under way"
    WAITING = "it waits for its turn already"
    BACKING_OFF = "it failed, and is not tried again so soon"


class Standing(Value):
    """How a sync stands, for people.

    Attributes:
        waiting_since: When it became due, where it waits for its turn.
        running: Whether a run of it is under way.
        failures: In a row.
        not_before: Until when it backs off.
    """

    waiting_since: datetime | None = None
    running: bool = False
    failures: int = 0
    not_before: datetime | None = None


class Agenda:
    """What is known of every scheduled sync. Not safe for several threads.

    Whoever asks it tells it everything: what became due, and each sync's end.
    """

    def __init__(self, syncs: Sequence[Scheduled], *, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._syncs = {sync.name: sync for sync in syncs}
        self._waiting: dict[str, datetime] = {}
        self._running: dict[str, tuple[Scheduled, int]] = {}
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, datetime] = {}
        self._runs = 0

    @property
    def syncs(self) -> Sequence[Scheduled]:
        """All of them, in the order of the file."""
        return tuple(self._syncs.values())

    def standing(self, name: str) -> Standing:
        """How a sync stands."""
        return Standing(
            waiting_since=self._waiting.get(name),
            running=name in self._running,
            failures=self._failures.get(name, 0),
            not_before=self._not_before.get(name),
        )

    def replace(self, syncs: Sequence[Scheduled]) -> None:
        """Go on with these. What runs goes on; who waits still waits; nobody backs off."""
        self._syncs = {sync.name: sync for sync in syncs}
        self._waiting = {name: at for name, at in self._waiting.items() if name in self._syncs}
        self.forgive()

    def forgive(self) -> None:
        """Let nobody back off any more: a person mended something, or the clock was wrong."""
        self._failures.clear()
        self._not_before.clear()

    def due(self, name: str, now: datetime) -> Skipped | None:
        """The schedule says so. Gives why it brings no run, None where it does."""
        if now < self._not_before.get(name, now):
            return Skipped.BACKING_OFF
        return self.wanted(name, now)

    def wanted(self, name: str, now: datetime) -> Skipped | None:
        """As `due`, whether it backs off or not: its wait is over, or a person asks."""
        if name in self._waiting:
            return Skipped.WAITING
        if name in self._running:
            return Skipped.RUNNING
        if name in self._syncs:  # else it left the configuration meanwhile
            self._waiting[name] = now
        return None

    def start(self) -> list[tuple[str, ...]]:
        """The runs to start now, each with the names of its syncs. They count as running."""
        started = []
        while run := self._next_run():
            self._runs += 1
            for sync in run:
                del self._waiting[sync.name]
                self._running[sync.name] = (sync, self._runs)
            started.append(tuple(sync.name for sync in run))
        return started

    def ended(self, name: str, code: ExitCode, now: datetime) -> datetime | None:
        """A sync ended. Gives when it is to be `wanted` again, whatever its schedule."""
        self._running.pop(name, None)
        return self.learned(name, code, now)

    def learned(self, name: str, code: ExitCode, at: datetime) -> datetime | None:
        """As `ended`, of a run that was somebody else's, such as an earlier daemon's."""
        follows = consequence(code, self._failures.get(name, 0))
        self._failures[name] = follows.failures
        if follows.wait is None:
            self._not_before.pop(name, None)
            return None
        self._not_before[name] = at + follows.wait
        return self._not_before[name] if follows.again else None

    def _next_run(self) -> list[Scheduled]:
        if len({run for _, run in self._running.values()}) >= self._at_once:
            return []
        busy = {sync.destination for sync, _ in self._running.values()}
        queue = [self._syncs[name] for name in sorted(self._waiting, key=self._place())]
        chosen: list[Scheduled] = []
        for sync in queue:
            fits = not chosen or sync.reading == chosen[0].reading
            if fits and sync.destination not in busy:
                chosen.append(sync)
                busy.add(sync.destination)
        return chosen

    def _place(self) -> Callable[[str], tuple[datetime, int]]:
        """By how long they wait, then by the file."""
        order = {name: number for number, name in enumerate(self._syncs)}
        return lambda name: (self._waiting[name], order[name])
