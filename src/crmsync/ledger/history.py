"""What runs told: their reports, kept as JSON, the oldest forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

import orjson

from crmsync.ledger.codec import from_micros, to_micros
from crmsync.ledger.store import Row, Store
from crmsync.reports import JSONObject, RunReport, SyncReport, timestamp

RUNS_KEPT: Final = 10_000
"""So that a schedule of every few seconds does not fill the disk in a year."""

_SECOND: Final = "%Y%m%dT%H%M%SZ"
"""How the ids of runs begin: with the second in which the run did."""

_FORGET_EVERY: Final = 100


def start_run(store: Store, run_id: str, at: datetime) -> None:
    """Note that a run began, and now and then forget the oldest."""

    def start() -> None:
        store.run("start_run", run_id, to_micros(at))
        if store.rows("runs_begun")[0][0] % _FORGET_EVERY == 0 and store.run(
            "forget_runs", RUNS_KEPT
        ):
            store.run("forget_run_syncs")

    store.write(start)


def purge(store: Store, before: datetime) -> int:
    """Delete the reports of runs that began before a moment; gives how many runs."""
    oldest: str = store.rows("oldest_run")[0][0] or ""
    if not oldest or oldest >= f"{before:{_SECOND}}":  # the table itself is not gone through
        return 0

    def delete() -> int:
        runs = store.run("purge_runs", to_micros(before))
        if runs:
            store.run("forget_run_syncs")
        return runs

    return store.write(delete)


def finish_sync(store: Store, run_id: str, report: SyncReport, at: datetime) -> None:
    """Note one sync's report."""
    told = _dumped(report.to_json())
    store.write(lambda: store.run("finish_sync", run_id, report.sync, to_micros(at), told))


def finish_run(store: Store, report: RunReport) -> None:
    """Note a run's report."""
    started, document = to_micros(report.started_at), _dumped(report.to_json())
    code = int(report.exit_code)
    store.write(lambda: store.run("finish_run", report.run_id, started, code, document))


def runs(store: Store, limit: int) -> list[JSONObject]:
    """Reports of the newest runs, newest first."""
    return [_run(store, row) for row in store.rows("runs", limit)]


def run(store: Store, run_id: str) -> JSONObject | None:
    """The report of the run that a whole id or a unique prefix names."""
    found = store.rows("run", run_id)
    if not found or (len(found) > 1 and found[0][0] != run_id):
        return None
    return _run(store, found[0])


def reports(store: Store, sync: str, limit: int) -> list[JSONObject]:
    """A sync's last reports, newest first, each with its run and when it finished."""
    return [_report(row) for row in store.rows("sync_reports", sync, limit)]


def last_whole(store: Store, sync: str) -> JSONObject | None:
    """A sync's last report that is no sample's, nor of a run that ended with 9."""
    row = store.row("last_whole", sync)
    return None if row is None else _report(row)


def last_good(store: Store, sync: str) -> JSONObject | None:
    """A sync's last report that is no sample's, and ended with 0 or 3."""
    row = store.row("last_good", sync)
    return None if row is None else _report(row)


def _report(row: Row) -> JSONObject:
    run_id, finished_at, report = row
    ended = timestamp(from_micros(finished_at))
    return {**_loaded(report), "run_id": run_id, "finished_at": ended}


def _run(store: Store, row: Row) -> JSONObject:
    run_id, started_at, report = row
    if report is not None:
        return _loaded(report)
    return {
        "run_id": run_id,
        "exit_code": None,
        "started_at": timestamp(from_micros(started_at)),
        "finished_at": None,
        "syncs": [_loaded(told) for (told,) in store.rows("run_reports", run_id)],
    }


def _dumped(document: JSONObject) -> str:
    return orjson.dumps(document).decode()


def _loaded(text: str) -> JSONObject:
    return cast("JSONObject", orjson.loads(text))
