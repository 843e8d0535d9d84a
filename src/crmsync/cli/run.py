"""`crmsync run`: run syncs."""

import gc
import sys
from typing import Annotated, Final

import typer

from crmsync.cli import session
from crmsync.cli.options import Allow, AsJSON, Destinations, Limit, Sources, Syncs

SWITCH_INTERVAL: Final = 0.001
"""Seconds that one thread may keep another waiting. With Python's own 5 ms a run takes 1 to 4 %
longer (medians of paired turns): who sends a batch waits for a page to be mapped."""

YOUNG: Final = 200_000
"""New objects between two looks for cycles. Python's own 700 are a page's records, which are in no
cycle: looking for some cost a run 4 % of its CPU."""


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
    allow: Allow = None,
    as_json: AsJSON = False,
) -> None:
    """Run syncs: all that are enabled, or those chosen. The choices are combined by and.

    With --limit a sample is sent and the place to go on from is left alone. With --allow a guard
    that stopped a sync stops nothing in this run.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.set_threshold(YOUNG)
    from crmsync.alerts.running import run_told
    from crmsync.cli.output.endings import tell_run
    from crmsync.cli.output.log_lines import name_run
    from crmsync.cli.output.progress import progress_for
    from crmsync.engine.plans import RunOptions
    from crmsync.engine.run import log_end, new_run_id

    with session.workspace(context) as workspace:
        plans = workspace.plans(session.selection(source, destination, sync))
        progress = progress_for(quiet=session.globals_of(context).quiet)
        gc.freeze()  # what is loaded now stays to the end
        keep = workspace.config.state.keep
        options = RunOptions(full=full, limit=limit, allowed=frozenset(allow or ()), keep=keep)
        run_id = new_run_id(workspace.clock.now())
        workspace.named(run_id)
        name_run(run_id)
        telling = workspace.telling(workspace.ledger(), run_id)
        report = run_told(plans, telling, options, progress)
        for one in report.syncs:
            log_end(one, run_id)
    raise typer.Exit(tell_run(report.to_json(), as_json=as_json))
