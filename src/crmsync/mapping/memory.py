"""A memory of what a function gave, for columns in which values come back all the time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, TypeVar

Given = TypeVar("Given", bound=Hashable)
Made = TypeVar("Made")

_REMEMBERED: Final = 2048
_LONGEST: Final = 200
"""Characters of what is remembered: nobody fills the memory with a few long texts."""


class Memory(dict[Given, Made]):
    """What a pure function gave for each value: `memory[value]` asks it where that is not known.

    Of more than `most` values it begins anew, and long ones are not kept, so that it stays small.
    Equal values are one: do not give it 1 and true. What it gives must not be changed.
    """

    def __init__(self, function: Callable[[Given], Made], most: int = _REMEMBERED) -> None:
        super().__init__()
        self.most = most
        self._function = function

    def __missing__(self, value: Given) -> Made:
        made = self._function(value)
        self.learn(value, made)
        return made

    def learn(self, value: Given, made: Made) -> None:
        """Remember what the function gives for a value, where that is known without asking it."""
        if _length(value) <= _LONGEST:
            if len(self) >= self.most:
                self.clear()
            self[value] = made


def _length(value: object) -> int:
    """Characters of a text, or of all the texts in a tuple."""
    if isinstance(value, tuple):
        return sum(map(_length, value))
    return len(value) if isinstance(value, str | bytes) else 0
