"""Leads that were found, kept in the journal for later runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence

import orjson
from typing_extensions import override

from crmsync.destinations.atoka.encoding import unpack
from crmsync.destinations.atoka.leads import CACHED, Lead, cached_under
from crmsync.destinations.atoka.making import told_by
from crmsync.journal import Journal
from crmsync.payloads import Fields
from crmsync.state import EventLine


class LeadNotes(MutableMapping[str, Lead]):
    """Leads by clue, as `leads.Leads` keeps them; each is looked up in the journal once a run.

    What is forgotten is noted as an empty text.
    """

    def __init__(self, journal: Journal, destination: str) -> None:
        self._journal = journal
        self._destination = destination
        self._held: dict[str, Lead] = {}

    @override
    def __getitem__(self, clue: str) -> Lead:
        if clue not in self._held:
            self._held |= self.known([clue])
        return self._held[clue]

    def known(self, clues: Sequence[str]) -> dict[str, Lead]:
        """What is noted under these clues, read from the journal at once."""
        told = self._journal.recall(self._destination, clues)
        return {clue: _lead(text) for clue, text in told.items() if text}

    @override
    def __setitem__(self, clue: str, lead: Lead) -> None:
        self._held[clue] = lead
        self._journal.note(self._destination, {clue: orjson.dumps(list(lead)).decode()})

    @override
    def __delitem__(self, clue: str) -> None:
        if self.get(clue) is None:
            raise KeyError(clue)
        del self._held[clue]
        self._journal.note(self._destination, {clue: ""})

    def forget(self, names: Iterable[str]) -> None:
        """Forget a lead that Atoka does not know any more, by every id: it is looked up anew."""
        for name in names:
            self.pop(f"id:{name}", None)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    @override
    def __len__(self) -> int:
        return len(self._held)


def about(fields: Sequence[Fields], lines: Sequence[EventLine]) -> Callable[[str, str], bool]:
    """Whether a note is of a lead that events were about, or of a clue that a record has."""
    leads = {line.lead for line in lines}
    leads |= {name for line in lines for name in unpack(line, 0).intent.event.aliases}
    clues = {f"id:{lead}" for lead in leads}
    for one in fields:
        clues.update(cached_under(told_by(one)))

    def concerns(name: str, text: str) -> bool:
        if name in clues:
            return True
        lead = _lead(text) if text and name.startswith(CACHED) else None
        return lead is not None and not leads.isdisjoint((lead.id, *lead.aliases))

    return concerns


def _lead(text: str) -> Lead:
    number, aliases, found_by = orjson.loads(text)
    return Lead(number, tuple(aliases), found_by)
