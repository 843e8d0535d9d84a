"""`crmsync run`: run syncs."""

from __future__ import annotations

from typing import Annotated

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON, Destinations, Limit, Sources, Syncs
from crmsync.cli.output.terminal import emit


def run(
    context: typer.Context,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    full: Annotated[
        bool, typer.Option("--full", help="Reread everything, not only what changed.")
    ] = False,
    limit: Limit = None,
    as_json: AsJSON = False,
) -> None:
    """Run syncs: all that are enabled, or those chosen. The choices are combined by and.

    With --limit a sample is sent and the place to go on from is left alone.
    """
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.progress import progress_for
    from crmsync.cli.output.reports import run_text
    from crmsync.engine.plans import RunOptions
    from crmsync.engine.run import run_syncs

    with session.workspace(context) as workspace:
        plans = workspace.plans(session.selection(source, destination, sync))
        progress = progress_for(quiet=session.globals_of(context).quiet)
        options = RunOptions(full=full, limit=limit)
        report = run_syncs(plans, workspace.ledger(), workspace.clock, options, progress)
    emit(document(report.to_json()) if as_json else run_text(report.to_json()))
    raise typer.Exit(report.exit_code)
