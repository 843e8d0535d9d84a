"""The daemon: starts runs when they are due, until it is asked to stop.

One thread, the one that calls `run`, decides everything. Timers, runs and signals only leave
word in its inbox.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, Protocol

from crmsync import logs
from crmsync.config.loading import Loaded
from crmsync.errors import ConfigError, CrmsyncError, StoppedError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Clock, Ledger
from crmsync.reports import timestamp
from crmsync.scheduling.agenda import Agenda, Scheduled, Standing
from crmsync.scheduling.planning import first_times, same_state, scheduled, seen_before
from crmsync.scheduling.runs import Ended, Run, Start

TICK: Final = 15.0
"""Seconds after which the daemon looks at the clock, though nobody left word: so late at most
is noticed that the machine slept, that the time was set, and that a run takes too long."""

GRACE: Final = 3.5
"""Seconds that runs have to settle what is in flight when the daemon stops."""

TOGETHER: Final = 0.05
"""Seconds without another word after which what became due together has been told."""

STUCK: Final = 120.0
"""Seconds after which a run that was asked to stop counts as stuck: longer than any request may
take. Only the end of the process frees what it holds."""

LOCK: Final = "daemon"
"""The ledger's lock that keeps a second daemon away."""

_LOST: Final = "the ledger gave the daemon's lock to another: start it again to take turns"
_STEP: Final = timedelta(seconds=60)


class Calls(Protocol):
    """What wakes the daemon: `timers.Timers`, or a test's own."""

    def start(self) -> None:
        """Begin to call."""

    def close(self) -> None:
        """Call no more."""

    def place(self, syncs: Sequence[Scheduled], first: dict[str, datetime | None]) -> None:
        """Call for these, from the given times on, and for nothing that was asked before."""

    def again(self, name: str, at: datetime | None) -> None:
        """Call once more for a sync, at a moment; None takes that back."""

    def next_due(self, name: str) -> datetime | None:
        """When the schedule comes next."""

    def wake(self) -> None:
        """Look at the clock now."""


class Stop(NamedTuple):
    """How the daemon ended.

    Attributes:
        code: What its process is to end with.
        cut: Syncs whose run had not ended. Nothing of them is lost; the process must end now.
    """

    code: ExitCode
    cut: tuple[str, ...] = ()


class Sight(NamedTuple):
    """A sync, as people are shown it.

    Attributes:
        next_due: When its schedule comes next, None where it never does.
    """

    name: str
    standing: Standing
    next_due: datetime | None


class Daemon:
    """Runs each sync on its schedule.

    Args:
        loaded: The configuration to begin with.
        load: Reads it again; raises ConfigError.
        ledger: What earlier runs came to is asked of it, and the daemon's lock.
        clock: Stopped where the ledger's lock is lost.
        start: Starts a run.
        calls: Makes what calls when a sync is due, given what to call.
    """

    def __init__(
        self,
        loaded: Loaded,
        *,
        load: Callable[[], Loaded],
        ledger: Ledger,
        clock: Clock,
        start: Start,
        calls: Callable[[Callable[[str], None], Callable[[str], None]], Calls],
    ) -> None:
        self._loaded = loaded
        self._load = load
        self._ledger = ledger
        self._clock = clock
        self._start = start
        self._agenda = Agenda(scheduled(loaded.config))
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._calls = calls(self._word(self._due), self._word(self._again))
        self._runs: dict[Run, float] = {}
        self._overdue: dict[Run, float] = {}
        self._ending: ExitCode | None = None
        self._sights: tuple[Sight, ...] = ()
        self._shown_at = clock.monotonic()
        self._drift = timedelta()

    # For other threads.

    def stop(self) -> None:
        """Ask it to end."""
        self._inbox.put(partial(self._end, ExitCode.OK))

    def reload(self) -> None:
        """Ask it to read its configuration again."""
        self._inbox.put(self._reread)

    def sights(self) -> tuple[Sight, ...]:
        """Every scheduled sync as it stood a moment ago, in the order of the file."""
        return self._sights

    @property
    def loaded(self) -> Loaded:
        """The configuration that it goes by."""
        return self._loaded

    @property
    def turned(self) -> float:
        """Seconds since the deciding thread last looked at everything; TICK and some, all well."""
        return self._clock.monotonic() - self._shown_at

    def ended(self, end: Ended) -> None:
        """A run tells of a sync's end."""
        self._inbox.put(partial(self._sync_ended, end))

    def over(self, run: Run) -> None:
        """A run tells that it is over."""
        self._inbox.put(partial(self._run_over, run))

    # Its own.

    def run(self, *, tick: float = TICK, grace: float = GRACE) -> Stop:
        """Run syncs until asked to stop.

        Args:
            tick: Seconds without any word after which it looks at the clock.
            grace: Seconds that runs have to settle when it stops.

        Raises:
            LockedError: Another daemon works on this ledger.
            LedgerError: The ledger cannot be used.
        """
        with ExitStack() as held:
            held.enter_context(self._ledger.lock(LOCK))
            held.callback(self._calls.close)
            self._begin()
            while self._ending is None:
                self.turn(tick)
        self._settle(grace)
        syncs = tuple(name for run in self._runs for name in run.syncs)
        cut = tuple(name for name in syncs if self._agenda.standing(name).running)
        logs.event(logs.DAEMON_STOPPED, exit_code=int(self._ending), cut=list(cut))
        return Stop(self._ending, cut)

    def turn(self, patience: float) -> None:
        """Deal with words, the first awaited for so many seconds, and start what is due."""
        while self._heard(patience) and self._ending is None:
            patience = TOGETHER
        self._calls.wake()
        self._look_at_the_lock()
        self._look_at_the_clock()
        self._look_at_runs()
        if self._ending is None:
            for syncs in self._agenda.start():
                run = self._start(self._loaded, syncs, self, self._clock.now())
                self._runs[run] = self._clock.monotonic()
        self._show()

    def _heard(self, patience: float) -> bool:
        """Deal with one word; False where none came in so many seconds."""
        try:
            self._inbox.get(timeout=patience)()
        except Empty:
            return False
        return True

    def _word(self, what: Callable[[str], None]) -> Callable[[str], None]:
        return lambda name: self._inbox.put(partial(what, name))

    def _begin(self) -> None:
        now = self._clock.now()
        self._drift = self._wall_clock()
        before = seen_before(self._ledger, self._agenda.syncs)
        self._calls.start()
        self._calls.place(self._agenda.syncs, first_times(self._agenda.syncs, before, now))
        for name, last in before.items():
            self._calls.again(name, self._agenda.learned(name, last.code, last.at))
        self._show()
        logs.event(logs.DAEMON_STARTED, syncs=self._coming())

    def _coming(self) -> list[str]:
        """Each sync with its next time, for people."""
        times = [(sync.name, self._calls.next_due(sync.name)) for sync in self._agenda.syncs]
        return [f"{name} {timestamp(at) if at else 'never'}" for name, at in times]

    def _due(self, name: str) -> None:
        why = self._agenda.due(name, self._clock.now())
        if why is not None:
            logs.event(logs.SYNC_SKIPPED, sync=name, reason=why.value)

    def _again(self, name: str) -> None:
        self._agenda.wanted(name, self._clock.now())

    def _sync_ended(self, end: Ended) -> None:
        at = self._agenda.ended(end.sync, end.code, self._clock.now())
        self._calls.again(end.sync, at)
        standing = self._agenda.standing(end.sync)
        if standing.not_before is not None:
            logs.event(
                logs.SYNC_HELD_BACK,
                level=logging.INFO if end.code is ExitCode.RUNNING else logging.WARNING,
                sync=end.sync,
                exit_code=int(end.code),
                failures=standing.failures,
                until=timestamp(standing.not_before),
                tries_again=at is not None,
                error=end.error,
            )

    def _run_over(self, run: Run) -> None:
        self._runs.pop(run, None)
        self._overdue.pop(run, None)

    def _reread(self) -> None:
        """Take the configuration as it is now; a faulty one changes nothing."""
        try:
            loaded = self._load()
            syncs = scheduled(loaded.config)
            same_state(self._loaded.config, loaded.config)
        except CrmsyncError as error:
            problems = error.problems if isinstance(error, ConfigError) else ()
            told = [f"{one.field}: {one.message}" for one in problems] or [error.message]
            logs.event(logs.CONFIG_KEPT, level=logging.ERROR, problems=told, hint=error.hint)
            return
        self._loaded = loaded
        self._place(syncs)
        logs.event(logs.CONFIG_RELOADED, syncs=self._coming())

    def _place(self, syncs: Sequence[Scheduled]) -> None:
        """Go on with these; one that keeps its schedule keeps its next time.

        One that failed is tried again now, since a person may have mended what ails it.
        """
        kept = {one.name: one.schedule for one in self._agenda.syncs}
        now = self._clock.now()
        failing = self._held_back()
        first = {
            sync.name: self._calls.next_due(sync.name)
            if kept.get(sync.name) == sync.schedule
            else sync.schedule.first(now)
            for sync in syncs
        }
        self._agenda.replace(syncs)
        self._calls.place(syncs, first)
        for name in failing:
            self._agenda.wanted(name, now)

    def _look_at_the_lock(self) -> None:
        """Leave where the ledger's lock became another's: who lost it is told by the clock."""
        try:
            self._clock.sleep(0.0)
        except StoppedError:
            logs.event(logs.DAEMON_REPLACED, level=logging.ERROR, reason=_LOST)
            self._end(ExitCode.TEMPORARY)

    def _look_at_the_clock(self) -> None:
        """Where the time was set back, what was planned by the old one may be far away."""
        drift = self._wall_clock()
        back, self._drift = self._drift - drift, drift
        if back < _STEP:
            return
        logs.event(logs.CLOCK_SET_BACK, level=logging.WARNING, seconds=back.total_seconds())
        now, failing = self._clock.now(), self._held_back()
        self._agenda.forgive()
        first: dict[str, datetime | None] = {}
        for sync in self._agenda.syncs:
            planned = self._calls.next_due(sync.name)
            first[sync.name] = planned and sync.schedule.replanned(planned, now, back)
        self._calls.place(self._agenda.syncs, first)
        for name in failing:
            self._agenda.wanted(name, now)

    def _held_back(self) -> list[str]:
        return [
            one.name for one in self._agenda.syncs if self._agenda.standing(one.name).not_before
        ]

    def _wall_clock(self) -> timedelta:
        """The wall clock, less the one that nobody sets."""
        since = self._clock.now().replace(tzinfo=None) - datetime.min  # noqa: DTZ901 - both naive
        return since - timedelta(seconds=self._clock.monotonic())

    def _look_at_runs(self) -> None:
        """Ask a run that takes too long to end, and leave where it does not."""
        deadline = self._loaded.config.limits.run_deadline
        now = self._clock.monotonic()
        for run, began in self._runs.items():
            if now - began <= deadline or self._ending is not None:
                continue
            if run not in self._overdue:
                self._overdue[run] = now
                self._tell_overdue(run, now - began, "it is asked to stop, and goes on later")
                run.stop()
            elif now - self._overdue[run] > STUCK:
                self._tell_overdue(run, now - began, "it does not stop: the daemon ends for it")
                self._end(ExitCode.FAILED)

    def _tell_overdue(self, run: Run, lasted: float, what: str) -> None:
        logs.event(
            logs.RUN_OVERDUE,
            level=logging.ERROR,
            run_id=run.run_id,
            syncs=list(run.syncs),
            seconds=round(lasted),
            reason=what,
        )

    def _end(self, code: ExitCode) -> None:
        if self._ending is None:
            self._ending = code

    def _settle(self, grace: float) -> None:
        """Let runs settle what is in flight, for a few seconds."""
        for run in self._runs:
            run.stop()
        until = self._clock.monotonic() + grace
        while self._runs and (left := until - self._clock.monotonic()) > 0:
            if not self._heard(left):
                return

    def _show(self) -> None:
        self._shown_at = self._clock.monotonic()
        self._sights = tuple(
            Sight(sync.name, self._agenda.standing(sync.name), self._calls.next_due(sync.name))
            for sync in self._agenda.syncs
        )
