"""`crmsync runs`: what happened before."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit
from crmsync.errors import ConfigError
from crmsync.receipts import Problem


def runs(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's id, or how it begins.")
    ] = None,
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="No more than N runs.")
    ] = 20,
    as_json: AsJSON = False,
) -> None:
    """List the last runs, newest first, or show one run's report."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.reports import run_text

    with session.workspace(context) as workspace:
        ledger = workspace.ledger(read_only=True)
        found = ledger.runs(limit=limit) if run is None else ledger.run(run)
    if found is None:
        fault = Problem("RUN", "unknown_name", f"no run begins with {run}")
        raise ConfigError([fault], hint="`crmsync runs` lists them")
    if isinstance(found, list):
        emit(document({"runs": found}) if as_json else _table(found))
    else:
        emit(document(found) if as_json else run_text(found))


def _table(found: Sequence[Mapping[str, Any]]) -> str:
    from crmsync.cli.output.text import columns

    rows = [
        [
            report["run_id"],
            report["started_at"],
            "interrupted" if report["exit_code"] is None else f"exit code {report['exit_code']}",
            sum(sync["counts"]["read"] for sync in report["syncs"]),
            ", ".join(f"{sync['sync']} {sync['status']}" for sync in report["syncs"]),
        ]
        for report in found
    ]
    return columns(["run", "started", "ended with", "read", "syncs"], rows)
