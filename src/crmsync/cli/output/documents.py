"""JSON for programs: one document, or one line a value."""

from __future__ import annotations

import json
from typing import Final

import orjson

from crmsync.patterns import later

# JSON escapes the C0 controls only; the rest of what a terminal obeys or hides is escaped too.
_HIDDEN: Final = later("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def document(value: object) -> str:
    """A JSON document on several lines, without a line break at its end."""
    return _escaped(_dumps(value, indent=True))


def line(value: object) -> str:
    """A JSON document on one line."""
    return _escaped(_dumps(value, indent=False))


def _dumps(value: object, *, indent: bool) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0).decode()
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(value, indent=2 if indent else None, default=str)


def _escaped(text: str) -> str:
    if text.replace("\n", "").isprintable():  # as no hidden character is
        return text
    return _HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
