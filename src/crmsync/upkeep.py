"""What is taken out of a ledger: single records for good, and what is older than it is to be kept.

Part of the ledger.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from crmsync.state import DeliveryWrite, EventLine
from crmsync.values import Value


class Erasure(Value):
    """What is to be erased of records of one sync.

    Attributes:
        records: Their ids. Of each nothing stays but that it was forgotten (`state.FORGOTTEN`).
        keys: Keys that no record gives anything to after that; what was delivered goes, too.
        shared: What is to be known of keys that others still give to; the sync owes those that
            are UNCERTAIN.
        notes: Names of the destination's notes that go.
        values: Texts that a run's report must not quote.
    """

    sync: str
    destination: str
    at: datetime
    records: Sequence[str]
    keys: Sequence[str] = ()
    shared: Sequence[DeliveryWrite] = ()
    notes: Sequence[str] = ()
    values: Sequence[str] = ()


class Upkeep(Protocol):
    """Taking things out. Each call is one transaction, durable when it returns."""

    @abstractmethod
    def erase(self, erasure: Erasure) -> None:
        """Erase records, their events and refused payloads, so that no byte of them stays.

        Events that may have arrived are erased likewise: the caller asks for them before, and
        holds the locks of the sync and the destination. A ledger in a file is written anew, which
        takes a time and room on the disk that grow with it; on a server the rows are gone, and
        their bytes as soon as it has cleaned up. Erasing again what is erased is nothing.

        Raises:
            LedgerError: Nothing was erased; or, where it says so, the file was not written anew.
        """

    @abstractmethod
    def notes(self, destination: str) -> list[tuple[str, str]]:
        """Everything that is noted for a destination, (name, text), by name."""

    @abstractmethod
    def purge(self, before: datetime) -> int:
        """Delete the reports of runs that began before a moment; gives how many runs.

        The newest run stays, and of each sync its last report. Where there is nothing to delete,
        nothing is written. Ids begin with the second in which their runs did.
        """

    @abstractmethod
    def aged(self, destination: str, before: datetime) -> Iterator[EventLine]:
        """Events that are ACCEPTED since before a moment and not shortened, as they arrived."""

    @abstractmethod
    def shorten(self, destination: str, bodies: Mapping[str, bytes]) -> None:
        """Keep other bodies of events that are ACCEPTED, by their tags; their reason says so."""
