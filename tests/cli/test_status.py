"""`crmsync status`: which run it goes by."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.ledger import open_ledger
from crmsync.reports import SyncReport
from crmsync.testing.clocks import FakeClock

AT = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
REPORT = SyncReport(sync="main", source="hubspot", object="companies", destination="akooda")
FAILED = replace(REPORT, status="failed", error="the token is gone", exit_code=ExitCode.CREDENTIALS)
SAMPLE = replace(REPORT, partial=True)
LOCKED = replace(REPORT, status="locked", error="main is in use", exit_code=ExitCode.RUNNING)


@pytest.fixture
def ended(crmsync, configured):
    """Writes down what runs came to, one after the other; gives the command."""

    def ended(*reports):
        ledger = open_ledger(f"sqlite:///{configured}/crmsync.db", clock=FakeClock())
        for number, report in enumerate(reports):
            at = AT + timedelta(hours=number)
            ledger.start_run(f"run-{number}", at)
            ledger.finish_sync(f"run-{number}", report, at)
        ledger.close()
        return crmsync

    return ended


AFTER = {"a-sample": [SAMPLE], "another-run": [LOCKED], "both-again": [LOCKED, SAMPLE] * 60}


@pytest.mark.parametrize("later", AFTER.values(), ids=AFTER)
def test_a_failed_run_stays_the_last_until_one_of_all_records_really_ran(ended, later):
    crmsync = ended(FAILED, *later)
    status = crmsync("status", "--json", "--exit-code")
    (sync,) = json.loads(status.out)["syncs"]
    assert (status.code, sync["run_id"], sync["status"]) == (1, "run-0", "failed")
    assert sync["finished_at"] == "2026-11-22T02:15:00.000Z"
    assert "main: the token is gone" in crmsync("status").out
    line = crmsync("status", "--nagios")
    assert (line.code, line.out[:42]) == (2, "CRMSYNC CRITICAL - main the token is gone ")


def test_the_next_whole_run_is_the_last(ended):
    crmsync = ended(FAILED, SAMPLE, REPORT, LOCKED)
    assert crmsync("status", "--exit-code").code == 0
    assert crmsync("status", "--nagios").code == 0


def test_a_line_for_monitors_and_json_are_not_to_be_had_together(ended):
    status = ended(REPORT)("status", "--nagios", "--json")
    assert (status.code, status.out) == (2, "")
    assert "--nagios prints one line, --json one document: leave one of them out" in status.err


def test_after_samples_alone_a_sync_never_ran(ended):
    crmsync = ended(SAMPLE)
    assert "never run" in crmsync("status").out
    assert crmsync("status", "--nagios").code == 3
