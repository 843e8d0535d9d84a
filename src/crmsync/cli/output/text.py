"""Lines text from elsewhere up in columns, safe to show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final
from unicodedata import combining, east_asian_width

from crmsync.showing.text import number, safe

__all__ = ["columns", "number", "safe", "width"]

_GAP: Final = "  "


def columns(head: Sequence[str], rows: Sequence[Sequence[object]], *, limit: int = 60) -> str:
    """A table of plain text; columns that hold numbers alone are set to the right."""
    cells = [[safe(name) for name in head]]
    cells += [[_cell(value, limit) for value in row] for row in rows]
    right = [
        all(isinstance(value, int | float | None) for value in column)
        for column in zip_longest(*rows)
    ] or [False] * len(head)
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(row, widths, right) for row in cells)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in text)


def _cell(value: object, limit: int) -> str:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return number(value) if is_count or value is None else safe(value, limit=limit)


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for text, size, is_right in zip(row, widths, right, strict=True):
        blank = " " * (size - width(text))
        parts.append(blank + text if is_right else text + blank)
    return _GAP.join(parts).rstrip()
