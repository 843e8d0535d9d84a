"""Payload values to the bytes that Akooda takes, and back."""

from __future__ import annotations

from typing import Any, Final

import orjson

from crmsync.destinations.akooda.fields import FIELDS, PROPERTIES
from crmsync.payloads import Columns, Fields

_SHORT: Final = {name: name.removeprefix(PROPERTIES) for name in FIELDS}
"""By dotted name: the name under `properties`, or at the top level. No two are alike."""
_TOP: Final = tuple(name for name in FIELDS if not name.startswith(PROPERTIES))
_DOTTED: Final = {short: name for name, short in _SHORT.items() if short not in _TOP}


def encode(fields: Fields) -> bytes:
    """The exact bytes of one organization, UTF-8, without blanks.

    Canonical: every object's keys are sorted, so equal values are equal bytes whatever the
    order given. A None is written as null, `properties` is left out where it would be empty.

    Raises:
        KeyError: A name is none of FIELDS, which the mapping's compiler refuses.
    """
    properties = {_SHORT[name]: value for name, value in fields.items()}
    document = {name: properties.pop(name) for name in _TOP if name in properties}
    if properties:
        document["properties"] = properties
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def encode_page(columns: Columns, count: int) -> list[bytes]:
    """What `encode` gives for each of *count* payloads, without a dictionary of dotted names."""
    inside: list[dict[str, object]] = [{} for _ in range(count)]
    outside: list[dict[str, object]] = [{"properties": properties} for properties in inside]
    for name, values in columns.items():
        short = _SHORT[name]
        for place, value in zip(outside if name in _TOP else inside, values, strict=True):
            if value is not None:
                place[short] = value
    for document, properties in zip(outside, inside, strict=True):
        if not properties:
            del document["properties"]
    return [orjson.dumps(document, option=orjson.OPT_SORT_KEYS) for document in outside]


def decode(body: bytes) -> dict[str, object]:
    """The values of an encoded organization by dotted name, nulls as None, nothing dropped.

    `decode(encode(fields)) == fields`; names that FIELDS lacks come as they were written.
    """
    document: dict[str, Any] = orjson.loads(body)
    properties: dict[str, Any] = document.pop("properties", {})
    for name, value in properties.items():
        document[_DOTTED.get(name) or PROPERTIES + name] = value
    return document
