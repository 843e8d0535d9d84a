"""Whole runs of several syncs that share one read of the CRM."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Any

import pytest
from typing_extensions import override

from crmsync.engine.grouping import grouped, side_by_side
from crmsync.engine.heeding import Heeding
from crmsync.engine.plans import RunOptions, Silent
from crmsync.engine.preview import preview_syncs
from crmsync.engine.previews import PreviewOptions
from crmsync.engine.run import run_syncs
from crmsync.engine.sync import SyncRun
from crmsync.errors import CredentialsError, RetryableError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import CheckResult
from crmsync.ledger import open_ledger
from crmsync.records import Drift
from crmsync.reports import RunReport, SyncReport
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import KeepingDestination, ListSource
from tests.engine.conftest import Bench, company, counts
from tests.engine.test_crashes import CutLedger, PowerCut, platform

NAMES = ("one", "two", "three")


@dataclass
class Fleet(Silent):
    """Three platforms, each with a sync of the same companies."""

    bench: Bench
    platforms: dict[str, KeepingDestination] = field(
        default_factory=lambda: {name: KeepingDestination() for name in NAMES}
    )
    plans: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in NAMES})

    def planned(self) -> list[Any]:
        return [
            replace(
                self.bench.plan(name),
                destination=f"platform {name}",
                **{"open_destination": lambda name=name: self.platforms[name], **self.plans[name]},
            )
            for name in NAMES
        ]

    def run(self, **options: Any) -> RunReport:
        ledger, clock = self.bench.ledger, self.bench.clock
        return run_syncs(self.planned(), ledger, clock, RunOptions(**options), self)

    # It watches the progress, too.

    told: list[tuple[str, str]] = field(default_factory=list)
    telling: Any = field(default_factory=Lock)

    def _tell(self, what: str, name: str) -> None:
        assert self.telling.acquire(blocking=False), "two syncs tell at the same time"
        self.told.append((what, name))
        self.telling.release()

    @override
    def sync_started(self, name: str, total: int | None) -> None:
        self._tell("started", name)

    @override
    def estimated(self, name: str, payloads: int, seconds: float) -> None:
        self._tell("estimated", name)

    @override
    def advanced(self, name: str, read: int, sent: int) -> None:
        self._tell("advanced", name)

    @override
    def sync_finished(self, report: SyncReport) -> None:
        self._tell("finished", report.sync)


@pytest.fixture
def fleet(bench):
    bench.source.records = [company(n) for n in range(1, 8)]
    return Fleet(bench)


def test_three_platforms_are_fed_by_one_read(fleet):
    report = fleet.run()

    assert (report.exit_code, [sync.sync for sync in report.syncs]) == (0, list(NAMES))
    assert all(sync.balanced and counts(sync) == {"unverified": 7} for sync in report.syncs)
    assert len(fleet.bench.source.queries) == 1
    assert sum(sync.source_requests for sync in report.syncs) == 1
    held = [one.kept for one in fleet.platforms.values()]
    assert held[0] == held[1] == held[2]
    assert len(held[0]) == 7


def test_a_second_run_sends_nothing_and_reads_once_again(fleet):
    fleet.run()
    fleet.bench.source.changed = set()

    report = fleet.run()

    assert [counts(sync) for sync in report.syncs] == [{}] * 3
    assert [query.cursor for query in fleet.bench.source.queries] == [None, "since:1"]
    assert sum(len(one.pushes) for one in fleet.platforms.values()) == 3


def down(payloads):
    raise RetryableError("connection refused")


def refused(payloads):
    raise CredentialsError("401: the key was revoked")


def bug(payloads):
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("fault", "code"),
    [(down, ExitCode.TEMPORARY), (refused, ExitCode.CREDENTIALS), (bug, ExitCode.FAILED)],
    ids=["X04-down", "X04-401", "X04-bug"],
)
def test_x04_one_platform_down_leaves_the_others_untouched(fleet, fault, code):
    fleet.platforms["two"].respond = fault

    report = fleet.run()

    assert [sync.exit_code for sync in report.syncs] == [0, code, 0]
    assert (report.exit_code, report.syncs[1].owed) == (code, 7)
    assert [len(fleet.platforms[name].kept) for name in NAMES] == [7, 0, 7]
    fleet.platforms["two"].respond = lambda _: None
    assert fleet.run().exit_code == 0
    assert fleet.platforms["two"].kept == fleet.platforms["one"].kept


def test_a_platform_that_cannot_be_sent_to_does_not_even_read(fleet):
    fleet.platforms["one"].check = lambda: iter(
        [CheckResult("key", passed=False, message="none", code=2)]
    )

    report = fleet.run()

    assert [sync.exit_code for sync in report.syncs] == [2, 0, 0]
    assert (report.syncs[0].counts.read, report.syncs[0].source_requests) == (0, 0)


def test_x06_a_sync_that_another_process_runs_is_left_out_and_the_others_run(fleet):
    with fleet.bench.ledger.lock("sync one"):
        report = fleet.run()

    assert [sync.exit_code for sync in report.syncs] == [9, 0, 0]
    assert report.exit_code == 9
    assert report.syncs[0].source_requests == 0


@pytest.mark.invariant(21)
def test_a_guard_stops_its_own_sync_alone(fleet):
    fleet.run()
    fleet.bench.source.records = [company(1)]
    fleet.plans["two"] = {"guards": replace(fleet.bench.plan().guards, shortfall=1)}

    report = fleet.run(full=True)

    assert [sync.exit_code for sync in report.syncs] == [6, 0, 6]


def test_a_crm_that_is_down_is_told_by_every_sync(fleet):
    fleet.bench.source.fail_after, fleet.bench.source.error = 2, RetryableError("down")

    report = fleet.run()

    assert [sync.exit_code for sync in report.syncs] == [5, 5, 5]
    assert [counts(sync) for sync in report.syncs] == [{"unverified": 4}] * 3
    fleet.bench.source.fail_after = None
    assert [counts(sync) for sync in fleet.run().syncs] == [{"unverified": 3}] * 3
    assert [query.cursor for query in fleet.bench.source.queries] == [None, "full:4"]


def test_each_sync_balances_by_its_own_books(fleet):
    fleet.bench.source.total = 9

    assert [sync.balanced for sync in fleet.run().syncs] == [False] * 3
    fleet.bench.source.moved = Drift(appeared=0, vanished=2)
    assert [sync.balanced for sync in fleet.run(full=True).syncs] == [True] * 3


def test_what_vanished_is_looked_for_by_each_sync(fleet):
    for name in NAMES:
        fleet.plans[name] = {"on_delete": "disable"}
    fleet.run()
    del fleet.bench.source.records[0]

    report = fleet.run(full=True)

    assert report.exit_code == 0
    assert all(one.kept["c1.com"]["isEnabled"] is False for one in fleet.platforms.values())


def test_x05_a_stop_reaches_every_sync_and_the_next_run_completes(fleet):
    fleet.bench.max_payloads = 2
    fleet.platforms["two"].respond = lambda _: fleet.bench.clock.stop()

    report = fleet.run()

    assert report.exit_code == 5
    assert {sync.exit_code for sync in report.syncs} <= {0, 5}
    assert all(sync.balanced for sync in report.syncs)
    fleet.bench.clock = FakeClock()
    fleet.platforms["two"].respond = lambda _: None
    assert fleet.run().exit_code == 0
    assert [len(one.kept) for one in fleet.platforms.values()] == [7] * 3


def test_a_platform_that_hangs_is_left_behind_and_ends_right(fleet):
    fleet.bench.source.records = [company(n) for n in range(1, 201)]
    fleet.bench.max_payloads = 2
    hangs, fast_is_done = Event(), Event()

    def hang(_payloads):
        hangs.set()
        assert fast_is_done.wait(60)

    fleet.platforms["one"].respond = hang

    def work(plan):
        # Else the fast one might be away before the other has taken a page.
        assert plan.name == "one" or hangs.wait(60)
        run = SyncRun(plan, ledger, clock, RunOptions(), run_id="r", progress=Silent())
        with closing(Heeding(plan.open_source(), clock)) as source:
            run.execute(source, plan.open_destination())
        if plan.name == "two":
            fast_is_done.set()
        return run.live, run.total

    ledger, clock = fleet.bench.ledger, fleet.bench.clock
    (group,) = grouped(fleet.planned()[:2], ledger, clock, RunOptions())

    assert side_by_side(group, clock, work, patience=0) == [(200, 200)] * 2
    shared, alone = (query.cursor for query in fleet.bench.source.queries)
    assert shared is None
    assert 0 < int(alone.removeprefix("full:")) < 200
    assert fleet.platforms["one"].kept == fleet.platforms["two"].kept
    fleet.bench.source.changed = set()
    assert [counts(sync) for sync in fleet.run().syncs][:2] == [{}, {}]


def test_progress_is_told_one_at_a_time_from_start_to_end_of_each(fleet):
    fleet.run()

    for name in NAMES:
        whats = [what for what, one in fleet.told if one == name]
        assert (whats[0], whats[-1], whats.count("finished")) == ("started", "finished", 1)


def test_a_platform_that_was_down_shares_again_when_a_full_pass_is_due(fleet):
    fleet.platforms["two"].respond = down
    fleet.run()
    fleet.platforms["two"].respond = lambda _: None
    fleet.run()
    fleet.bench.clock.advance(8 * 86_400)
    before = len(fleet.bench.source.queries)

    fleet.run()

    assert len(fleet.bench.source.queries) == before + 1


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 24, 2))
def test_a_run_cut_off_anywhere_is_made_good_by_the_next_one(fleet, at, before):
    real = fleet.bench.ledger
    fleet.bench.max_payloads = 3
    fleet.bench.ledger = CutLedger(real, at, before=before)
    with suppress(PowerCut):
        fleet.run()
    fleet.bench.ledger = real
    for one in fleet.platforms.values():
        one.respond = lambda _: None

    assert fleet.run().exit_code == 0
    sent = [len(one.pushes) for one in fleet.platforms.values()]
    fleet.run(full=True)

    assert [len(one.pushes) for one in fleet.platforms.values()] == sent
    assert [sorted(platform(one)) for one in fleet.platforms.values()] == [
        sorted(f"c{n}.com" for n in range(1, 8))
    ] * 3


def test_a_preview_of_three_platforms_reads_once_and_tells_the_same_of_each(fleet):
    report = preview_syncs(fleet.planned(), fleet.bench.ledger, fleet.bench.clock, PreviewOptions())

    assert [sync.report.sync for sync in report.syncs] == list(NAMES)
    assert [sync.changes["create"] for sync in report.syncs] == [7] * 3
    assert len(fleet.bench.source.queries) == 1


def test_platforms_held_in_a_file_are_settled_by_all_threads(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=FakeClock())
    # Fewer pages than are kept for the slowest: else it could be left behind by a slow disk.
    source = ListSource([company(n) for n in range(1, 301)], page_size=20)
    fleet = Fleet(Bench(ledger, source=source, max_payloads=7))

    report = fleet.run()

    assert (report.exit_code, len(source.queries)) == (0, 1)
    assert [len(one.kept) for one in fleet.platforms.values()] == [300] * 3
    ledger.close()
