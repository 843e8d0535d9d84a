"""Values in one form, whether they came as JSON (REST) or as CSV (Bulk): whole columns at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Final, TypeAlias

Column: TypeAlias = Sequence[object]
Convert: TypeAlias = Callable[[Column], list[object]]

_TRUTHS: Final[Mapping[object, object]] = {"true": True, "false": False, "": None}
_REST_ZONE: Final = "+0000"


def converter(type_: str) -> Convert:
    """What makes a column of this describe type's values alike, from either form.

    Empty text is None, since CSV cannot tell the two apart. Numbers that are none stay as
    they came. NUL is taken out of texts: no destination takes it.
    """
    return _BY_TYPE.get(type_, _texts)


def _texts(column: Column) -> list[object]:
    return [
        one.replace("\0", "") or None if isinstance(one, str) and "\0" in one else one or None
        for one in column
    ]


def _wholes(column: Column) -> list[object]:
    return [one if one.__class__ is int else _whole(one) for one in column]


def _whole(value: object) -> object:
    """Whole numbers come as `250`, and at times as `250.0`."""
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    number = _number(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _numbers(column: Column) -> list[object]:
    return [one if one.__class__ is float else _number(one) for one in column]


def _number(value: object) -> object:
    if value is None or value == "" or isinstance(value, bool):
        return None if value == "" else value
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever it is, see below
    except (ValueError, TypeError, OverflowError):
        return value
    return number if isfinite(number) else None


def _booleans(column: Column) -> list[object]:
    return [one if one.__class__ is bool else _TRUTHS.get(one, one) for one in column]


def _moments(column: Column) -> list[object]:
    return [
        one[:-5] + "Z" if isinstance(one, str) and one.endswith(_REST_ZONE) else one or None
        for one in column
    ]


# Field types: developer.salesforce.com/docs, "Object Reference", read 2026-11-21. What is not
# here is text in both forms.
_BY_TYPE: Final[Mapping[str, Convert]] = {
    "int": _wholes,
    "long": _wholes,
    "double": _numbers,
    "currency": _numbers,
    "percent": _numbers,
    "boolean": _booleans,
    "datetime": _moments,
}
