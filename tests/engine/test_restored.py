"""A ledger's backup that is put back, while the platform has gone on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crmsync.errors import Guard, RetryableError
from crmsync.ledger import filling, open_ledger, open_stored
from crmsync.ledger.copying import copy
from crmsync.ledger.stored import StoredLedger
from crmsync.payloads import Limits
from crmsync.testing.clocks import FakeClock
from tests.engine.conftest import Bench, company
from tests.engine.eventful import eventful

ALLOWED = frozenset({Guard.RESTORED})


class Kept(Bench):
    """A bench of events with its ledger in a file, of which copies are made."""

    folder: Path

    @property
    def path(self) -> Path:
        """The ledger."""
        return self.folder / "crmsync.db"

    def back_up(self, name: str = "backup.db") -> Path:
        """A copy, made as docs/operations.md says."""
        copy = self.folder / name
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("VACUUM INTO ?", [str(copy)])
        return copy

    def put_back(self, copy: Path) -> None:
        """The copy in the ledger's place."""
        self.ledger.close()
        shutil.copy(copy, self.path)
        self.ledger = open_ledger(f"sqlite:///{self.path}", clock=FakeClock())


@pytest.fixture
def bench(tmp_path) -> Iterator[Kept]:
    """Two companies whose events were sent."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'crmsync.db'}", clock=FakeClock())
    kept = Kept(ledger)
    kept.folder = tmp_path
    eventful(kept).source.records = [company(1), company(2)]
    one_by_one = Limits(max_payloads=1, max_bytes=100_000, in_flight=1)
    kept.settings["plugin"] = replace(kept.settings["plugin"], limits=one_by_one)
    kept.run()
    yield kept
    kept.ledger.close()


@pytest.fixture
def restored(bench: Kept) -> Kept:
    """The copy is older than the last run."""
    kept = bench.back_up()
    bench.source.records = [company(1, name="Changed"), company(2)]
    assert bench.run().counts.unverified == 1
    bench.put_back(kept)
    return bench


def stopped(bench: Bench) -> bool:
    """Whether the guard stops the next run before anything is sent."""
    sent = list(bench.destination.sent_keys)
    report = bench.run()
    assert bench.destination.sent_keys == sent
    return (report.exit_code, report.guard) == (6, Guard.RESTORED)


@pytest.mark.fault(92)
def test_no_event_is_sent_again_by_a_ledger_that_is_older_than_the_last_run(restored):
    assert [stopped(restored), stopped(restored)] == [True, True]
    assert restored.preview().syncs[0].report.guard == Guard.RESTORED
    assert "--allow restored`" in (restored.run().error or "")


@pytest.mark.fault(92)
def test_a_copy_that_was_made_during_the_last_run_is_older_than_it(bench):
    copies: list[Path] = []
    bench.source.records = [company(1, name="Changed"), company(2, name="Changed")]
    bench.destination.respond = lambda _: copies.append(bench.back_up(f"{len(copies)}.db"))
    bench.run()
    bench.destination.respond = lambda _: None
    bench.put_back(copies[0])

    assert stopped(bench)


def test_a_copy_of_which_nothing_was_sent_since_stops_nothing(bench):
    kept = bench.back_up()
    bench.source.error, bench.source.fail_after = RetryableError("down"), 0
    bench.run()
    bench.source.fail_after = None
    bench.put_back(kept)
    assert not stopped(bench)


def test_a_person_lets_it_pass_and_it_is_the_newest_then(restored):
    sent = len(restored.destination.sent_keys)

    passed = restored.run(allowed=ALLOWED)

    assert (passed.exit_code, passed.allowed) == (0, ("restored",))
    assert len(restored.destination.sent_keys) == sent + 1
    assert not stopped(restored)


def test_neither_a_sample_nor_a_run_that_failed_makes_it_the_newest(restored):
    restored.run(allowed=ALLOWED, limit=1)
    restored.source.error, restored.source.fail_after = RetryableError("down"), 0
    restored.run(allowed=ALLOWED)
    restored.source.fail_after = None
    assert stopped(restored)


def test_a_ledger_that_came_without_its_locks_may_be_an_older_copy(bench, tmp_path):
    shutil.rmtree(tmp_path / "crmsync.db.locks")

    assert [stopped(bench), stopped(bench)] == [True, True]
    assert bench.run(allowed=ALLOWED).exit_code == 0
    assert not stopped(bench)


def test_where_nothing_can_come_twice_an_older_ledger_stops_nothing(restored):
    del restored.settings["method"]
    assert restored.run(full=True).guard is None


def test_a_sync_that_is_given_another_destination_has_no_older_ledger(bench):
    bench.settings["destination"] = "other"

    assert bench.run(full=True).counts.unverified == 2
    bench.settings["destination"] = "platform"
    assert not stopped(bench)


def reading(path: Path) -> StoredLedger:
    """A ledger that is only read."""
    return open_stored(f"sqlite:///{path}", clock=FakeClock(), read_only=True)


def copied(bench: Kept, source: Path, target: Path) -> None:
    """What `crmsync ledger copy` does."""
    with closing(reading(source)) as before:
        with filling(f"sqlite:///{target}", clock=FakeClock()) as into:
            copy(before.store, into.store)
        with closing(reading(target)) as after:
            after.vouch_as(before)
    bench.ledger.close()
    bench.ledger = open_ledger(f"sqlite:///{target}", clock=FakeClock())


def test_a_backup_that_is_copied_into_the_ledgers_place_is_an_older_copy(bench, tmp_path):
    backup = bench.back_up()
    bench.source.records = [company(1, name="Changed"), company(2)]
    bench.run()
    bench.path.unlink()
    copied(bench, backup, bench.path)
    assert stopped(bench)
    copied(bench, backup, tmp_path / "elsewhere.db")
    assert stopped(bench)


def test_a_copy_of_the_newest_ledger_is_the_newest(bench, tmp_path):
    copied(bench, bench.path, tmp_path / "elsewhere.db")
    assert not stopped(bench)
