"""Arguments and options that the commands on events share."""

from typing import Annotated, TypeAlias

import typer

OneDestination: TypeAlias = Annotated[
    str | None,
    typer.Option("--destination", metavar="NAME", help="Which Atoka, where there are several."),
]
EventId: TypeAlias = Annotated[int, typer.Argument(metavar="ID", min=1, help="The event's id.")]
