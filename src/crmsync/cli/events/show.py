"""`crmsync events show`: one event, whole."""

from contextlib import closing

import typer

from crmsync.cli import session
from crmsync.cli.events.arguments import EventId, OneDestination
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit


def show(
    context: typer.Context,
    event: EventId,
    *,
    destination: OneDestination = None,
    as_json: AsJSON = False,
) -> None:
    """Show one event, every attribute of it, and what the ledger has of it."""
    from crmsync.cli.events.journal import line_json, lines_of
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.events import shown

    with session.awaited(context) as workspace:
        name = workspace.with_events(destination)
        with closing(workspace.open_events(name)) as desk:
            found = desk.show(event)
        lines = [line_json(line) for line in lines_of(workspace, name, [found]).values()]
    emit(document({"event": found, "journal": lines}) if as_json else shown(found, lines))
