"""Days of twenty syncs in virtual time, with faults: nothing missed, nothing doubled."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count, pairwise

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.scheduling.agenda import Agenda, Scheduled, Skipped
from crmsync.scheduling.backoff import LONGEST
from tests.scheduling.syncs import NOW, sync

SCHEDULES = ("every 15m", "every 40s", "15 2 * * *", "*/10 * * * *", "0 */3 * * *")
ENDS = [ExitCode.OK] * 12 + [ExitCode.OWED, ExitCode.TEMPORARY, ExitCode.RUNNING, ExitCode.FAILED]
SECOND = timedelta(seconds=1)


def twenty() -> list[Scheduled]:
    """Twenty syncs to seven platforms; each third reads what the one before it reads."""
    return [
        sync(
            f"s{n}",
            to=f"platform {n % 7}",
            reads=f"read {n // 3}",
            schedule=SCHEDULES[n % len(SCHEDULES)],
            zone="Europe/Berlin",
        )
        for n in range(20)
    ]


@dataclass
class Day:
    """Virtual time, and what happened in it.

    Attributes:
        asleep: From when to when the machine sleeps: what is due meanwhile comes after it.
        dues: Each time of a schedule, with why it brought no run, if it did not.
        runs: From when to when each sync ran, and its end.
    """

    agenda: Agenda
    rng: random.Random
    asleep: tuple[datetime, datetime] = (NOW, NOW)
    now: datetime = NOW
    dues: dict[str, list[tuple[datetime, Skipped | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    runs: dict[str, list[tuple[datetime, datetime, ExitCode]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _events: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def live(self, until: datetime) -> None:
        """Let time pass."""
        for one in self.agenda.syncs:
            self._at(one.schedule.first(self.now), partial(self._due, one))
        while self._events and self._events[0][0] <= until:
            self.now, _, happen = heappop(self._events)
            begin, end = self.asleep
            if begin <= self.now < end:
                self._at(end, happen)
                continue
            happen()
            if not self._events or self._events[0][0] > self.now:
                for names in self.agenda.start():
                    self._run(names)

    def _at(self, moment: datetime | None, happen: Callable[[], object]) -> None:
        assert moment is not None
        heappush(self._events, (moment, next(self._order), happen))

    def _due(self, one: Scheduled) -> None:
        self.dues[one.name].append((self.now, self.agenda.due(one.name, self.now)))
        self._at(one.schedule.following(self.now, self.now), partial(self._due, one))

    def _run(self, names: tuple[str, ...]) -> None:
        for name in names:
            lasts = SECOND * self.rng.choice([1, 5, 20, 90, 600])
            self._at(self.now + lasts, partial(self._ended, name, self.now))

    def _ended(self, name: str, began: datetime) -> None:
        code = self.rng.choice(ENDS)
        self.runs[name].append((began, self.now, code))
        again = self.agenda.ended(name, code, self.now)
        if again is not None:
            self._at(again, partial(self.agenda.wanted, name, again))


@pytest.fixture(scope="module", params=range(5), ids="seed{}".format)
def day(request) -> Day:
    lived = Day(Agenda(twenty()), random.Random(request.param))
    lived.live(NOW + timedelta(hours=24))
    return lived


def test_a_time_of_the_schedule_brings_a_run_or_is_told_why_not(day):
    for name, dues in day.dues.items():
        starts = [began for began, _, _ in day.runs[name]]
        for at, why in dues:
            if why is None and at < NOW + timedelta(hours=22):
                assert any(at <= began <= at + timedelta(hours=2) for began in starts), name


def test_a_sync_is_passed_over_only_while_it_runs_waits_or_backs_off(day):
    for name, dues in day.dues.items():
        for at, why in dues:
            if why is Skipped.BACKING_OFF:
                before = [run for run in day.runs[name] if run[1] <= at]
                assert before[-1][2] not in {ExitCode.OK, ExitCode.OWED}
                assert at - before[-1][1] <= LONGEST


def test_there_are_no_more_runs_than_times_and_retries(day):
    for name, runs in day.runs.items():
        times = sum(why is None for _, why in day.dues[name])
        retries = sum(code in {ExitCode.TEMPORARY, ExitCode.RUNNING} for *_, code in runs)
        assert len(runs) <= times + retries


@pytest.mark.fault(108, 109)
@pytest.mark.invariant(16)
def test_no_two_runs_of_a_sync_or_to_a_platform_overlap(day):
    by_platform: dict[str, list[tuple[datetime, datetime, ExitCode]]] = defaultdict(list)
    for one in day.agenda.syncs:
        by_platform[one.destination] += day.runs[one.name]
    for runs in by_platform.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(runs)))


@pytest.mark.fault(107)
def test_a_machine_that_slept_for_three_days_runs_each_sync_once_for_them():
    woke = NOW + timedelta(days=3)
    slept = Day(Agenda(twenty()), random.Random(1), asleep=(NOW + timedelta(hours=1), woke))
    slept.live(woke + timedelta(seconds=30))
    for dues in slept.dues.values():
        assert [at for at, _ in dues if at >= woke] == [woke]
