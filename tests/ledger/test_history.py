from __future__ import annotations

from crmsync.ledger.codec import to_micros
from crmsync.ledger.history import RUNS_KEPT
from crmsync.reports import SyncReport
from crmsync.testing.settlements import AT, SYNC


def report(sync):
    return SyncReport(sync=sync, source="hubspot", object="companies", destination="akooda")


def test_the_oldest_runs_are_forgotten_but_each_syncs_last_report(open_at):
    ledger = open_at()
    ledger.start_run("first", AT)
    for sync in (SYNC, "once"):
        ledger.finish_sync("first", report(sync), AT)
    with ledger._store.transaction():
        rows = [(f"r{n}", to_micros(AT)) for n in range(RUNS_KEPT + 98)]
        ledger._store.run_many("start_run", rows)
    ledger.finish_sync("r9000", report(SYNC), AT)
    ledger.start_run("last", AT)
    assert len(ledger.runs(limit=RUNS_KEPT * 2)) == RUNS_KEPT
    assert ledger.run("first") is None
    assert len(ledger._store.rows("run_reports", "first")) == 1
    once, latest = ledger.last_report("once"), ledger.last_report(SYNC)
    assert once is not None
    assert latest is not None
    assert (once["run_id"], latest["run_id"]) == ("first", "r9000")
