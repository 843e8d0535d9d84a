"""Counts of records in words, and how they divide a bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from crmsync.showing.text import number

_VISIBLE: Final = 0.7
"""Per cent of a bar: less could not be seen."""


class Share(NamedTuple):
    """One part of a bar.

    Attributes:
        start: Where it begins, in per cent of the bar's width.
        width: In per cent of the bar's width.
    """

    name: str
    records: int
    start: float
    width: float


def divided(counts: Mapping[str, int]) -> tuple[Share, ...]:
    """The parts of a bar, in the counts' order. The smallest are wider than true, to be seen."""
    total = sum(counts.values())
    shares = {name: max(_VISIBLE, 100 * count / total) for name, count in counts.items() if count}
    scale = 100 / (sum(shares.values()) or 1)
    found: list[Share] = []
    start = 0.0
    for name, share in shares.items():
        width = share * scale
        found.append(Share(name, counts[name], round(start, 3), round(width, 3)))
        start += width
    return tuple(found)


def books(counts: Mapping[str, Any]) -> str:
    """What was read, against the CRM's own count; *counts* as a report has them."""
    total, read = counts["source_total"], counts["read"]
    if total is None:
        return f"{number(read)} read; the CRM gives no count of its own"
    if total == read:
        return f"{number(read)} read, as many as the CRM counts"
    return f"{number(read)} read, the CRM counts {number(total)}"
