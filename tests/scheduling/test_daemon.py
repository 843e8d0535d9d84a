from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmsync import logs
from crmsync.config.loading import Loaded
from crmsync.errors import ConfigError, LockedError
from crmsync.exit_codes import ExitCode
from crmsync.ledger import open_ledger
from crmsync.receipts import Problem
from crmsync.scheduling.agenda import Scheduled
from crmsync.scheduling.daemon import STUCK, Daemon, Stop
from crmsync.scheduling.runs import Ended, Hears
from crmsync.testing.clocks import FakeClock
from tests.scheduling.syncs import NOW
from tests.scheduling.test_planning import config

HOUR = 3600.0


class ByHand:
    """Calls that the test makes itself."""

    def __init__(self, due: Callable[[str], None], again: Callable[[str], None]) -> None:
        self.due, self.call_again = due, again
        self.first: dict[str, datetime | None] = {}
        self.planned: dict[str, datetime] = {}
        self.closed = False

    def start(self) -> None:
        """Nothing calls by itself."""

    def close(self) -> None:
        self.closed = True

    def place(self, syncs: Sequence[Scheduled], first: Mapping[str, datetime | None]) -> None:
        self.first = dict(first)
        self.planned.clear()

    def again(self, name: str, at: datetime | None) -> None:
        if at is None:
            self.planned.pop(name, None)
        else:
            self.planned[name] = at

    def next_due(self, name: str) -> datetime | None:
        return self.first.get(name)

    def wake(self) -> None:
        """The test's clock is looked at when it says so."""


class ARun:
    """A run that ends when the test says so."""

    def __init__(self, loaded: Loaded, syncs: Sequence[str], hears: Hears, now: datetime) -> None:
        self.loaded, self.syncs, self.hears = loaded, tuple(syncs), hears
        self.run_id = f"run of {', '.join(syncs)}"
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True

    def end(self, code: ExitCode = ExitCode.OK) -> None:
        for sync in self.syncs:
            self.hears.ended(Ended(sync, code))
        self.hears.over(self)


class World:
    """A daemon of which the test turns the crank.

    Attributes:
        runs: Those that were started.
        new: What the configuration is when it is read again; an error is raised.
    """

    def __init__(self, **syncs: dict[str, object]) -> None:
        self.clock = FakeClock(NOW)
        self.ledger = open_ledger("sqlite:///:memory:", clock=self.clock)
        self.runs: list[ARun] = []
        self.new: Loaded | ConfigError = loaded(**syncs)
        self.calls: list[ByHand] = []
        self.daemon = Daemon(
            self._load(),
            load=self._load,
            ledger=self.ledger,
            clock=self.clock,
            start=self._start,
            calls=self._make_calls,
        )

    @property
    def by_hand(self) -> ByHand:
        return self.calls[0]

    @contextmanager
    def begun(self) -> Iterator[World]:
        self.daemon._begin()
        yield self
        self.ledger.close()

    def due(self, *names: str) -> list[ARun]:
        """Let syncs become due; gives the runs that this started."""
        before = len(self.runs)
        for name in names:
            self.by_hand.due(name)
        self.daemon.turn(0.0)
        return self.runs[before:]

    def _load(self) -> Loaded:
        if isinstance(self.new, ConfigError):
            raise self.new
        return self.new

    def _start(self, *given: Any) -> ARun:
        self.runs.append(ARun(*given))
        return self.runs[-1]

    def _make_calls(self, due: Callable[[str], None], again: Callable[[str], None]) -> ByHand:
        self.calls.append(ByHand(due, again))
        return self.by_hand


def loaded(**syncs: dict[str, object]) -> Loaded:
    return Loaded(config=config("sqlite:///crmsync.db", **syncs), path=Path("config.toml"))


@pytest.fixture
def world() -> Iterator[World]:
    with World(a={}, b={}, c={"schedule": "every 15m", "object": "deals"}).begun() as begun:
        yield begun


@pytest.fixture
def told(caplog) -> Callable[[str], list[dict[str, Any]]]:
    """What was logged of an event."""
    caplog.set_level(logging.INFO, "crmsync")

    def of(event: str) -> list[dict[str, Any]]:
        return [one.values for one in caplog.records if one.message == event]

    return of


def test_what_is_due_together_and_shares_a_read_is_one_run(world):
    assert [run.syncs for run in world.due("a", "c", "b")] == [("a", "b"), ("c",)]


@pytest.mark.fault(109)
def test_a_sync_that_runs_is_not_started_again_and_that_is_told(world, told):
    world.due("a")
    assert world.due("a") == []
    assert told(logs.SYNC_SKIPPED) == [{"sync": "a", "reason": "its last run is still under way"}]


@pytest.mark.fault(111)
def test_a_passing_failure_is_called_again_and_that_is_told(world, told):
    (run,) = world.due("a")
    run.end(ExitCode.TEMPORARY)
    world.daemon.turn(0.0)
    assert world.by_hand.planned == {"a": NOW + timedelta(minutes=1)}
    assert told(logs.SYNC_HELD_BACK)[0]["tries_again"] is True
    world.by_hand.call_again("a")
    world.daemon.turn(0.0)
    assert len(world.runs) == 2


def test_a_sync_that_a_person_runs_is_tried_again_and_has_not_failed(world):
    (run,) = world.due("a")
    run.end(ExitCode.RUNNING)
    world.daemon.turn(0.0)
    assert world.by_hand.planned == {"a": NOW + timedelta(minutes=1)}
    assert world.daemon.sights()[0].standing.failures == 0


@pytest.mark.fault(110)
def test_a_run_that_takes_too_long_is_asked_to_stop_once_and_that_is_told(world, told):
    (run,) = world.due("a")
    world.clock.advance(25 * HOUR)
    world.daemon.turn(0.0)
    world.daemon.turn(0.0)
    assert run.stopped
    (event,) = told(logs.RUN_OVERDUE)
    assert (event["run_id"], event["syncs"], event["seconds"]) == ("run of a", ["a"], 25 * HOUR)


@pytest.mark.fault(110)
def test_a_run_that_does_not_stop_ends_the_daemon_with_1(world, told):
    world.due("a")
    world.clock.advance(25 * HOUR)
    world.daemon.turn(0.0)
    world.clock.advance(STUCK + 1)
    assert world.daemon.run(tick=0.0, grace=0.0) == Stop(ExitCode.FAILED, ("a",))
    assert "does not stop" in told(logs.RUN_OVERDUE)[-1]["reason"]


def test_with_a_new_configuration_it_goes_on_and_what_runs_keeps_the_old_one(world, told):
    (before,) = world.due("a")
    world.new = loaded(a={}, d={"schedule": "every 15m"})
    world.daemon.reload()
    world.daemon.turn(0.0)
    assert world.by_hand.first == {"a": NOW + timedelta(days=1), "d": NOW}
    (after,) = world.due("d")
    assert after.loaded is world.new is not before.loaded
    assert told(logs.CONFIG_RELOADED)[0]["syncs"] == [
        "a 2026-11-23T02:15:00.000Z",
        "d 2026-11-22T02:15:00.000Z",
    ]


@pytest.mark.fault(112)
def test_with_a_broken_configuration_it_keeps_the_old_one_and_says_why(world, told):
    kept = world.new
    world.new = ConfigError([Problem("syncs.a.schedule", "wrong_value", "is no schedule")])
    world.daemon.reload()
    world.daemon.turn(0.0)
    assert told(logs.CONFIG_KEPT)[0]["problems"] == ["syncs.a.schedule: is no schedule"]
    assert world.due("a")[0].loaded is kept


def test_a_configuration_without_schedules_is_a_broken_one(world, told):
    world.new = loaded(a={"schedule": None})
    world.daemon.reload()
    world.daemon.turn(0.0)
    assert told(logs.CONFIG_KEPT)[0]["problems"] == ["syncs: no enabled sync has a schedule"]


def test_a_reload_tries_again_at_once_what_failed(world):
    (run,) = world.due("a")
    run.end(ExitCode.CREDENTIALS)
    world.daemon.turn(0.0)
    world.daemon.reload()
    world.daemon.turn(0.0)
    assert [run.syncs for run in world.runs] == [("a",), ("a",)]


def test_when_it_stops_it_asks_every_run_to_stop_and_waits_for_it(world):
    (run,) = world.due("a")
    world.daemon.stop()
    run.end(ExitCode.TEMPORARY)
    assert world.daemon.run() == Stop(ExitCode.OK)
    assert world.by_hand.closed


def test_a_second_daemon_on_the_same_ledger_is_refused(world):
    with world.ledger.lock("daemon"), pytest.raises(LockedError, match="daemon is in use"):
        world.daemon.run()


def test_where_the_ledgers_lock_is_lost_it_leaves_with_5(world, told):
    world.clock.stop()
    assert world.daemon.run(tick=0.0) == Stop(ExitCode.TEMPORARY)
    assert "to another" in told(logs.DAEMON_REPLACED)[0]["reason"]


@pytest.mark.fault(94)
@pytest.mark.invariant(25)
def test_a_clock_that_was_far_off_and_is_set_back_is_planned_by_anew(world, told):
    world.by_hand.first = {name: NOW + timedelta(days=90) for name in "abc"}
    world.clock._start -= timedelta(days=30)
    world.daemon.turn(0.0)
    began = NOW - timedelta(days=30)
    assert world.by_hand.first["c"] == began + timedelta(minutes=15)
    assert world.by_hand.first["a"] == began + timedelta(days=1)
    assert told(logs.CLOCK_SET_BACK) == [{"seconds": timedelta(days=30).total_seconds()}]


def test_a_page_can_see_how_each_sync_stands(world):
    world.due("c")
    sights = world.daemon.sights()
    assert [one.name for one in sights] == ["a", "b", "c"]
    assert sights[2].standing.running
    assert sights[0].next_due == NOW + timedelta(days=1)
