"""An object's own fields, as Salesforce describes them, for people who write a mapping."""

from __future__ import annotations

from collections.abc import Sequence

from crmsync.records import SourceField
from crmsync.sources.salesforce.objects import Described, Field


def source_fields(kind: Described) -> Sequence[SourceField]:
    """Every field that the user may see, sorted by name.

    A reference tells by which name a path goes through it, and to which objects.
    """
    return sorted((_field(one) for one in kind.fields.values()), key=lambda field: field.name)


def _field(field: Field) -> SourceField:
    return SourceField(
        name=field.name,
        label=field.label,
        type=field.type,
        options=field.options,
        custom=field.custom,
        reference=_reference(field),
        description=field.help,
    )


def _reference(field: Field) -> str:
    if not field.refers:
        return ""
    to = " or ".join(field.refers)
    return f"{to} ({field.relationship}.…)" if field.relationship else to
