"""SOQL as text: statements of checked names, and values quoted in one place.

Names come from describe; one that could not be a name never gets into a statement. Grammar,
escapes and literals: developer.salesforce.com/docs, "SOQL and SOSL Reference", read 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

Value: TypeAlias = str | bool | int | float | Decimal | datetime | date | None
"""What can stand in a condition."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_ESCAPES: Final = {
    **{code: f"\\u{code:04x}" for code in (*range(0x20), 0x7F, 0x85, 0x2028, 0x2029)},
    **str.maketrans(
        {
            "\\": "\\\\",
            "'": "\\'",
            '"': '\\"',
            "\n": "\\n",
            "\r": "\\r",
            "\t": "\\t",
            "\b": "\\b",
            "\f": "\\f",
        }
    ),
}
_SIGNS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})


def literal(value: Value) -> str:
    """A value as SOQL writes it. Nothing in a text can end it.

    Raises:
        ValueError: It is no value (not a number, infinite, a moment without a time zone).
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPES)}'"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return _number(value)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(value: float | Decimal) -> str:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"{value} is no number")
    return format(number, "f")


def name(text: str) -> str:
    """A field's path or an object's name, as it is.

    Raises:
        ValueError: It could not be one.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a field or an object")
    return text


def compare(field: str, sign: str, value: Value) -> str:
    """A condition on one field. *sign* is one of `=`, `!=`, `<`, `<=`, `>`, `>=`."""
    if sign not in _SIGNS:
        raise ValueError(f"{sign!r} is no comparison")
    return f"{name(field)} {sign} {literal(value)}"


def among(field: str, values: Sequence[Value]) -> str:
    """That a field has one of some values (at least one)."""
    if len(values) == 1:
        return compare(field, "=", values[0])
    if not values:
        raise ValueError(f"{field} is compared with nothing")
    return f"{name(field)} IN ({','.join(map(literal, values))})"


def either(*conditions: str) -> str:
    """That at least one of the conditions holds."""
    return f"({' OR '.join(f'({one})' for one in conditions)})"


def select(
    columns: Iterable[str],
    entity: str,
    *,
    where: Iterable[str] = (),
    order: Iterable[str] = (),
    limit: int | None = None,
) -> str:
    """A query. All of *where* must hold; *order* is ascending."""
    parts = ["SELECT", ",".join(map(name, columns)), "FROM", name(entity)]
    if conditions := " AND ".join(where):
        parts.append(f"WHERE {conditions}")
    if ordered := ",".join(map(name, order)):
        parts.append(f"ORDER BY {ordered}")
    if limit is not None:
        parts.append(f"LIMIT {int(limit)}")
    return " ".join(parts)


def count(entity: str, *, where: Iterable[str] = ()) -> str:
    """A query that counts; all of *where* must hold."""
    conditions = " AND ".join(where)
    parts = ["SELECT COUNT() FROM", name(entity), *(["WHERE", conditions] if conditions else [])]
    return " ".join(parts)
