"""What the status page knows: the daemon's own view, and the ledger, opened to be read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from threading import Lock
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from crmsync.config.loading import Loaded
from crmsync.config.schema import SyncConfig
from crmsync.interfaces import Clock, Ledger
from crmsync.scheduling.daemon import Sight
from crmsync.scheduling.triggers import schedule_of
from crmsync.web.charts import RUNS
from crmsync.web.judging import Course, Verdict, judge
from crmsync.wiring import Paces, Workspace

ALIVE: Final = 60.0
"""Seconds after which a daemon that has not looked at anything counts as stuck."""


class Watched(Protocol):
    """The daemon, as far as the page needs it; safe to ask from any thread."""

    def sights(self) -> tuple[Sight, ...]:
        """Every scheduled sync as it stood a moment ago."""

    @property
    def loaded(self) -> Loaded:
        """The configuration that it goes by."""

    @property
    def turned(self) -> float:
        """Seconds since it last looked at everything."""


class Seen(NamedTuple):
    """One sync, with all that is known of it.

    Attributes:
        sight: What the daemon does with it; None where it leaves it alone.
        cursor_at: When its cursor last moved on; None before that.
    """

    name: str
    config: SyncConfig
    sight: Sight | None
    course: Course
    verdict: Verdict
    cursor_at: datetime | None


class Watch:
    """Looks at the daemon and the ledger. Safe for several threads; `close` it at the end.

    The ledger is opened when it is first needed, by a connection of the page's own, and read in
    small steps: a run never waits for the page longer than one of them takes.

    Attributes:
        paces: What the process knows of accounts' limits.
    """

    def __init__(self, daemon: Watched, clock: Clock, paces: Paces | None = None) -> None:
        self.paces: Paces = {} if paces is None else paces
        self._daemon = daemon
        self._workspace = Workspace(daemon.loaded)
        self._ledger: Ledger | None = None
        self._lock = Lock()
        self.clock = clock

    @property
    def loaded(self) -> Loaded:
        """The configuration that the daemon goes by."""
        return self._daemon.loaded

    @property
    def ledger(self) -> Ledger:
        """To be read only; raises LedgerError where it cannot be opened now."""
        with self._lock:
            if self._ledger is None:
                self._ledger = self._workspace.ledger(read_only=True)
            return self._ledger

    @property
    def zone(self) -> tzinfo:
        """The one time zone of the syncs' schedules; UTC where they have several."""
        zones = {one.timezone for one in self.syncs().values() if one.schedule is not None}
        return ZoneInfo(zones.pop()) if len(zones) == 1 else UTC

    @property
    def is_alive(self) -> bool:
        """Whether the daemon's deciding thread has turned lately."""
        return self._daemon.turned < ALIVE

    def sight(self, name: str) -> Sight | None:
        """What the daemon does with a sync."""
        return next((one for one in self._daemon.sights() if one.name == name), None)

    def syncs(self) -> dict[str, SyncConfig]:
        """The syncs that are enabled, in the order of the file."""
        return {name: one for name, one in self.loaded.config.syncs.items() if one.enabled}

    def seen(self) -> list[Seen]:
        """Every enabled sync, as it stands now."""
        now = self.clock.now()
        return [self._seen(name, sync, now) for name, sync in self.syncs().items()]

    def running(self, destination: str) -> Sequence[str]:
        """The daemon's syncs that write to a destination right now."""
        syncs = self.loaded.config.syncs
        return [
            one.name
            for one in self._daemon.sights()
            if one.standing.running
            and one.name in syncs
            and syncs[one.name].destination == destination
        ]

    def close(self) -> None:
        """Close the ledger."""
        with self._lock:
            if self._ledger is not None:
                self._ledger.close()

    def _seen(self, name: str, sync: SyncConfig, now: datetime) -> Seen:
        sight, ledger = self.sight(name), self.ledger
        schedule = sync.schedule if sight is not None else None
        course = Course(
            reports=ledger.reports(name, limit=RUNS),
            schedule=schedule_of(schedule, sync.timezone) if schedule is not None else None,
            standing=sight.standing if sight is not None else None,
            quarantined=ledger.count_quarantined(name),
        )
        if course.last_good is None:  # then all of them are gone through
            whole, good = ledger.last_whole(name), ledger.last_good(name)
            course = replace(course, whole=whole, good=good)
        at = ledger.sync_state(name).cursor_at
        return Seen(name, sync, sight, course, judge(course, now), at)
