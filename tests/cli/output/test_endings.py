from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crmsync.cli.output.endings import tell_failures, tell_run
from crmsync.exit_codes import ExitCode
from crmsync.reports import RunReport, SyncReport

AT = datetime(2026, 11, 21, tzinfo=UTC)
SYNC = SyncReport(sync="main\x1b", source="s", object="o", destination="d")


def report(code: ExitCode, error: str | None) -> dict[str, object]:
    sync = replace(SYNC, exit_code=code, error=error)
    run = RunReport(run_id="r1", exit_code=code, started_at=AT, finished_at=AT, syncs=(sync,))
    return run.to_json()


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
@pytest.mark.parametrize("code", [1, 2, 5, 6, 7, 9])
def test_a_sync_that_did_not_end_well_has_a_line_on_stderr(capsys, code, as_json):
    assert tell_run(report(ExitCode(code), "busy; come back"), as_json=as_json) == code
    assert capsys.readouterr().err == "error: main\\x1b: busy; come back\n"


@pytest.mark.parametrize("code", [ExitCode.OK, ExitCode.OWED])
def test_a_sync_that_ended_well_has_none(capsys, code):
    assert tell_run(report(code, None), as_json=True) is code
    assert capsys.readouterr().err == ""


def test_without_an_error_the_status_is_told(capsys):
    tell_failures([{"sync": "main", "status": "failed", "error": None, "exit_code": 1}])
    assert capsys.readouterr().err == "error: main: failed\n"
