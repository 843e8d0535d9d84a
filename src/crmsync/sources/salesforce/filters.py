"""A sync's filter as far as SOQL can take it; the rest is looked at when the records are here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from crmsync.errors import ConfigError
from crmsync.receipts import Problem
from crmsync.sources.salesforce import soql
from crmsync.sources.salesforce.objects import ID, Described, Field, long_id
from crmsync.transport.redaction import safe

_TRUTHS: Final = {"true": True, "false": False}
_SHORT: Final = 15
_LONG: Final = 18
_IDS: Final = ("id", "reference")


def pushed(kind: Described, wanted: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The conditions that a filter comes to, on the object's own fields.

    They may let more through than the filter wants, never less: SOQL compares text without
    regard to case, as the filter does (SOQL and SOSL Reference, "Comparison Operators", read
    2026-11-21). Multi-selects, moments, long texts and paths through references are left out.

    Raises:
        ConfigError: An id has 15 characters.
    """
    found: list[str] = []
    for path, values in sorted(wanted.items()):
        field = kind.fields.get(path)
        read = _READERS.get(field.type) if field and field.filterable else None
        if read is None:
            continue
        usable = [one for one in map(read, values) if one is not None]
        _check_ids(path, field, values)
        # A number that is none, and the like, is no record's value.
        found.append(soql.among(path, usable) if usable else soql.compare(ID, "=", None))
    return found


def _check_ids(path: str, field: Field | None, values: tuple[str, ...]) -> None:
    """Ids as reports and addresses show them would match no record: Salesforce gives 18."""
    if field is None or field.type not in _IDS:
        return
    faults = [
        Problem(
            f"filter.{path}",
            "short_id",
            f'"{safe(value, limit=40)}" has 15 characters; the ids of records have 18',
        )
        for value in values
        if len(value.strip()) == _SHORT and long_id(value.strip())
    ]
    if faults:
        meant = ", ".join(filter(None, map(long_id, map(str.strip, values))))
        raise ConfigError(faults, hint=f"write {meant}")


def _text(value: str) -> soql.Value:
    return value.strip() or None


def _truth(value: str) -> soql.Value:
    return _TRUTHS.get(value.strip().lower())


def _number(value: str) -> soql.Value:
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(value: str) -> soql.Value:
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def _key(value: str) -> soql.Value:
    text = value.strip()
    return text if len(text) == _LONG and text.isascii() and text.isalnum() else None


_READERS: Final[Mapping[str, Callable[[str], soql.Value]]] = {
    **dict.fromkeys(("string", "picklist", "combobox", "email", "phone", "url"), _text),
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), _number),
    "boolean": _truth,
    "date": _day,
    "textarea": _text,
    "id": _key,
    "reference": _key,
}
