"""`crmsync events update`: another note for an event."""

from contextlib import closing
from typing import Annotated, Any

import typer

from crmsync.cli import session
from crmsync.cli.events.arguments import EventId, OneDestination
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit, note
from crmsync.cli.output.text import safe
from crmsync.errors import StoppedError


def update(
    context: typer.Context,
    event: EventId,
    *,
    text: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="The new note, instead of the old one.")
    ],
    destination: OneDestination = None,
    as_json: AsJSON = False,
) -> None:
    """Change an event's note, all that Atoka lets be changed. crmsync's mark in it is kept."""
    from crmsync.cli.output.documents import document
    from crmsync.mapping.cleaning import clean

    try:
        with (
            session.workspace(context, patience=session.PATIENCE) as workspace,
            closing(workspace.open_events(destination)) as desk,
        ):
            noted = desk.note(event, clean(text, one_line=False))
    except StoppedError as error:
        hint = f"`crmsync events show {event}` tells whether the note was changed"
        raise StoppedError("stopped", hint=hint) from error
    changed = noted.sent != noted.before
    if as_json:
        told = {"changed": changed, "before": noted.before, "event": noted.event}
        emit(document(told))
    elif changed:
        emit(f"{event}: {safe(noted.before)} → {safe(noted.event['note'])}")
    if not changed:
        note("the note is this already: nothing was sent")
        return
    for warning in _warnings(noted._asdict()):
        note(warning, level="warning")


def _warnings(noted: dict[str, Any]) -> list[str]:
    """What the person would not expect of the new note."""
    marks = ", ".join(f"[cs:{tag}]" for tag in noted["tags"])
    checks = {
        f"kept {marks} in the note: crmsync knows its event by it": noted["tags"],
        "the text was shortened to what a note may have (max_note of the destination)": (
            noted["cut"]
        ),
        "Atoka's answer has another note than was sent": (
            (noted["event"]["note"] or "") != noted["sent"]
        ),
    }
    return [words for words, true in checks.items() if true]
