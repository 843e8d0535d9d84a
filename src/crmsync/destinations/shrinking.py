"""Shortening a payload that is too large: long texts lose their ends, nothing else does."""

from __future__ import annotations

import importlib
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

import orjson

from crmsync.payloads import Field, FieldKind, Fields

_ELLIPSIS = "…"
_QUOTES = 2


def shrink(fields: Fields, excess: int, catalogue: Mapping[str, Field]) -> Fields | None:
    """The payload with *excess* bytes less (or more than that), None where it has no such texts.

    The longest of the LONG_TEXT fields is cut first, on a grapheme boundary and with an
    ellipsis; one that nothing would be left of is left out. Bytes are those of the encoded
    payload, escapes included. *fields* is not changed.
    """
    sizes = {
        name: _size(value)
        for name, value in fields.items()
        if isinstance(value, str) and _is_long(catalogue.get(name))
    }
    shrunk = dict(fields)
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        if excess <= 0:
            break
        text = _cut(str(fields[name]), sizes[name] - excess)
        shrunk[name] = text
        excess -= sizes[name] - _size(text)
        if not text:
            del shrunk[name]
    return shrunk if excess <= 0 else None


def _is_long(field: Field | None) -> bool:
    # A destination with open fields has values of other syncs' fields, too.
    return field is not None and field.kind is FieldKind.LONG_TEXT


def _cut(text: str, room: int) -> str:
    """The longest beginning of a text that needs no more than *room* bytes, with its ellipsis."""
    # Imported here: it takes a while, and hardly any payload is ever too large.
    clusters = importlib.import_module("regex").findall(r"\X", text)
    ends = list(accumulate(map(_size, clusters)))
    kept = bisect_right(ends, room - _size(_ELLIPSIS))
    return "".join(clusters[:kept]).rstrip() + _ELLIPSIS if kept else ""


def _size(text: str) -> int:
    return len(orjson.dumps(text)) - _QUOTES
