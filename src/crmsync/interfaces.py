"""THE seams: what a source, a destination, a ledger, a transport and a clock are.

Each contract stands in full, here or in `mapper`, `journal`, `upkeep`; `crmsync.testing` checks.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from crmsync.exchanges import Exchange, over
from crmsync.journal import Change, Journal, Unsent
from crmsync.records import Drift, Page, Query, SourceField
from crmsync.reports import RunLog
from crmsync.state import (
    Delivery,
    EventLine,
    Held,
    Known,
    Quarantined,
    RecordWrite,
    Settlement,
    Standing,
    Stored,
    SyncState,
)
from crmsync.upkeep import Upkeep
from crmsync.values import Value


class Clock(Protocol):
    """Time, handed in, so that tests own it."""

    @abstractmethod
    def now(self) -> datetime:
        """The wall clock, aware, UTC."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back. Durations use this."""

    @abstractmethod
    def sleep(self, seconds: float) -> None:
        """Wait. Raises StoppedError as soon as the run is asked to stop."""


class Request(NamedTuple):
    """One HTTP request. `body` is sent byte for byte. Its repr shows no header and no query."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url.partition('?')[0]}, {len(self.body)} bytes)"


class Response(NamedTuple):
    """One HTTP answer, read whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """One request, once: total deadline, byte cap, no redirects followed, no retry."""

    @abstractmethod
    def send(self, request: Request) -> Response:
        """Send it and read the whole answer, whatever its status.

        Safe to call from several threads. Raises RetryableError (with `maybe_delivered`)
        when no whole answer came, FatalError when the answer breaks the protocol or a cap.
        """

    def begin(self, request: Request) -> Exchange[Response]:
        """As `send`, but the answer is left for later, where a transport can part the two."""
        return over(self.send(request))

    @abstractmethod
    def close(self) -> None:
        """Close its connections."""


class Traffic(Value):
    """What an account's requests came to, so far."""

    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    bytes_sent: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            requests=self.requests + other.requests,
            retries=self.retries + other.retries,
            rate_limited=self.rate_limited + other.rate_limited,
            bytes_sent=self.bytes_sent + other.bytes_sent,
        )

    def __sub__(self, earlier: Traffic) -> Traffic:
        return Traffic(
            requests=self.requests - earlier.requests,
            retries=self.retries - earlier.retries,
            rate_limited=self.rate_limited - earlier.rate_limited,
            bytes_sent=self.bytes_sent - earlier.bytes_sent,
        )


class CheckResult(NamedTuple):
    """One line of `crmsync check`.

    Attributes:
        name: What was checked (`sources.hubspot: token`).
        passed: False where a person must act.
        message: What was found.
        hint: What to do next; empty where it passed.
        code: The exit code that a failure leads to (2 configuration, 7 credentials …).
    """

    name: str
    passed: bool
    message: str
    hint: str = ""
    code: int = 0


class Source(Protocol):
    """A CRM account. Reads only; nothing in the CRM is ever changed.

    Safe to use from several threads: reads may go on side by side, each in its own. One
    read's generator is never entered by two threads at once, but may be by one after another.

    Every method may raise RetryableError (after the one retry policy gave up),
    CredentialsError (the message names the scope or what to do) and FatalError.
    """

    @property
    @abstractmethod
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""

    @abstractmethod
    def check(self, query: Query) -> Iterator[CheckResult]:
        """Check credentials, scopes and that each of the query's paths exists.

        Yields a line a check, failures included; raises only where going on is useless.
        """

    @abstractmethod
    def describe(self, object_name: str) -> Sequence[SourceField]:
        """The object's own fields, sorted by name."""

    @abstractmethod
    def read(self, query: Query) -> Iterator[Page]:
        """Read pages in the source's order; every page's cursor resumes right after it.

        At least one page is yielded, the last has `last` set. A record may come twice. `query.ids`:
        only those, without cursors. `query.limit`: the last page is cut to it. May be closed early.
        Each page is asked for when the last has been worked on: the source goes ahead by itself.

        Raises:
            RecordError: Never; a record that cannot be used still comes, with what it has.
            FatalError: A page repeats (the CRM's paging is broken), or is no page.
        """

    @abstractmethod
    def drift(self, query: Query, since: datetime) -> Drift:
        """How many records may have joined or left the query's read since a moment."""

    @abstractmethod
    def close(self) -> None:
        """Close its connections."""


class Answer(NamedTuple):
    """A platform's answer to a batch that it took.

    Attributes:
        verified: Whether it vouches for each payload; False for a reply that cannot
            name refusals.
        status: For people and the ledger (`204`).
    """

    verified: bool
    status: str


class Destination(Protocol):
    """A platform account. One batch a call; splitting and settling are the engine's."""

    @property
    @abstractmethod
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""

    @abstractmethod
    def check(self) -> Iterator[CheckResult]:
        """Check what can be checked without changing anything at the platform."""

    @abstractmethod
    def push(self, bodies: Sequence[bytes], *, method: str) -> Answer:
        """Send encoded payloads, at most the limits' worth, as one request.

        The retry policy runs inside. Safe to call from several threads.

        Raises:
            BatchRejectedError: Split it (or quarantine the payload where it is alone).
            RetryableError: Given up for this run; `maybe_delivered` tells unknown
                from pending.
            StoppedError: The run was asked to stop while it waited; `maybe_delivered` likewise.
            CredentialsError: The destination ends here for this run; nothing was taken.
            FatalError: Likewise; `maybe_delivered` tells.
        """

    @abstractmethod
    def close(self) -> None:
        """Close its connections."""


class EventDestination(Protocol):
    """A platform account that takes events: each created once, never changed by a later one.

    What is to be created stands in the ledger's journal before anything is sent.
    """

    @property
    @abstractmethod
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""

    @abstractmethod
    def check(self) -> Iterator[CheckResult]:
        """Check what can be checked without changing anything at the platform."""

    @abstractmethod
    def event(self, change: Change, journal: Journal) -> EventLine | Unsent:
        """The event of a change, to be journaled, or why there is none. Creates nothing.

        What it looks up at the platform it notes in the journal. Raises RetryableError,
        CredentialsError and FatalError, after which the change is to be asked for again.
        """

    @abstractmethod
    def deliver(self, journal: Journal, told: Callable[[EventLine], None]) -> None:
        """Create the events that the journal has, and settle those whose end is not known.

        Every line is durable before the request that it speaks of leaves. *told* hears of each
        line's new phase once that is durable. Returns when nothing more can be done in this
        run. To be called by one process at a time.

        Raises:
            CrmsyncError: What ended it early, after what was under way has ended.
        """

    @abstractmethod
    def close(self) -> None:
        """Close its connections."""


class Ledger(Journal, RunLog, Upkeep, Protocol):
    """The state store. Each write is one transaction, durable when the call returns.

    Safe to use from several threads of one process. Raises LedgerError where the store
    fails (full disk, corruption, a newer schema); nothing is half written then.
    """

    @abstractmethod
    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold a named lock, across processes too; freed when the process dies.

        On a server it is a lease: after being frozen for longer, every write is refused.

        Raises:
            LockedError: Somebody else holds it. It never waits.
        """

    @abstractmethod
    def check_locks(self) -> None:
        """Ask whether every lock held here holds still: before a request leaves. Costs no I/O.

        Raises:
            LockedError: One was lost: this process was frozen, and somebody else goes on.
        """

    @abstractmethod
    def sync_state(self, sync: str) -> SyncState:
        """What is stored for a sync, defaults for one never run."""

    @abstractmethod
    def pin(self, sync: str, account: str) -> None:
        """Remember which CRM account the sync reads."""

    @abstractmethod
    def begin_full(self, sync: str) -> int:
        """Begin a full pass and give its number (1-based, increasing)."""

    @abstractmethod
    def finish_full(
        self, sync: str, *, at: datetime, total: int, mapping: str, disown: bool = True
    ) -> None:
        """Note a completed full pass.

        With *disown*, keys that no record gives anything to are owed by the sync no more.
        """

    @abstractmethod
    def known(self, sync: str, record_ids: Sequence[str]) -> dict[str, Known]:
        """What is held of these records; ids never settled are absent."""

    @abstractmethod
    def held(self, destination: str, keys: Sequence[str]) -> Held:
        """What is delivered to these keys, and what records give to them."""

    def contributions(self, destination: str, keys: Sequence[str]) -> dict[str, list[Stored]]:
        """Every contribution, of every sync, to these keys; keys without any are absent."""
        return self.held(destination, keys).stored

    def deliveries(self, destination: str, keys: Sequence[str]) -> dict[str, Delivery]:
        """What is delivered to these keys; keys never delivered are absent."""
        return self.held(destination, keys).delivered

    @abstractmethod
    def unseen(self, sync: str, full_pass: int, *, limit: int) -> list[str]:
        """Ids of records that contribute to a key and were not seen in that full pass."""

    @abstractmethod
    def intend(
        self, *, batch_id: str, sync: str, destination: str, payloads: Sequence[tuple[str, bytes]]
    ) -> None:
        """Note, before a request leaves, which (key, body) it carries."""

    @abstractmethod
    def uncertain(self, sync: str, destination: str) -> list[str]:
        """Keys that this sync sent or disabled and of which the end is not known, sorted.

        Not those that a full pass gave up: that no record gives anything to.
        """

    @abstractmethod
    def recover(self, destination: str) -> int:
        """Turn intents that never settled into UNCERTAIN deliveries; gives their payloads.

        The delivery's body becomes the union of what was and what may have been delivered
        (the newer value where both have the field). Call it holding the destination's lock.
        """

    @abstractmethod
    def settle(self, settlement: Settlement) -> None:
        """Make receipts, deliveries, quarantine and cursor durable together.

        A record written INVALID or REJECTED enters quarantine, any other outcome takes it out.
        """

    @abstractmethod
    def quarantine(self, sync: str | None = None, ids: Sequence[str] = ()) -> Iterator[Quarantined]:
        """Quarantined records, by sync and record id (as numbers where all are digits)."""

    @abstractmethod
    def count_quarantined(self, sync: str) -> int:
        """How many records of a sync are in quarantine. Costs little."""

    @abstractmethod
    def drop_quarantined(self, sync: str, ids: Sequence[str]) -> int:
        """Forget quarantined records; they come again when they change. Gives how many."""

    @abstractmethod
    def record(self, sync: str, record_id: str) -> RecordWrite | None:
        """The stored state of one record, for `explain`."""

    @abstractmethod
    def standing(self, sync: str, destination: str) -> Standing:
        """How much is owed and quarantined now."""

    @abstractmethod
    def tracked(self, sync: str) -> int:
        """How many records of a sync contribute to a key: all of them are looked at."""

    @abstractmethod
    def unknown_sends(self, sync: str) -> int | None:
        """How many lines of a sync were SENDING, by what is noted beside the ledger, and not by it.

        To whichever destination: a sync that is given another one has lost nothing.

        More than 0: it is an older copy, put back. None: it knows of sends, and nothing is noted
        beside it: it came from elsewhere. In memory and on a server nothing can be told: 0.
        """

    @abstractmethod
    def vouch(self, destination: str, sync: str) -> None:
        """Take the ledger for the newest, of what a sync sent, from now on."""

    @abstractmethod
    def close(self) -> None:
        """Close the store."""
