from __future__ import annotations

from typing import Any

import pytest
from typing_extensions import override

from crmsync.alerts.running import run_told
from crmsync.engine.plans import RunOptions, Silent
from crmsync.errors import CredentialsError
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from tests.engine.conftest import Bench, company


class Heard(Silent):
    """Progress that notes what it is told of, in order."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    @override
    def sync_begins(self, name: str) -> None:
        self.calls.append("begins")

    @override
    def sync_started(self, name: str, total: int | None) -> None:
        self.calls.append("started")

    @override
    def advanced(self, name: str, read: int, sent: int) -> None:
        self.calls.append("advanced")

    @override
    def sync_finished(self, report: object) -> None:
        self.calls.append("finished")

    @override
    def sync_stored(self, report: object) -> None:
        self.calls.append("stored")


@pytest.fixture
def bench(listener):
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    listener.ledger = ledger
    made = Bench(ledger)
    made.source.records = [company(1)]
    yield made
    ledger.close()


def run(bench, listener, progress=None, **options):
    plans = [bench.plan("main")]
    return run_told(plans, listener.telling(), RunOptions(**options), progress or Silent())


def test_a_run_is_told_of_by_its_id_and_its_progress_is_passed_on(bench, listener):
    heard = Heard()

    report = run(bench, listener, heard)

    assert report.run_id == "run-1"
    assert list(dict.fromkeys(heard.calls)) == [
        "begins",
        "started",
        "advanced",
        "finished",
        "stored",
    ]
    assert [one.rpartition("/")[2] for one in listener.asked] == [
        "main-4711-lives",
        "all-of-them-0815",
    ]


def test_a_sync_that_fails_is_told_of_when_its_report_is_in_the_ledger(bench, listener):
    bench.source.fail_after, bench.source.error = 0, CredentialsError("the token expired")

    report = run(bench, listener)

    assert report.exit_code == 7
    (body,) = listener.channels["webhook"].bodies
    assert (body["run_id"], body["status"]) == ("run-1", "failed")
    assert bench.ledger.last_report("main")["exit_code"] == 7


def test_nobody_is_told_of_a_sample(bench, listener):
    run(bench, listener, limit=1)

    assert (listener.said, listener.asked) == ([], [])
