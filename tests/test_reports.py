"""Reports balance, and are written as documented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from crmsync.exit_codes import ExitCode
from crmsync.receipts import Outcome
from crmsync.reports import Counts, RunReport, SyncReport, counts_from, is_whole, timestamp

AT = datetime(2026, 11, 21, 2, 15, 0, 7_999, tzinfo=UTC)
SYNC = SyncReport(
    sync="s", source="hubspot", object="companies", destination="akooda", duration_s=0.41234
)
# The keys of a sync's part that readers of reports may rely on, in their order.
PROMISED = [
    "sync",
    "source",
    "object",
    "destination",
    "status",
    "error",
    "balanced",
    "counts",
    "warnings",
    "owed",
    "quarantined",
    "source_requests",
    "destination_requests",
    "retries",
    "rate_limited",
    "bytes_sent",
    "duration_s",
    "cursor",
]


def test_a_tally_becomes_counts_that_are_settled():
    tally = {outcome: number for number, outcome in enumerate(Outcome, start=1)}
    counts = counts_from(tally, read=55, source_total=None)
    assert counts.settled == counts.read == 55
    assert (counts.accepted, counts.pending) == (1, 10)


def test_a_record_without_an_outcome_shows():
    assert Counts(read=3, accepted=2).settled != 3


def test_a_moment_is_cut_to_milliseconds():
    assert timestamp(AT) == "2026-11-21T02:15:00.007Z"


def test_a_syncs_part_has_the_promised_keys_first_and_in_order():
    document = SYNC.to_json()
    assert list(document)[: len(PROMISED)] == PROMISED
    assert document["duration_s"] == 0.412


def test_that_a_run_was_to_read_a_part_only_is_said_where_it_is_so():
    sample = replace(SYNC, partial=True).to_json()
    assert sample["partial"] is True
    assert "partial" not in SYNC.to_json()
    assert (is_whole(sample), is_whole(SYNC.to_json())) == (False, True)


def test_a_run_is_plain_json():
    report = RunReport(
        run_id="r", exit_code=ExitCode.OWED, started_at=AT, finished_at=AT, syncs=(SYNC,)
    ).to_json()
    assert list(report) == ["run_id", "exit_code", "started_at", "finished_at", "syncs"]
    assert type(report["exit_code"]) is int
