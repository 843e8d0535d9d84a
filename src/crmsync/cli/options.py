"""Options that several commands share, with the words that their help shows."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from crmsync.errors import Guard

Sources: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only syncs of this source. Repeatable."),
]
Destinations: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--destination", metavar="NAME", help="Only syncs to this one. Repeatable."),
]
Syncs: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--sync", metavar="NAME", help="Only this sync. Repeatable."),
]
AsJSON: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")
]
Limit: TypeAlias = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="Read no more than N records of each sync."),
]
Allow: TypeAlias = Annotated[
    list[Guard] | None,
    typer.Option(
        "--allow",
        metavar="GUARD",
        help=f"Let this guard pass for once: {', '.join(Guard)}. Repeatable.",
    ),
]


class LogFormat(StrEnum):
    """How a log line looks."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on events are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
