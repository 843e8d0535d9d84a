"""A destination's fields as a table for people, from the same data that validates them."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from crmsync.payloads import Field, FieldKind, OnFault

_FAULTS = {
    OnFault.CLIP: "clipped",
    OnFault.DROP: "left out, with a warning",
    OnFault.REJECT: "the record is invalid",
}
_KINDS = {
    FieldKind.LONG_TEXT: "text, several lines",
    FieldKind.TEXT_LIST: "list of texts",
    FieldKind.DAY: "day, `YYYY-MM-DD`",
    FieldKind.INTEGER_LIST: "list of whole numbers",
    FieldKind.OBJECT_LIST: "list of objects with {members}",
}


def field_table(fields: Mapping[str, Field]) -> str:
    """A Markdown table, a row a field, in the destination's order."""
    rows = [
        "| field | type | limit | what does not fit | example | meaning |",
        "|---|---|---|---|---|---|",
    ]
    rows += [_row(field) for field in fields.values()]
    return "\n".join(rows) + "\n"


def _row(field: Field) -> str:
    kind = _KINDS.get(field.kind, field.kind.value).format(
        members=" and ".join(f"`{member.name}`" for member in field.members)
    )
    cells = (
        f"`{field.name}`" + (" (required)" if field.required else ""),
        kind + (": " + ", ".join(field.choices) if field.choices else ""),
        _limit(field),
        _FAULTS[field.on_fault],
        f"`{orjson.dumps(field.example).decode()}`",
        field.about,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _limit(field: Field) -> str:
    length = "" if field.max_length is None else f"{field.max_length:,} characters"
    if field.max_items is None:
        return length
    return f"{field.max_items} elements" + (f" of {length}" if length else "")
