"""An object's own fields, as Pipedrive describes them, for people who write a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from crmsync.records import SourceField
from crmsync.reports import JSONObject
from crmsync.sources.pipedrive.objects import ObjectType
from crmsync.sources.pipedrive.values import POINTERS, SUBFIELDS, Field, Fields

_SINGULAR: Final = {"users": "user", "organizations": "organization", "persons": "person"}


def source_fields(kind: ObjectType, rows: Iterable[JSONObject]) -> Sequence[SourceField]:
    """Every field, sorted by name. A custom one's name is its key, its label what people see.

    Choices are what records hold: labels, but ids in the fields that are taken as they are.
    """
    described = Fields(rows).by_key
    as_ids = kind.standard - kind.labelled
    listed = [_field(field, as_ids=field.key in as_ids) for field in described.values()]
    listed += [
        SourceField(name=name, label=name, type="") for name in kind.standard - described.keys()
    ]
    return sorted(listed, key=lambda field: field.name)


def _field(field: Field, *, as_ids: bool) -> SourceField:
    inside = [part for part in SUBFIELDS.get(field.type, ()) if part not in ("id", "value")]
    reached = f"reach {', '.join(f'.{part}' for part in inside)} through it" if inside else ""
    demand = "answered on demand" if field.optional else ""
    return SourceField(
        name=field.key,
        label=field.name or field.key,
        type=field.type,
        options=tuple((one if as_ids else label, label) for one, label in field.options.items()),
        custom=field.custom,
        reference=_SINGULAR.get(POINTERS.get(field.type, ""), ""),
        description="; ".join(filter(None, (reached, demand))),
    )
