"""Which record is nasty, and how: chosen from its own draws, by rates."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import TypeAlias

from crmsync.sandbox.hubspot.making import Draws, Properties

Apply: TypeAlias = Callable[[Properties, Draws], None]
Table: TypeAlias = Mapping[str, tuple[float, Apply]]
"""Kind to its share of all records, and what it does to a sound one."""


def nothing(made: Properties, draws: Draws) -> None:
    """For a kind that shows in another record, or between two."""


class Nasty:
    """Chooses and makes nasty records of one object; a record has at most one kind."""

    def __init__(self, table: Table, factor: float) -> None:
        rates = [rate for rate, _ in table.values()]
        scale = 65536 * min(factor, 1 / sum(rates))
        self._table = table
        self._kinds = tuple(table)
        self._bounds = list(accumulate(rate * scale for rate in rates))

    def kind(self, draws: Draws) -> str | None:
        """The record's kind, None for a sound one."""
        chosen = bisect_right(self._bounds, draws[31])
        return self._kinds[chosen] if chosen < len(self._kinds) else None

    def apply(self, kind: str, made: Properties, draws: Draws) -> None:
        """Make a sound record one of that kind, in place."""
        self._table[kind][1](made, draws)
