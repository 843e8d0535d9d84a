"""The leads that have something open: a queue of events each, of which only the first moves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from crmsync.destinations.atoka.encoding import Entry
from crmsync.destinations.atoka.kinship import Kin, kin_of
from crmsync.destinations.atoka.reconcile import Rules, resumed
from crmsync.journal import Journal
from crmsync.state import EventLine, Phase

AT_ONCE: Final = 500
"""Leads that are held at once: what an uncertain one waits for holds up none of the others."""
_STRETCH: Final = 100


class Queues:
    """Takes leads out of the journal, a stretch at a time, in their order.

    A lead is called by one of its ids; what stands in the journal under its others is in the
    same queue.

    Attributes:
        ready: Leads whose first event is to be sent.
        unsure: Leads whose first event may have arrived.
        days: The day of each lead's most recent event, for those of which somebody wrote it
            here; forgotten with the lead.
    """

    def __init__(self, journal: Journal, destination: str, rules: Rules) -> None:
        self.ready: deque[str] = deque()
        self.unsure: dict[str, None] = {}
        self._journal = journal
        self._destination = destination
        self._rules = rules
        self.days: dict[str, date | None] = {}
        self._queues: dict[str, deque[Entry]] = {}
        self._called: dict[str, str] = {}
        self._left: set[str] = set()
        self._after: str | None = ""

    def fill(self, now: datetime) -> list[EventLine]:
        """Take more leads, as far as there is room.

        Gives the lines that are new by that, to be made durable before anything is sent: what
        an earlier run was sending is uncertain from now on.
        """
        renewed: list[EventLine] = []
        while self._after is not None and len(self._queues) < AT_ONCE:
            leads = self._journal.open_leads(self._destination, after=self._after, limit=_STRETCH)
            self._after = leads[-1] if len(leads) == _STRETCH else None
            renewed += self._read(leads, now)
        return renewed

    def _read(self, leads: list[str], now: datetime) -> Iterator[EventLine]:
        new = [lead for lead in leads if lead not in self._called]
        for kin in kin_of(self._journal, self._destination, new):
            yield from self._take(kin, now)

    def _take(self, kin: Kin, now: datetime) -> Iterator[EventLine]:
        """Queue what a lead has open, behind what stands there under another of its ids."""
        known = [self._called[name] for name in kin.names if name in self._called]
        entries = [one for one in kin.entries if one.line.lead not in self._called]
        if not entries:
            return
        called = known[0] if known else entries[0].line.lead
        self._called |= {entry.line.lead: called for entry in entries}
        if not self._left.isdisjoint(known):
            self._left.add(called)
            return
        queue = self._queues.setdefault(called, deque())
        waits = bool(queue)
        for entry in entries:
            intent = resumed(replace(entry.intent, order=len(queue)), now, self._rules)
            line = entry.line
            if intent.phase is not Phase.PLANNED:
                line = entry.renewed(intent, now).line
                yield line
            queue.append(Entry(line, intent, entry.moment))
        if not waits:
            self.sort(called)

    def head(self, lead: str) -> Entry:
        """The event of a lead that moves."""
        return self._queues[lead][0]

    def put(self, lead: str, entry: Entry) -> None:
        """The first event of a lead, renewed."""
        self._queues[lead][0] = entry

    def waiting(self, lead: str) -> list[Entry]:
        """The events of a lead behind the first."""
        return list(self._queues[lead])[1:]

    def resend(self, lead: str) -> None:
        """The first event of a lead was looked for in vain, and is to be sent once more."""
        self.unsure.pop(lead)
        self.ready.append(lead)

    def next(self, lead: str) -> None:
        """The first event of a lead is settled."""
        self._queues[lead].popleft()
        self.sort(lead)

    def refuse(self, lead: str, waiting: list[Entry]) -> None:
        """The first event of a lead is settled, and of the others only these still wait."""
        self._queues[lead] = deque(waiting)
        self.sort(lead)

    def leave(self, lead: str) -> None:
        """Nothing more is done about a lead in this run."""
        self.unsure.pop(lead, None)
        self.days.pop(lead, None)
        if self._queues.pop(lead, None):
            self._left.add(lead)

    def sort(self, lead: str) -> None:
        """Put a lead where its first event belongs; forget it where it has none."""
        self.unsure.pop(lead, None)
        if not self._queues[lead]:
            self.leave(lead)
        elif self.head(lead).intent.phase is Phase.PLANNED:
            self.ready.append(lead)
        else:
            self.unsure[lead] = None
