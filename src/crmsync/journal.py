"""The journal of events: what is to be created once at a platform, and how that goes.

Part of the ledger; it is all that a destination for events sees of it.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from crmsync.payloads import Fields
from crmsync.receipts import Outcome, Problem
from crmsync.state import EventLine


class Change(NamedTuple):
    """A record of which something that events tell of is new.

    Attributes:
        sync: The sync that read it.
        source: The CRM account's name in the configuration.
        object: The CRM's object.
        modified_at: When the CRM last changed it, epoch milliseconds; 0 where unknown.
        new: Its mapped values now; of the watched fields (`EventRules`) a null for each that is
            mapped and empty.
        old: Its mapped values when it was last noted, likewise; None at the first sight of it. A
            watched field that either does not have is no change.
        first_pass: Whether the sync has never read everything yet.
        again: Whether its last event was refused, or one is parked, and is tried once more.
        began: When the first pass began, epoch milliseconds; 0 where unknown, or after it.
    """

    sync: str
    source: str
    object: str
    record_id: str
    modified_at: int
    new: Fields
    old: Fields | None
    first_pass: bool
    again: bool = False
    began: int = 0


class Unsent(NamedTuple):
    """Why a change is no event: FILTERED, SKIPPED, UNCHANGED or INVALID, with the reasons."""

    outcome: Outcome
    problems: tuple[Problem, ...] = ()


class Journal(Protocol):
    """Lines of events by their destination's name, and what destinations note.

    Each write is one transaction, durable when the call returns. Safe to use from several
    threads of one process. Raises LedgerError where the store fails; nothing is half written
    then.
    """

    @abstractmethod
    def journal(self, destination: str, lines: Sequence[EventLine]) -> None:
        """Write lines of events, new ones and those that came to another phase.

        The outcome of a line's record follows its last line: ACCEPTED, REJECTED (which enters
        quarantine), UNKNOWN or PENDING; but a record that is neither PENDING nor UNKNOWN has come
        to something else since, and stays as it is.
        """

    @abstractmethod
    def open_leads(self, destination: str, *, after: str = "", limit: int = 100) -> list[str]:
        """Leads with events that are not settled, sorted, those after *after*."""

    @abstractmethod
    def open_events(self, destination: str, leads: Sequence[str]) -> list[EventLine]:
        """The lines of these leads that are not settled, in the order they are created in.

        That is by lead, what was sent before what was not, by order; but no line of a record
        comes before, or has a lower order than, one of it that was journaled earlier.
        """

    @abstractmethod
    def settled_events(self, destination: str, leads: Sequence[str]) -> list[EventLine]:
        """The lines of these leads that the platform has, the most recent first."""

    @abstractmethod
    def last_settled(self, destination: str, leads: Sequence[str]) -> EventLine | None:
        """The most recent of the lines of these leads that the platform has."""

    @abstractmethod
    def event(self, destination: str, tag: str) -> EventLine | None:
        """One line."""

    @abstractmethod
    def events_of(self, sync: str, record_id: str) -> list[EventLine]:
        """Every line of one record, oldest first, for `explain`."""

    @abstractmethod
    def uncertain_events(self, sync: str) -> list[EventLine]:
        """The lines of a sync that are SENDING, UNKNOWN or PARKED, oldest first."""

    @abstractmethod
    def recall(self, destination: str, names: Sequence[str]) -> dict[str, str]:
        """What was noted for a destination under these names; unknown ones are absent."""

    @abstractmethod
    def note(self, destination: str, notes: Mapping[str, str]) -> None:
        """Note what a destination wants to know again: a text under each name."""
