"""What a read of events comes to, held until the whole read is judged."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from typing_extensions import override

from crmsync.engine.shelf import Settled
from crmsync.interfaces import Ledger
from crmsync.journal import Journal
from crmsync.state import DeliveryWrite, EventLine

_RECORDS_AN_EVENT = 10


class Judged(NamedTuple):
    """What a record of a page comes to.

    Attributes:
        settled: With the page's number still to be set.
        line: Its event, to be journaled.
        noted: What later changes are told from.
        tag: The event that its outcome follows; empty where it has one of its own.
    """

    settled: Settled
    line: EventLine | None = None
    noted: DeliveryWrite | None = None
    tag: str = ""


class HeldPage(NamedTuple):
    """A page that is judged and not stored.

    Attributes:
        cursor: As it is to be stored.
    """

    cursor: str
    judged: Sequence[Judged]


class HeldPages:
    """The pages of a read, in order, until they are taken out.

    Args:
        most: Events that are held at most; records ten times as many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._pages: deque[HeldPage] = deque()
        self._events = self._records = 0

    def __len__(self) -> int:
        return len(self._pages)

    def add(self, page: HeldPage) -> None:
        """Hold one more."""
        self._pages.append(page)
        self._records += len(page.judged)
        self._events += sum(one.line is not None for one in page.judged)

    @property
    def full(self) -> bool:
        """Whether more is held, or was, than is to be."""
        return self._events > self._most or self._records > self._most * _RECORDS_AN_EVENT

    def first(self) -> HeldPage:
        """Take out the first."""
        return self._pages.popleft()


class HeldJournal(Journal):
    """The ledger's journal, and the lines that are to be stored there."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: dict[str, EventLine] = {}
        self._of: dict[tuple[str, str], dict[str, EventLine]] = {}

    def hold(self, line: EventLine) -> None:
        """One more line that is to be stored."""
        self._held[line.tag] = line
        self._of.setdefault((line.sync, line.record_id), {})[line.tag] = line

    def stored(self) -> None:
        """The ledger has them all."""
        self._held.clear()
        self._of.clear()

    @override
    def event(self, destination: str, tag: str) -> EventLine | None:
        return self._held.get(tag) or self._ledger.event(destination, tag)

    @override
    def events_of(self, sync: str, record_id: str) -> list[EventLine]:
        lines = {line.tag: line for line in self._ledger.events_of(sync, record_id)}
        lines.update(self._of.get((sync, record_id), {}))
        return list(lines.values())

    @override
    def journal(self, destination: str, lines: Sequence[EventLine]) -> None:
        self._ledger.journal(destination, lines)

    @override
    def open_leads(self, destination: str, *, after: str = "", limit: int = 100) -> list[str]:
        return self._ledger.open_leads(destination, after=after, limit=limit)

    @override
    def open_events(self, destination: str, leads: Sequence[str]) -> list[EventLine]:
        return self._ledger.open_events(destination, leads)

    @override
    def settled_events(self, destination: str, leads: Sequence[str]) -> list[EventLine]:
        return self._ledger.settled_events(destination, leads)

    @override
    def last_settled(self, destination: str, leads: Sequence[str]) -> EventLine | None:
        return self._ledger.last_settled(destination, leads)

    @override
    def uncertain_events(self, sync: str) -> list[EventLine]:
        return self._ledger.uncertain_events(sync)

    @override
    def recall(self, destination: str, names: Sequence[str]) -> dict[str, str]:
        return self._ledger.recall(destination, names)

    @override
    def note(self, destination: str, notes: Mapping[str, str]) -> None:
        self._ledger.note(destination, notes)
