"""Strict JSON: what a page's bytes must be, and what was found where they are not."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

import orjson

from crmsync.errors import RetryableError
from crmsync.transport.redaction import safe

_TITLE: Final = re.compile(rb"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_CUT: Final = ("unexpected end of data", "EOF", "unclosed string")
_INT64, _UINT64 = -(2**63), 2**64
_MAX_DIGITS: Final = 20
_MAX_KEYS: Final = 2**62
_PLAIN: Final = frozenset({str, int, bool, type(None)})


class MalformedError(RetryableError):
    """An answer that should be JSON and is not: a proxy's page, a cut body. Ask again.

    Attributes:
        found: What was there instead, for people.
    """

    def __init__(self, found: str) -> None:
        super().__init__(
            f"expected JSON, got {found}",
            hint="if it stays so, check base_url and what stands between (a proxy, a login page)",
            maybe_delivered=True,
        )
        self.found = found


def loads(body: bytes, *, exact: bool = False) -> object:
    """Parse a whole JSON document.

    NaN, infinities, invalid UTF-8, byte order marks, lone surrogates, control characters in
    strings, nesting beyond 1,024 levels and anything after the document are refused. A key
    that stands twice keeps its last value and integers beyond 64 bits become floats, unless
    *exact* is set: then both are refused too. What is written again as it came has lost
    nothing, and most answers are: that takes a quarter of the time of parsing. Else the keys
    of the bytes and of what was made of them are counted; only where the counts differ (a text
    may hold what looks like a key) is the body parsed again, slowly.

    Raises:
        MalformedError: It is no such document; the message says what was found.
    """
    try:
        document: object = orjson.loads(body)
        if exact and not (_comes_back(document, body) or body.count(b'":') == _keys([document])):
            json.loads(body, object_pairs_hook=_unique, parse_int=_int64)
    except (ValueError, RecursionError) as error:
        _raise_malformed(body, error)
    return document


def _comes_back(document: object, body: bytes) -> bool:
    """Whether a document is written byte for byte as it was read."""
    try:
        return orjson.dumps(document) == body
    except orjson.JSONEncodeError:  # it nests deeper than orjson writes
        return False


def _keys(value: Any) -> int:
    """How many keys the objects in a list or object have, far below 0 where a number is too big."""
    count = 0
    inside = value
    if value.__class__ is dict:
        count, inside = len(value), value.values()
    if _PLAIN.issuperset(map(type, inside)):
        return count  # as a record's properties are: nothing to go into
    for one in inside:
        kind = one.__class__
        if kind is dict or kind is list:
            count += _keys(one)
        elif kind is float and not _INT64 < one < _UINT64:
            return -_MAX_KEYS
    return count


def _raise_malformed(body: bytes, error: Exception) -> NoReturn:
    raise MalformedError(_found(body, error)) from None  # the cause would hold the whole body


def _found(body: bytes, error: Exception) -> str:
    start = body[:512].lstrip()
    if not start:
        return "an empty body"
    if start.startswith(b"<"):
        title = _TITLE.search(body[:4096])
        named = f" titled '{safe(title[1].decode('utf-8', 'replace').strip())}'" if title else ""
        return f"an HTML or XML page{named}"
    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    if any(sign in reason for sign in _CUT):
        return f"JSON cut off after {len(body):,} bytes"
    return f"something else ({safe(reason)})"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key '{safe(twice)}' stands twice in one object")
    return found


def _int64(digits: str) -> int:
    if len(digits) > _MAX_DIGITS or not _INT64 <= int(digits) < _UINT64:
        raise ValueError(f"an integer of {len(digits.lstrip('-'))} digits, beyond 64 bits")
    return int(digits)
