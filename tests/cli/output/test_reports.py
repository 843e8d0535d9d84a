from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crmsync.cli.output.reports import run_text
from crmsync.exit_codes import ExitCode
from crmsync.reports import Counts, RunReport, SyncReport

AT = datetime(2026, 11, 21, tzinfo=UTC)
SYNC = SyncReport(
    sync="main",
    source="hubspot",
    object="companies",
    destination="akooda",
    counts=Counts(source_total=1000, read=1000, unverified=992, skipped=8),
    duration_s=0.41,
)


def text(sync: SyncReport, code: ExitCode = ExitCode.OK) -> str:
    report = RunReport(run_id="r1", exit_code=code, started_at=AT, finished_at=AT, syncs=(sync,))
    return run_text(report.to_json())


def test_a_run_that_went_well_is_a_table_and_a_sentence():
    head, row, note, end = text(SYNC).splitlines()
    assert head.split() == [
        *("sync", "status", "read", "accepted", "unverified", "unchanged", "merged"),
        *("filtered", "skipped", "owed", "seconds"),
    ]
    assert row.split() == ["main", "succeeded", "1,000", "0", "992", *"00080", "0.4"]
    assert note == "unverified: taken by a reply that cannot name refusals"
    assert end == "run r1: exit code 0, every book balances and nothing is owed"


def test_bad_outcomes_have_a_column_only_where_there_are_some():
    counts = replace(SYNC.counts, unverified=990, invalid=2)
    head = text(replace(SYNC, counts=counts)).splitlines()[0]
    assert "invalid" in head
    assert "rejected" not in head


def test_what_a_person_must_know_stands_below():
    sync = replace(
        SYNC,
        error="busy\x1b",
        balanced=False,
        warnings=3,
        owed=1_000,
        quarantined=2,
        notes=("2 appeared",),
    )
    lines = text(sync, ExitCode.TEMPORARY).splitlines()[3:]
    assert lines[0] == r"main: busy\x1b"
    assert "do not balance; the CRM counts 1,000" in lines[1]
    assert lines[2] == "main: 2 appeared"
    assert "crmsync explain main ID" in lines[3]
    assert lines[4] == "main: 1,000 owed; see `crmsync status --sync main`"
    assert "crmsync quarantine list --sync main" in lines[5]
    assert lines[6].startswith("run r1: exit code 5, temporary")


@pytest.mark.parametrize(("warnings", "told"), [(1, "1 warning;"), (2, "2 warnings;")])
def test_warnings_are_counted_in_words_that_fit(warnings, told):
    assert f"main: {told} see" in text(replace(SYNC, warnings=warnings))


def test_an_interrupted_run_says_so():
    assert run_text({"run_id": "r1", "exit_code": None, "syncs": []}).endswith(
        "run r1 was interrupted"
    )
