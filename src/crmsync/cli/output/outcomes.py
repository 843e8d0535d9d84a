"""What a dry run's counts mean in words, and how they divide a bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from crmsync.cli.output.text import number
from crmsync.showing.counts import books, divided

MEANINGS: Final = {
    "create": ("Create", "new to the platform"),
    "change": ("Change", "differ from what was delivered"),
    "unchanged": ("Unchanged", "already there, exactly so"),
    "merged": ("Merged", "go out with a record of the same key"),
    "filtered": ("Filtered", "left out by the sync's filter"),
    "skipped": ("Skipped", "lack what the platform identifies by"),
    "invalid": ("Invalid", "refused, kept in quarantine"),
}
"""By action, in the order of the counts: its name, and what is true of these records."""

ATTENTION: Final = ("invalid", "skipped", "change", "create", "merged", "filtered", "unchanged")
"""The order that a person wants to see records in."""

_TROUBLE: Final = {
    "guarded": "A guard would stop this run",
    "temporary": "Cut short for now",
    "locked": "This sync is running already",
    "failed": "The preview failed",
}
# Per cent of the bar: a narrower part holds no number.
_LABELLED: Final = 9.0


class Tile(NamedTuple):
    """One count."""

    action: str
    name: str
    meaning: str
    records: int


class Segment(NamedTuple):
    """One part of the bar.

    Attributes:
        start: Where it begins, in per cent of the bar's width.
        width: In per cent of the bar's width.
        labelled: Whether its number fits into it.
    """

    action: str
    name: str
    records: int
    start: float
    width: float
    labelled: bool


def tiles(changes: Mapping[str, int]) -> tuple[Tile, ...]:
    """Every count, zeros too."""
    return tuple(Tile(action, *_meaning(action), count) for action, count in changes.items())


def segments(changes: Mapping[str, int]) -> tuple[Segment, ...]:
    """The parts of a bar, in the counts' order. The smallest are wider than true, to be seen."""
    return tuple(
        Segment(
            part.name,
            _meaning(part.name)[0],
            part.records,
            part.start,
            part.width,
            labelled=part.width >= _LABELLED,
        )
        for part in divided(changes)
    )


def headline(sync: Mapping[str, Any]) -> str:
    """What a run would do, in a sentence."""
    changes = sync["changes"]
    if not sum(changes.values()):
        return "No records to look at."
    verbs = [f"{verb} {number(changes[verb])}" for verb in ("create", "change") if changes[verb]]
    last = changes["change"] or changes["create"]
    does = f"{' and '.join(verbs)} {_noun(last)}" if verbs else "send nothing"
    return f"{_opening(sync)} would {does}."


def remainder(sync: Mapping[str, Any]) -> str:
    """What a run would leave behind, in a sentence; empty where that is nothing."""
    behind = sync["changes"]["skipped"] + sync["changes"]["invalid"]
    return f"{number(behind)} would stay behind." if behind else ""


def _noun(count: int) -> str:
    return "record" if count == 1 else "records"


def _opening(sync: Mapping[str, Any]) -> str:
    if not sync["error"]:
        return "A run"
    return "But for a guard, a run" if sync["status"] == "guarded" else "As far as was read, a run"


def trouble(sync: Mapping[str, Any]) -> tuple[str, str] | None:
    """What a person must know before anything else: a title, and what to do."""
    if sync["error"]:
        return _TROUBLE.get(sync["status"], "The preview ended early"), sync["error"]
    if not sync["balanced"]:
        return "The books do not balance", books(sync["counts"])
    return None


def _meaning(action: str) -> tuple[str, str]:
    return MEANINGS.get(action, (action.capitalize(), ""))
