"""What a run is made of: one plan a sync, complete before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from hashlib import blake2b
from threading import Lock
from typing import Protocol

from crmsync.adapters import DestinationPlugin
from crmsync.errors import Guard
from crmsync.interfaces import Destination, EventDestination, Source
from crmsync.mapper import Mapped, Mapper
from crmsync.payloads import Limits
from crmsync.records import Query, Record
from crmsync.reports import SyncReport
from crmsync.state import SyncState
from crmsync.values import Value

_LAST_RANK = (9, 9)


class GuardLimits(Value):
    """When a sync stops before it writes something suspicious.

    Attributes:
        empty: Whether a source that was full before and is empty now stops the sync.
        shortfall: The share of records that may be gone since the last full pass.
        blank: The share of records in which one field may go from a value to nothing.
        fields: The same for single fields, in place of `blank`.
        disable: The share of delivered records that may be disabled by one run.
        change: The share of keys that another mapping may give other values to.
        minimum: Below this many records no share is judged.
    """

    empty: bool = True
    shortfall: float = 0.5
    blank: float = 0.5
    fields: Mapping[str, float] = field(default_factory=dict)
    disable: float = 0.5
    change: float = 1.0
    minimum: int = 20

    def blank_of(self, name: str) -> float:
        """The share of records in which that field may go blank."""
        return self.fields.get(name, self.blank)


class SyncPlan(Value):
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
        held: Where a key takes one record only: so many payloads at most wait for the read's
            end, since a record still to come may claim the key of one.
        linger: So many records at most are read while a payload waits for its batch to be full: it
            holds the cursor, and a run that is cut off again and again would come no further.
        rules_toml: The effective mapping, for people.
        tenant: Gives what tells the platform's account from every other, without secrets; empty
            where nothing does. May raise ConfigError: a reference cannot be looked up.
        open_events: For a platform that takes events; it is used instead of `open_destination`.
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
    held: int = 10_000
    linger: int = 5_000
    rules_toml: str = ""
    tenant: Callable[[], str] = str
    open_source: Callable[[], Source]
    open_destination: Callable[[], Destination]
    open_events: Callable[[], EventDestination] | None = None

    @property
    def once(self) -> bool:
        """Whether what may have arrived must not be sent again (`DestinationPlugin.once`)."""
        return self.method in self.plugin.once

    @property
    def limits(self) -> Limits:
        """What one request holds.

        What is sent once goes alone: of a batch that is refused nobody could tell which payloads
        were taken all the same.
        """
        limits = self.plugin.limits
        return replace(limits, max_payloads=1) if self.once else limits

    @property
    def open_platform(self) -> Callable[[], Destination | EventDestination]:
        """What opens the platform's account, whatever it takes."""
        return self.open_events or self.open_destination

    def map_page(self, records: Sequence[Record]) -> Sequence[Mapped]:
        """Map live records.

        What is sent once tells of one record, and is no part of what a key holds: so nothing is
        merged, and its key in the ledger names the record, too.
        """
        found = self.mapper.map_page(records)
        if not self.once:
            return found
        return [
            one if one.key is None else one._replace(key=f"{one.key} ({self.name} {record.id})")
            for record, one in zip(records, found, strict=True)
        ]

    def map_each(self, records: Sequence[Record]) -> Sequence[Mapped | None]:
        """Map a page's records, as `map_page` does; None stands for one that is gone in the CRM."""
        live = [record for record in records if not record.deleted]
        if len(live) == len(records):
            return self.map_page(records)
        each = iter(self.map_page(live))
        return [None if record.deleted else next(each) for record in records]

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


class RunOptions(Value):
    """How a run was asked for.

    Attributes:
        full: Reread everything.
        limit: Read no more than this many records of each sync and leave the cursor alone.
        ids: Read only these records, and leave the cursor alone.
        force: Send also what was refused before, or is delivered already (but never again what
            must arrive once at most, and has).
        doubted: Send also what must arrive once at most, and may have: a person has decided so.
        allowed: Guards that stop nothing in this run: a person has looked.
        keep: Seconds after which reports and the text of events are deleted, when the run has
            ended; None keeps them.
    """

    full: bool = False
    limit: int | None = None
    ids: tuple[str, ...] = ()
    force: bool = False
    doubted: bool = False
    allowed: frozenset[Guard] = frozenset()
    keep: float | None = None

    @property
    def partial(self) -> bool:
        """Whether only some records are read, so that neither cursor nor guards are touched."""
        return self.limit is not None or bool(self.ids)

    def of(self, total: int | None) -> int:
        """How many of *total* records are wanted at most; 0 where that is not known."""
        wanted = total or 0
        return wanted if self.limit is None else min(wanted, self.limit)


class Progress(Protocol):
    """Who is told how a run goes on: several syncs may, side by side.

    One call at a time, but for the first and the last of a sync: these come from the sync's own
    thread, while it holds nothing, and may take their time.
    """

    def sync_begins(self, name: str) -> None:
        """A sync is about to begin."""

    def sync_started(self, name: str, total: int | None) -> None:
        """A sync begins; *total* records are expected, None where that is not known."""

    def estimated(self, name: str, payloads: int, seconds: float) -> None:
        """So many payloads are to be sent, as far as is known, and take at least so long."""

    def advanced(self, name: str, read: int, sent: int) -> None:
        """So many records are read, and payloads sent, so far."""

    def sync_finished(self, report: SyncReport) -> None:
        """A sync ended."""

    def sync_stored(self, report: SyncReport) -> None:
        """A sync's report is in the ledger."""


class Silent:
    """Progress that nobody watches."""

    def sync_begins(self, name: str) -> None:
        """Say nothing."""

    def sync_started(self, name: str, total: int | None) -> None:
        """Say nothing."""

    def estimated(self, name: str, payloads: int, seconds: float) -> None:
        """Say nothing."""

    def advanced(self, name: str, read: int, sent: int) -> None:
        """Say nothing."""

    def sync_finished(self, report: SyncReport) -> None:
        """Say nothing."""

    def sync_stored(self, report: SyncReport) -> None:
        """Say nothing."""


class InTurn:
    """Tells *progress* of several syncs, one call at a time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._turn = Lock()

    def sync_started(self, name: str, total: int | None) -> None:
        """Tell it, in turn."""
        with self._turn:
            self._progress.sync_started(name, total)

    def estimated(self, name: str, payloads: int, seconds: float) -> None:
        """Tell it, in turn."""
        with self._turn:
            self._progress.estimated(name, payloads, seconds)

    def advanced(self, name: str, read: int, sent: int) -> None:
        """Tell it, in turn."""
        with self._turn:
            self._progress.advanced(name, read, sent)

    def sync_finished(self, report: SyncReport) -> None:
        """Tell it, in turn."""
        with self._turn:
            self._progress.sync_finished(report)

    def sync_begins(self, name: str) -> None:
        """Tell it, when it likes."""
        self._progress.sync_begins(name)

    def sync_stored(self, report: SyncReport) -> None:
        """Tell it, when it likes."""
        self._progress.sync_stored(report)
