"""`crmsync events statuses`: what an event's status may be."""

from contextlib import closing

import typer

from crmsync.cli import session
from crmsync.cli.events.arguments import OneDestination
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit, note


def statuses(
    context: typer.Context, *, destination: OneDestination = None, as_json: AsJSON = False
) -> None:
    """List the statuses that the Atoka application has configured."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.events import statuses as table

    with session.awaited(context) as workspace, closing(workspace.open_events(destination)) as desk:
        found = desk.statuses()
    if as_json:
        emit(document({"statuses": found}))
    elif found:
        emit(table(found))
    else:
        note("Atoka has no statuses configured for this application")
