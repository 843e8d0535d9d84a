"""Search operators: a filter becomes a test of one property's value.

Semantics are from HubSpot's "Search the CRM" guide, read 2026-11-21. Values are compared by
the property's type: numbers as numbers, times as epoch milliseconds, enumerations exactly,
other text without regard to case.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from crmsync.sandbox import instants
from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.hubspot.refusals import invalid
from crmsync.sandbox.hubspot.schema import Property

Value: TypeAlias = float | str | tuple[str, ...] | None
"""A property's value in its type: numbers and times as numbers, None where it is empty.

Ids of associated records, of which there may be any number, are a tuple.
"""

Test: TypeAlias = Callable[[Value], bool]

_TOKEN: Final = re.compile(r"[\w*]+")
_NUMBERS: Final = (int, float)  # a union would be made anew for each of many thousand values
# Each is a test of its own: a search calls it for each of many thousand values.
_ORDERINGS: Final[dict[str, Callable[[float], Test]]] = {
    "LT": lambda wanted: lambda value: isinstance(value, _NUMBERS) and value < wanted,
    "LTE": lambda wanted: lambda value: isinstance(value, _NUMBERS) and value <= wanted,
    "GT": lambda wanted: lambda value: isinstance(value, _NUMBERS) and value > wanted,
    "GTE": lambda wanted: lambda value: isinstance(value, _NUMBERS) and value >= wanted,
}
OPERATORS: Final = frozenset(
    {*_ORDERINGS, "EQ", "NEQ", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY",
     "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}
)  # fmt: skip
_NEGATIVE: Final = frozenset({"NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN", "NOT_HAS_PROPERTY"})
NUMERIC_TYPES: Final = frozenset({"number", "datetime", "date"})


def typed(prop: Property, raw: str | None) -> Value:
    """A stored value as it is compared; what does not fit its type counts as empty."""
    if not raw:
        return None
    if prop.type not in NUMERIC_TYPES:
        return raw if prop.type in ("enumeration", "bool") else raw.lower()
    try:
        return number(prop, raw)
    except ValueError:
        return None


def number(prop: Property, text: str) -> float:
    """A filter's or a record's text as a number.

    Raises:
        ValueError: It is not one.
    """
    value = float(text) if prop.type == "number" else instants.parse(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def compile_filter(prop: Property, given: JSONObject) -> Test:
    """The test that a filter stands for.

    Raises:
        RefusedError: The operator is unknown, or a value is missing or of the wrong type.
    """
    operator = given.get("operator")
    if operator not in OPERATORS:
        raise invalid(f"Invalid input JSON: operator {operator!r} is not one of the operators")
    test = _positive(prop, operator.removeprefix("NOT_"), given)
    if operator in _NEGATIVE:
        return lambda value: not test(value)
    return test


def any_of(test: Test, operator: str) -> Test:
    """The test of one id as a test of several: one is enough, or all where it is a negation."""
    enough = all if operator in _NEGATIVE else any

    def tested(value: Value) -> bool:
        return enough(test(one) for one in value) if isinstance(value, tuple) else test(value)

    return tested


def _positive(prop: Property, operator: str, given: JSONObject) -> Test:
    if operator == "HAS_PROPERTY":
        return lambda value: value is not None
    if operator in ("EQ", "NEQ"):
        wanted = _wanted(prop, given, "value")
        return lambda value: value == wanted
    if operator == "IN":
        choices = _choices(prop, given)
        return lambda value: value in choices
    if operator == "CONTAINS_TOKEN":
        return _contains(str(_text(given, "value")))
    return _ordering(prop, operator, given)


def _ordering(prop: Property, operator: str, given: JSONObject) -> Test:
    low = _wanted(prop, given, "value")
    high = _wanted(prop, given, "highValue") if operator == "BETWEEN" else low
    if isinstance(low, str) or isinstance(high, str):
        return _text_ordering(operator, str(low), str(high))
    if operator == "BETWEEN":
        return lambda value: isinstance(value, _NUMBERS) and low <= value <= high
    return _ORDERINGS[operator](low)


def _text_ordering(operator: str, low: str, high: str) -> Test:
    tests: dict[str, Callable[[str], bool]] = {
        "LT": lambda have: have < low,
        "LTE": lambda have: have <= low,
        "GT": lambda have: have > low,
        "GTE": lambda have: have >= low,
        "BETWEEN": lambda have: low <= have <= high,
    }
    test = tests[operator]
    return lambda value: isinstance(value, str) and test(value)


def _text(given: JSONObject, key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str | int | float) or isinstance(value, bool) or value == "":
        operator, name = given.get("operator"), given.get("propertyName")
        raise invalid(f"There was a problem with the request: {operator} on {name} needs {key}")
    return str(value)


def _wanted(prop: Property, given: JSONObject, key: str) -> float | str:
    return _one(prop, _text(given, key))


def _one(prop: Property, text: str) -> float | str:
    if prop.type in NUMERIC_TYPES:
        try:
            return number(prop, text)
        except ValueError as error:
            code = "INVALID_INTEGER" if prop.type == "number" else "INVALID_DATE"
            message = f"{text!r} was not a valid {prop.type} for {prop.name}"
            detail = {"message": message, "code": code, "context": {"propertyName": [prop.name]}}
            raise invalid(f"There was a problem with the request: {message}", [detail]) from error
    return text if prop.type in ("enumeration", "bool") else text.lower()


def _choices(prop: Property, given: JSONObject) -> frozenset[float | str]:
    values = given.get("values")
    if not isinstance(values, list) or not values:
        raise invalid(f"There was a problem with the request: IN on {prop.name} needs values")
    texts = [_text({**given, "value": value}, "value") for value in values]
    if prop.type == "string":
        # Text must be given in lower case for IN and NOT_IN, other spellings find nothing.
        return frozenset(texts)
    return frozenset(_one(prop, text) for text in texts)


def _contains(phrase: str) -> Test:
    patterns = _TOKEN.findall(phrase.lower())

    def test(value: Value) -> bool:
        tokens = _TOKEN.findall(str(value or "").lower())
        return bool(patterns) and all(
            any(fnmatchcase(token, pattern) for token in tokens) for pattern in patterns
        )

    return test
