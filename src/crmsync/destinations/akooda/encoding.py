"""Payload values to the bytes that Akooda takes, and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from crmsync.destinations.akooda.fields import FIELDS, PROPERTIES
from crmsync.payloads import FieldKind, Fields

_ORDER: Final = {name: position for position, name in enumerate(FIELDS)}
_DOTTED: Final = {
    name.removeprefix(PROPERTIES): name for name in FIELDS if name.startswith(PROPERTIES)
}
_OBJECTS: Final = tuple(
    name.removeprefix(PROPERTIES) for name, field in FIELDS.items() if field.kind is FieldKind.ROLES
)


class _Plan(NamedTuple):
    """How payloads with the same names, in the same order, are nested.

    Attributes:
        order: Picks the values in the order of FIELDS; None where they stand in it already.
        heads: Names at the top level; they come first in FIELDS.
        tails: Names under `properties`.
        objects: Of these, the objects.
    """

    order: Callable[[Any], tuple[object, ...]] | None
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    objects: tuple[str, ...]


def encode(fields: Fields) -> bytes:
    """The exact bytes of one organization, UTF-8, without blanks.

    Canonical: keys in the order of FIELDS whatever the order given, owners by email. A None
    is written as null, `properties` is left out where it would be empty.

    Raises:
        KeyError: A name is none of FIELDS, which the mapping's compiler refuses.
    """
    order, heads, tails, objects = _plan(tuple(fields))
    values = iter(fields.values() if order is None else order(fields))
    document: dict[str, object] = dict(zip(heads, values, strict=False))
    if tails:
        document["properties"] = properties = dict(zip(tails, values, strict=False))
        for name in objects:
            value = properties[name]
            if isinstance(value, dict) and len(value) > 1:
                properties[name] = dict(sorted(value.items()))
    return orjson.dumps(document)


def decode(body: bytes) -> dict[str, object]:
    """The values of an encoded organization by dotted name, nulls as None, nothing dropped.

    `decode(encode(fields)) == fields`; names that FIELDS lacks come as they were written.
    """
    document: dict[str, Any] = orjson.loads(body)
    properties: dict[str, Any] = document.pop("properties", {})
    for name, value in properties.items():
        document[_DOTTED.get(name) or PROPERTIES + name] = value
    return document


@lru_cache(maxsize=4_096)
def _plan(names: tuple[str, ...]) -> _Plan:
    ordered = tuple(sorted(names, key=_ORDER.__getitem__))
    heads = tuple(name for name in ordered if not name.startswith(PROPERTIES))
    tails = tuple(name.removeprefix(PROPERTIES) for name in ordered[len(heads) :])
    objects = tuple(name for name in _OBJECTS if name in tails)
    # Names out of order are two or more, for which itemgetter gives a tuple.
    return _Plan(None if ordered == names else itemgetter(*ordered), heads, tails, objects)
