"""`crmsync fields`: the CRM's own fields, for a person who writes a mapping."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit, note

if TYPE_CHECKING:
    from crmsync.records import SourceField


def fields(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source's name in the configuration.")],
    object_name: Annotated[
        str | None, typer.Argument(metavar="[OBJECT]", help="Its object; the first if left out.")
    ] = None,
    *,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only names and labels that hold TEXT.")
    ] = "",
    as_json: AsJSON = False,
) -> None:
    """List the CRM's own fields: name, label, type, choices. Names are what mappings use."""
    from crmsync.cli.output.documents import document

    with session.awaited(context) as workspace, closing(workspace.open_source(source)) as opened:
        name = object_name or next(iter(workspace.objects(source)), None)
        if name is None:
            raise typer.BadParameter(f"{source} has objects of its own: name one after {source}")
        found = [field for field in opened.describe(name) if _holds(field, search)]
    if as_json:
        listed = [asdict(field) for field in found]
        emit(document({"source": source, "object": name, "fields": listed}))
    elif found:
        emit(_table(found))
    else:
        note(f"no field of {source} {name} holds that text")


def _holds(field: SourceField, text: str) -> bool:
    wanted = text.casefold()
    return wanted in field.name.casefold() or wanted in field.label.casefold()


def _table(found: Sequence[SourceField]) -> str:
    from crmsync.cli.output.text import columns

    rows = [
        [
            field.name,
            field.label,
            f"{field.type} → {field.reference}" if field.reference else field.type,
            "custom" if field.custom else "",
            ", ".join(value for value, _ in field.options),
        ]
        for field in found
    ]
    return columns(["name", "label", "type", "", "choices"], rows)
