"""`crmsync events sync`: every lead's events that were updated since a moment, as they come."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crmsync.cli import session
from crmsync.cli.events.arguments import OneDestination
from crmsync.cli.moments import Since, moment
from crmsync.cli.output.terminal import note, offer
from crmsync.cli.output.text import number, safe
from crmsync.errors import CrmsyncError


class Format(StrEnum):
    """How the events are written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"


class Seen:
    """Passes events on, and keeps count of them.

    Attributes:
        last: The last one's update time, where it has one.
    """

    def __init__(self, events: Iterable[dict[str, Any]]) -> None:
        self._events = events
        self.count = 0
        self.last: str | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for event in self._events:
            self.count += 1
            self.last = event["update_time"] or self.last
            yield event

    @property
    def words(self) -> str:
        """How many there were, and where to go on."""
        goes_on = f"; go on with --since {safe(self.last)}" if self.last else ""
        return f"{number(self.count)} event{'s' * (self.count != 1)}{goes_on}"


def sync(
    context: typer.Context,
    *,
    since: Since,
    form: Annotated[
        Format, typer.Option("--format", help="How to write them; json when all are read.")
    ] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Write it there, readable by you alone; - is stdout."
        ),
    ] = None,
    destination: OneDestination = None,
) -> None:
    """Print every lead's events updated since a moment, the earliest update first.

    Needs the feature useLeadEventsSync of the Atoka account.
    """
    with session.awaited(context) as workspace, closing(workspace.open_events(destination)) as desk:
        start = moment(since or "", workspace.clock.now())
        seen = Seen(desk.updated_since(start))
        try:
            _write(_written(seen, Format.JSON if as_json else form), output)
        except CrmsyncError:
            if seen.count and not as_json and form is not Format.JSON:
                note(f"not all were read: {seen.words}", level="warning")
            raise
    if not session.globals_of(context).quiet:
        note(seen.words)


def _write(lines: Iterable[str], output: Path | None) -> None:
    from crmsync.cli.output.exports import STDOUT, write_private

    if output is not None and output != STDOUT:
        write_private(output, (f"{line}\n" for line in lines))
        return
    for line in lines:
        if not offer(line):
            return


def _written(events: Iterable[dict[str, Any]], form: Format) -> Iterator[str]:
    from crmsync.cli.output.documents import document, line
    from crmsync.cli.output.events import streamed

    match form:
        case Format.TABLE:
            yield from streamed(events)
        case Format.NDJSON:
            yield from map(line, events)
        case Format.JSON:
            yield document({"events": list(events)})
