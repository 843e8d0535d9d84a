"""The ids of an export's rows: each must be there, and be no other row's."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Mapping
from typing import Final

from crmsync.sources.file.settings import FileSettings

_EXACT: Final = 2**53
"""From here on a JSON number with a fraction, or one of too many digits, stands for many ids."""
_ROUNDED: Final = re.compile(r"\d[.,]\d+E\+\d+")
_PARTS: Final = 256
_NAMED_FAULTS: Final = 5


def id_of(row: Mapping[str, object], settings: FileSettings) -> str:
    """A row's id as text; empty where it has none."""
    value = row.get(settings.id_column)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)  # a spreadsheet's 17.0
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def is_rounded(key: str) -> bool:
    """Whether an id is what a spreadsheet makes of a long number: 1.23457E+11."""
    return _ROUNDED.fullmatch(key) is not None


class Ids:
    """Tells whether an id came twice, by eight bytes an id."""

    def __init__(self) -> None:
        self._parts = [array("q") for _ in range(_PARTS)]

    def add(self, key: str) -> None:
        """Note an id; an empty one is passed over."""
        if key:
            number = hash(key)
            self._parts[number % _PARTS].append(number)

    def twice(self) -> frozenset[int]:
        """Hashes of the ids that came twice; two ids may have one hash."""
        found: set[int] = set()
        for part in self._parts:
            if len(set(part)) != len(part):
                found.update(number for number, times in Counter(part).items() if times > 1)
        return frozenset(found)


class Faults:
    """What is wrong with lines: the first few in words, of the others how many."""

    def __init__(self) -> None:
        self._first: list[tuple[int, str]] = []
        self._count = 0

    def add(self, line: int, what: str) -> None:
        """Note a line's fault."""
        self._first = sorted([*self._first, (line, what)])[:_NAMED_FAULTS]
        self._count += 1

    def __bool__(self) -> bool:
        return bool(self._count)

    def __str__(self) -> str:
        more = self._count - len(self._first)
        shown = "; ".join(f"line {line} {what}" for line, what in self._first)
        return shown + (f"; and {more} more" if more else "")
