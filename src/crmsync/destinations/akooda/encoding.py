"""Payload values to the bytes that Akooda takes, and back."""

from __future__ import annotations

from typing import Any, Final

import orjson

from crmsync.destinations.akooda.fields import FIELDS, PROPERTIES
from crmsync.payloads import Columns, FieldKind, Fields

_SHORT: Final = {name: name.removeprefix(PROPERTIES) for name in FIELDS}
"""By dotted name: the name under `properties`, or at the top level. No two are alike."""
_TOP: Final = tuple(name for name in FIELDS if not name.startswith(PROPERTIES))
_OBJECTS: Final = frozenset(name for name in FIELDS if FIELDS[name].kind is FieldKind.ROLES)
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
    """What `encode` gives for each of *count* payloads, without a dictionary of dotted names.

    Names are put in their order here, once a page: orjson would sort them in every payload.
    """
    documents: list[dict[str, object]] = [{} for _ in range(count)]
    inside: list[dict[str, object]] = [{} for _ in range(count)]
    for name in sorted(columns, key=_SHORT.__getitem__):
        short, values = _SHORT[name], columns[name]
        if name in _OBJECTS:
            values = [_in_order(value) if value.__class__ is dict else value for value in values]
        for place, value in zip(documents if name in _TOP else inside, values, strict=True):
            if value is not None:
                place[short] = value
    for document, properties in zip(documents, inside, strict=True):
        if properties:
            document["properties"] = properties  # the last of the names at the top
    return [*map(orjson.dumps, documents)]


def _in_order(value: Any) -> object:
    return value if len(value) == 1 else dict(sorted(value.items()))


def decode(body: bytes) -> dict[str, object]:
    """The values of an encoded organization by dotted name, nulls as None, nothing dropped.

    `decode(encode(fields)) == fields`; names that FIELDS lacks come as they were written.
    """
    document: dict[str, Any] = orjson.loads(body)
    properties: dict[str, Any] = document.pop("properties", {})
    for name, value in properties.items():
        document[_DOTTED.get(name) or PROPERTIES + name] = value
    return document
