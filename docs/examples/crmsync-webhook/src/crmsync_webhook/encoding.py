"""A record's values to the bytes that are sent, and back."""

from __future__ import annotations

import orjson

from crmsync.payloads import Fields


def encode(fields: Fields) -> bytes:
    """One JSON object, UTF-8, its keys sorted: equal values are equal bytes. A None is null."""
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def decode(body: bytes) -> dict[str, object]:
    """The values of an encoded record, nulls as None."""
    document: dict[str, object] = orjson.loads(body)
    return document
