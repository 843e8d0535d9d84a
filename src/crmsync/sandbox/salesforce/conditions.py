"""WHERE: which values a comparison lets through, checked against the field's type."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any, Final, TypeAlias

from crmsync.sandbox.salesforce import ids, refusals
from crmsync.sandbox.salesforce.paths import Resolved
from crmsync.sandbox.salesforce.schema import Field, Value
from crmsync.sandbox.salesforce.syntax import Comparison, Literal

Test: TypeAlias = Callable[[Value], bool]

_NUMBERS: Final = frozenset({"int", "double", "currency", "percent"})
_EXPECTED: Final = {"boolean": "boolean", "date": "date", "datetime": "datetime"}
_IDS: Final = frozenset({"id", "reference"})


def test_of(path: Resolved, comparison: Comparison) -> Test:
    """What a comparison asks of a value.

    Raises:
        RefusedError: The field cannot be filtered by, or not by such a literal.
    """
    field = path.field
    if not field.filterable:
        message = f"field '{field.name}' can not be filtered in a query call"
        raise refusals.invalid_field(message)
    values = [_fitting(field, one) for one in comparison.values]
    if field.type == "boolean" and comparison.operator not in ("=", "!=", "IN", "NOT IN"):
        raise refusals.refused(
            400, "INVALID_QUERY_FILTER_OPERATOR", f"{field.name}: invalid operator on boolean field"
        )
    if comparison.operator == "LIKE":
        return _like(field, values[0])
    if comparison.operator in ("IN", "NOT IN"):
        test = _among(values, comparison.operator)
    else:
        test = _against(values[0], comparison.operator)
    # Text compares without case, ids with it.
    if field.type in _IDS or not any(isinstance(one, str) for one in values):
        return test
    return lambda value: test(value.lower() if isinstance(value, str) else value)


def _among(values: list[Value], operator: str) -> Test:
    wanted = set(values)
    if operator == "IN":
        return lambda value: value in wanted
    return lambda value: value not in wanted


def _against(bound: Value, operator: str) -> Test:
    if operator == "=":
        return lambda value: value == bound
    if operator == "!=":
        return lambda value: value != bound
    if bound is None:
        return lambda _: False
    compare = _COMPARE[operator]
    return lambda value: value is not None and compare(value, bound)


_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _fitting(field: Field, literal: Literal) -> Value:
    if literal.kind == "null":
        return None
    if field.type in _IDS:
        return _id(field, literal)
    expected = "number" if field.type in _NUMBERS else _EXPECTED.get(field.type, "string")
    if literal.kind != expected:
        quoted = "should be" if expected == "string" else "should not be"
        kind = {"datetime": "dateTime", "number": field.type}.get(expected, expected)
        raise refusals.invalid_field(
            f"value of filter criterion for field '{field.name}' must be of type {kind} and "
            f"{quoted} enclosed in quotes"
        )
    # Empty text is null in Salesforce.
    return literal.value.lower() or None if isinstance(literal.value, str) else literal.value


def _id(field: Field, literal: Literal) -> Value:
    if literal.kind != "string":
        raise refusals.invalid_field(
            f"value of filter criterion for field '{field.name}' must be of type ID and should be "
            "enclosed in quotes"
        )
    text = str(literal.value)
    if not text:
        # Empty text is null; a record's own id is never null, and any id is above it.
        return None if field.type == "reference" else ""
    found = ids.parse(text)
    if found is None:
        message = f"invalid ID field: {text}"
        raise refusals.refused(400, "INVALID_QUERY_FILTER_OPERATOR", message)
    return found


def _like(field: Field, value: Value) -> Test:
    if not isinstance(value, str) or field.type in _IDS:
        message = f"{field.name}: LIKE needs a text field and a quoted text"
        raise refusals.refused(400, "INVALID_QUERY_FILTER_OPERATOR", message)
    pieces = re.split(r"(\\[_%]|[_%])", value)
    wild = {"%": ".*", "_": ".", "\\%": "%", "\\_": "_"}
    pattern = "".join(wild.get(piece, re.escape(piece)) for piece in pieces)
    match = re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch
    return lambda found: isinstance(found, str) and match(found) is not None
