"""Which of the leads with open events are one lead under several ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from crmsync.destinations.atoka.caching import LeadNotes
from crmsync.destinations.atoka.encoding import Entry, unpack
from crmsync.journal import Journal
from crmsync.state import Phase


class Kin(NamedTuple):
    """One lead.

    Attributes:
        names: Every id of it that is known, from its events and from what was noted of leads.
        entries: Its open events in the order that they are created in; each has these names.
    """

    names: tuple[str, ...]
    entries: tuple[Entry, ...]


class _Names:
    """Ids, those of one lead together."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, None]] = {}

    def join(self, names: Iterable[str]) -> None:
        together: dict[str, None] = {}
        for name in names:
            together |= self.of.get(name, {name: None})
        for name in together:
            self.of[name] = together


def kin_of(journal: Journal, destination: str, leads: Sequence[str]) -> list[Kin]:
    """These leads with their open events, and with those that stand under their other ids."""
    notes, names = LeadNotes(journal, destination), _Names()
    entries: list[Entry] = []
    read: set[str] = set()
    fresh = list(dict.fromkeys(leads))
    while fresh:
        for clue, lead in notes.known([f"id:{name}" for name in fresh]).items():
            names.join((clue.removeprefix("id:"), lead.id, *lead.aliases))
        for line in journal.open_events(destination, fresh):
            entry = unpack(line, 0)
            names.join((line.lead, *entry.intent.event.aliases))
            entries.append(entry)
        read.update(fresh)
        fresh = [name for name in names.of if name not in read]
    together: dict[int, list[Entry]] = {}
    for entry in entries:
        together.setdefault(id(names.of[entry.line.lead]), []).append(entry)
    return [_kin(tuple(names.of[some[0].line.lead]), some) for some in together.values()]


def _kin(names: tuple[str, ...], entries: list[Entry]) -> Kin:
    # Of one id they stand in order; the sort keeps that where places are equal.
    entries.sort(key=lambda entry: (entry.line.phase is Phase.PLANNED, entry.line.order))
    return Kin(names, tuple(_named(entry, names) for entry in entries))


def _named(entry: Entry, names: Iterable[str]) -> Entry:
    """The entry, its event with every id of its lead."""
    event = entry.intent.event
    missing = tuple(name for name in names if name not in (event.lead, *event.aliases))
    if not missing:
        return entry
    event = replace(event, aliases=event.aliases + missing)
    return entry._replace(intent=replace(entry.intent, event=event))
