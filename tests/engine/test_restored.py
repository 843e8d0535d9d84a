"""A ledger's backup that is put back, while the platform has gone on."""

from __future__ import annotations

import shutil

import pytest

from crmsync.errors import Guard
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from tests.engine.conftest import Bench, company
from tests.engine.eventful import eventful


@pytest.fixture
def restored(tmp_path):
    """A bench of events whose ledger is the copy that was made before its last run."""
    path, copy = tmp_path / "crmsync.db", tmp_path / "backup.db"
    bench = eventful(Bench(open_ledger(f"sqlite:///{path}", clock=FakeClock())))
    bench.source.records = [company(1)]
    bench.run()
    shutil.copy(path, copy)
    bench.clock.advance(60)
    bench.source.records = [company(1, name="Changed")]
    assert bench.run().counts.unverified == 1
    bench.ledger.close()
    shutil.copy(copy, path)
    bench.ledger = open_ledger(f"sqlite:///{path}", clock=FakeClock())
    yield bench
    bench.ledger.close()


@pytest.mark.fault(92)
def test_no_event_is_sent_again_by_a_ledger_that_is_older_than_the_last_run(restored):
    sent = list(restored.destination.sent_keys)

    reports = [restored.run(), restored.run(), restored.preview().syncs[0].report]

    assert [(one.exit_code, one.guard) for one in reports] == [(6, Guard.RESTORED)] * 3
    assert restored.destination.sent_keys == sent
    assert "--allow restored`" in (reports[0].error or "")


def test_a_person_lets_it_pass_once_and_it_is_no_more_then(restored):
    sent = len(restored.destination.sent_keys)

    passed = restored.run(allowed=frozenset({Guard.RESTORED}))

    assert (passed.exit_code, passed.allowed) == (0, ("restored",))
    assert len(restored.destination.sent_keys) == sent + 1
    assert restored.run().exit_code == 0


def test_where_nothing_can_come_twice_an_older_ledger_stops_nothing(restored):
    del restored.settings["method"]
    assert restored.run(full=True).guard is None


def test_a_run_that_was_forgotten_for_its_age_is_missed_by_nobody(restored):
    restored.ledger.ran("companies", "20200101T000000Z-abcdef")
    assert restored.run().exit_code == 0


def test_a_ledger_that_came_without_its_locks_is_taken_as_it_is(restored, tmp_path):
    shutil.rmtree(tmp_path / "crmsync.db.locks")
    assert restored.run().exit_code == 0
