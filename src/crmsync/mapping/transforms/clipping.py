"""Clipping: shortening text to what a platform counts, never inside a character."""

from __future__ import annotations

import importlib
import unicodedata
from functools import cache
from typing import Any, Final

ELLIPSIS: Final = "…"
_BYTES_A_UNIT: Final = 2


def units(text: str) -> int:
    """UTF-16 code units of a text: what JavaScript and Java call its length."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // _BYTES_A_UNIT


def fits(text: str, limit: int) -> bool:
    """Whether a text has at most so many UTF-16 code units."""
    return 2 * len(text) <= limit or (len(text) <= limit and units(text) <= limit)


def clip_text(text: str, limit: int) -> str:
    """Shorten a text to at most so many UTF-16 code units, in NFC.

    It is cut between graphemes (what a reader sees as one character), and ends in an
    ellipsis. A limit that not even the first grapheme fits leaves the ellipsis alone.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if fits(text, limit):
        return text
    room = limit - len(ELLIPSIS)
    # Every grapheme has at least one unit, so nothing behind `limit` can be kept.
    end = room if text.isascii() else _boundary(text[: limit + 1], room)
    return text[:end].rstrip() + ELLIPSIS


def _boundary(text: str, room: int) -> int:
    around = text[room - 1 : room + 1] if room else ""
    if around.isascii() and around.isprintable() and units(text[:room]) == room:
        return room  # two letters of ASCII are always two graphemes
    end = 0
    for grapheme in _graphemes().finditer(text):
        room -= units(grapheme.group())
        if room < 0:
            break
        end = grapheme.end()
    return end


@cache
def _graphemes() -> Any:
    # Loaded at the first text that needs it: the module is large, most text is plain.
    return importlib.import_module("regex").compile(r"\X")
