"""What a run is made of: one plan a sync, complete before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from crmsync.adapters import DestinationPlugin
from crmsync.interfaces import Destination, Mapper, Source
from crmsync.records import Query
from crmsync.reports import SyncReport
from crmsync.state import SyncState

_LAST_RANK = (9, 9)


@dataclass(frozen=True, kw_only=True)
class GuardLimits:
    """When a sync stops before it writes something suspicious.

    Attributes:
        empty: Whether a source that was full before and is empty now stops the sync.
        shortfall: The share of records that may be gone since the last full pass.
        blank: The share of records in which one field may go from a value to nothing.
        minimum: Below this many records neither share is judged.
    """

    empty: bool = True
    shortfall: float = 0.5
    blank: float = 0.5
    minimum: int = 20


@dataclass(frozen=True, kw_only=True)
class SyncPlan:
    """One sync, ready to run.

    Attributes:
        source: The source's name in the configuration.
        object: The source's object.
        destination: The destination's name in the configuration.
        plugin: The destination's kind: fields, limits, encoding.
        method: What the destination does with a key (`upsert`, `update`).
        on_delete: `ignore`, or `disable` what is archived, deleted and merged away.
        empties: Whether a key that no record gives anything to any more is disabled: any
            sync that feeds the destination asks for it. Else the order of syncs would tell.
        cleared: `null` sends a null once for a value that is gone, `omit` leaves it.
        full_every: Seconds after which a full pass is due.
        ranks: By sync name, (object rank, source priority) of every sync that feeds this
            destination; the lower wins when records are merged.
        mapped: The destination's fields that the mapping fills.
        patience: Seconds to wait for another sync that writes to the same destination.
        rules_toml: The effective mapping, for people.
    """

    name: str
    source: str
    object: str
    destination: str
    mapper: Mapper
    plugin: DestinationPlugin
    method: str
    on_delete: str = "ignore"
    empties: bool = False
    cleared: str = "null"
    full_every: float = 7 * 86400.0
    filter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guards: GuardLimits = field(default_factory=GuardLimits)
    ranks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    mapped: frozenset[str] = frozenset()
    patience: float = 300.0
    rules_toml: str = ""
    open_source: Callable[[], Source]
    open_destination: Callable[[], Destination]

    @property
    def disables(self) -> bool:
        """Whether what is gone in the CRM is disabled at the platform."""
        return self.on_delete == "disable"

    @property
    def stamp(self) -> str:
        """What a completed full pass is remembered by: the mapping, and what was selected."""
        return f"{self.mapper.digest}.{self._selection}"

    @property
    def _selection(self) -> str:
        wanted = sorted((name, sorted(values)) for name, values in self.filter.items())
        return blake2b(repr((self.object, wanted)).encode(), digest_size=8).hexdigest()

    def comparable(self, state: SyncState) -> bool:
        """Whether a read's size can be held against the last full pass: it selected the same."""
        return state.mapping.rpartition(".")[2] == self._selection

    def rank(self, sync: str) -> tuple[int, int]:
        """How a sync's records rank when they are merged; one not configured ranks last."""
        return self.ranks.get(sync, _LAST_RANK)

    def query(
        self, *, cursor: str | None = None, limit: int | None = None, ids: tuple[str, ...] = ()
    ) -> Query:
        """What this sync asks its source for."""
        return Query(
            object=self.object,
            paths=self.mapper.paths,
            cursor=cursor,
            deleted=self.disables,
            filter=self.filter,
            limit=limit,
            ids=ids,
        )


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a run was asked for.

    Attributes:
        full: Reread everything.
        limit: Read no more than this many records of each sync and leave the cursor alone.
        ids: Read only these records, and leave the cursor alone.
        force: Send also what was refused before, or is delivered already.
    """

    full: bool = False
    limit: int | None = None
    ids: tuple[str, ...] = ()
    force: bool = False

    @property
    def partial(self) -> bool:
        """Whether only some records are read, so that neither cursor nor guards are touched."""
        return self.limit is not None or bool(self.ids)


class Progress(Protocol):
    """Who is told how a run goes on. Called from one thread."""

    def sync_started(self, name: str, total: int | None) -> None:
        """A sync begins; *total* records are expected, None where that is not known."""

    def advanced(self, name: str, read: int, sent: int) -> None:
        """So many records are read, and payloads sent, so far."""

    def sync_finished(self, report: SyncReport) -> None:
        """A sync ended."""


class Silent:
    """Progress that nobody watches."""

    def sync_started(self, name: str, total: int | None) -> None:
        """Say nothing."""

    def advanced(self, name: str, read: int, sent: int) -> None:
        """Say nothing."""

    def sync_finished(self, report: SyncReport) -> None:
        """Say nothing."""
