"""`crmsync drill`: the user's own configuration on simulators, while everything goes wrong."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON, Destinations, Sources, Syncs
from crmsync.cli.output.terminal import emit, note


def drill(
    context: typer.Context,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            "--faults",
            metavar="KIND",
            help="What goes wrong: kill, stop, limits, errors, resets, lost, slow, garbage. "
            "Repeatable; all if left out.",
        ),
    ] = None,
    rounds: Annotated[
        int,
        typer.Option("--rounds", min=1, help="How often records change and runs are disturbed."),
    ] = 4,
    records: Annotated[
        int,
        typer.Option("--records", min=1, metavar="N", help="How many of each object a CRM has."),
    ] = 300,
    seed: Annotated[
        int, typer.Option("--seed", help="Of the data, the faults and the moments of signals.")
    ] = 1,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Keep its configuration and its ledgers."),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Run your configuration on simulators while everything goes wrong: is anything lost, doubled?

    No CRM and no platform is asked anything, and your ledger is not touched: mappings, filters
    and guards are yours, addresses, credentials and waits are the simulators'.
    """
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.drills import verdict_text
    from crmsync.drill.course import Wanted
    from crmsync.drill.course import drill as drilled
    from crmsync.drill.troubles import chosen
    from crmsync.wiring import Workspace

    loaded = session.loaded(context)
    with Workspace(loaded) as workspace:
        names = [
            plan.name for plan in workspace.plans(session.selection(source, destination, sync))
        ]
    with ExitStack() as kept:
        folder = output or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="crmsync-")))
        folder.mkdir(parents=True, exist_ok=True)
        wanted = Wanted(
            syncs=names,
            troubles=chosen(faults or ()),
            rounds=rounds,
            records=records,
            seed=seed,
            folder=folder.absolute(),
        )
        quiet = as_json or session.globals_of(context).quiet
        verdict = drilled(loaded, wanted, (lambda _: None) if quiet else note)
    emit(document(verdict.to_json()) if as_json else verdict_text(verdict))
    raise typer.Exit(verdict.code)
