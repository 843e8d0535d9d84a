"""Checks the body of a call: a group key, and data that is flat."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from crmsync.sandbox.exchange import JSONObject

Scalar: TypeAlias = str | int | float  # and bool, which is an int
_MEMBERS: Final = frozenset({"data", "group_key"})


class Record(NamedTuple):
    """What one call brings."""

    group_key: str
    data: JSONObject


def read(body: bytes, *, nulls: bool) -> Record | list[str]:
    """The record of a body, or the messages that say what is wrong with it.

    "We expect a flat data [...] no nested objects are supported inside it", with lists of texts
    in the example; "A group key that must be part of every request": Data Talks' page
    "Datatalks API: Using the API", read 2026-11-21. How refusals are worded is a guess.

    Args:
        body: As sent.
        nulls: Whether attributes may be null.
    """
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ["the body is not JSON"]
    if not isinstance(given, dict):
        return ["the body must be an object of data and group_key"]
    messages = [f"{name} is not expected beside data" for name in sorted(given.keys() - _MEMBERS)]
    group_key, data = given.get("group_key"), given.get("data")
    if not isinstance(group_key, str) or not group_key:
        messages.append("group_key is required")
    messages += _wrong(data, nulls=nulls)
    return messages or Record(str(group_key), dict(data or {}))


def _wrong(data: Any, *, nulls: bool) -> list[str]:
    if not isinstance(data, dict) or not data:
        return ["data must be an object with attributes"]
    return [
        f"data.{name} must be a text, a number, a boolean or a list of these"
        for name, value in data.items()
        if not _is_flat(value) and not (nulls and value is None)
    ]


def _is_flat(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(element, Scalar) for element in value)
    return isinstance(value, Scalar)
