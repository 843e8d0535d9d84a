"""An object's own fields, as HubSpot describes them, for people who write a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crmsync.records import SourceField
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.objects import OWNER


def source_fields(properties: Iterable[JSONObject]) -> Sequence[SourceField]:
    """Every field, sorted by name. Fields of types unknown here keep HubSpot's word for it."""
    return sorted(
        (_field(row) for row in properties if row.get("name") and row.get("archived") is not True),
        key=lambda field: field.name,
    )


def _field(row: JSONObject) -> SourceField:
    return SourceField(
        name=str(row["name"]),
        label=_text(row.get("label")) or str(row["name"]),
        type=_text(row.get("type")),
        options=_options(row.get("options")),
        custom=row.get("hubspotDefined") is not True,
        reference="owner" if row.get("referencedObjectType") == OWNER else "",
        description=_text(row.get("description")),
    )


def _options(value: object) -> tuple[tuple[str, str], ...]:
    rows = value if isinstance(value, list) else []
    return tuple(
        (_text(row.get("value")), _text(row.get("label"))) for row in rows if isinstance(row, dict)
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
