"""What the ledger remembers, as values: what is known of a record, delivered to a key, owed."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from crmsync.receipts import Outcome, Problem
from crmsync.values import Value

UNCERTAIN = b""
"""A delivery's digest when a request was sent and its answer never settled: equal to no
payload's digest, so the key is sent again."""

FORGOTTEN = b"forgotten"
"""The digest of a record of which nothing is to be known, and that is left alone: equal to no
payload's digest."""


class Known(NamedTuple):
    """What the ledger holds of one record of a sync.

    Attributes:
        key: The key that it contributes to; None where it contributes to none.
        digest: Of its own contribution (or of the refused payload), b"" where it has none.
        outcome: What became of it last.
    """

    key: str | None
    digest: bytes
    outcome: Outcome

    @property
    def forgotten(self) -> bool:
        """Whether a person had it forgotten."""
        return self.digest == FORGOTTEN


class Stored(NamedTuple):
    """One record's contribution to a key, as the ledger keeps it.

    Attributes:
        body: The contribution, encoded by the destination.
    """

    sync: str
    record_id: str
    modified_at: int
    body: bytes


class Delivery(NamedTuple):
    """What a destination holds for a key, as far as is known.

    Attributes:
        digest: Of `body`, or UNCERTAIN.
        body: The payload last delivered, encoded, without nulls; where UNCERTAIN, every
            field that may have been delivered.
        batch_id: The batch that carried it.
        delivered_at: When its receipt was settled, UTC.
        answer: The platform's answer to that batch (`204`), for people.
    """

    digest: bytes
    body: bytes
    batch_id: str = ""
    delivered_at: datetime | None = None
    answer: str = ""


class Held(NamedTuple):
    """What is known of some keys of a destination.

    Attributes:
        stored: Every contribution, of every sync, by key; keys without any are absent.
        delivered: By key; keys never delivered are absent.
    """

    stored: dict[str, list[Stored]]
    delivered: dict[str, Delivery]


class DeliveryWrite(NamedTuple):
    """A key's new delivery.

    Attributes:
        owed: Where UNCERTAIN, whether the sync owes it: its next run sends the key again. Else
            it is sent when a record gives something else to it.
    """

    key: str
    digest: bytes
    body: bytes
    owed: bool = True


class RecordWrite(NamedTuple):
    """A record's new state. `key` None takes its contribution out of every key.

    Attributes:
        body: Its contribution, encoded; b"" where it has none.
        problems: Kept for `explain`; for INVALID and REJECTED also in quarantine.
    """

    record_id: str
    key: str | None
    modified_at: int
    digest: bytes
    body: bytes
    outcome: Outcome
    problems: tuple[Problem, ...] = ()


Gives: TypeAlias = tuple[str, int, bytes, bytes]
"""What a record contributes: (key, modified at, digest, body)."""

Newcomer: TypeAlias = tuple[str, Gives, tuple[Problem, ...]]
"""A record that was never seen, alone at a key to which nobody gave anything: (id, what it
contributes, problems). Most of a first run are such; a named tuple would cost four times that."""


class Phase(StrEnum):
    """Where an event stands, from the moment that it is to be created."""

    PLANNED = "planned"
    """Nothing was sent, or surely nothing arrived."""
    SENDING = "sending"
    """A request may be on its way; its end is not recorded."""
    UNKNOWN = "unknown"
    """Sent, and the answer was lost."""
    ACCEPTED = "accepted"
    """The platform has it; its id is known."""
    REFUSED = "refused"
    """The platform refused it; it was surely not created."""
    PARKED = "parked"
    """Whether the platform has it cannot be told. A person decides; it stays owed."""


SETTLED = frozenset({Phase.ACCEPTED, Phase.REFUSED})
"""What blocks nobody. Every other phase is owed and blocks the later events of its lead."""

OUTCOME_OF = {
    Phase.PLANNED: Outcome.PENDING,
    Phase.SENDING: Outcome.UNKNOWN,
    Phase.UNKNOWN: Outcome.UNKNOWN,
    Phase.PARKED: Outcome.UNKNOWN,
    Phase.ACCEPTED: Outcome.ACCEPTED,
    Phase.REFUSED: Outcome.REJECTED,
}
"""What a record comes to whose last event is in that phase."""


class EventLine(NamedTuple):
    """An event's line in a destination's journal: what is to be created once, and how that goes.

    Attributes:
        tag: What tells it from every other event of the destination.
        lead: Whom it is about. Events of one lead are created in order, those of several at once.
        order: Its place among the events of its lead that were never sent; the lower goes first,
            of equals the one that was journaled first.
        body: All that the destination keeps of it, in its own encoding.
        at: When the line came to its phase, UTC.
        answer: What the platform calls the event; empty until that is known.
        reason: Why it is where it is, for people.
    """

    tag: str
    sync: str
    record_id: str
    lead: str
    order: int
    phase: Phase
    body: bytes
    at: datetime
    answer: str = ""
    reason: str = ""


class Settlement(Value):
    """What one transaction makes durable: all of it or nothing.

    Attributes:
        batch_id: The batch whose intent, or SENDING line of that tag, ends here; empty where
            nothing was sent.
        answer: The platform's answer to it.
        records: Last write wins where an id stands twice.
        deliveries: One a key.
        newcomers: By what they came to: what each contributes was delivered as it is. They are
            not among `deliveries`. Where an id stands in `records`, too, the newcomer is the later
            state, and wins. Saying so spares the ledger to look: who is none after all is written
            as well.
        seen: Ids read again and found as they were, to be marked seen in `full_pass`.
        forgotten: Ids whose row goes: deleted in the CRM and dealt with, or merged away.
        full_pass: The number of the full pass in progress.
        cursor: The new cursor; None leaves the stored one.
        events: What is journaled together with the records that it came from.
    """

    sync: str
    destination: str
    run_id: str
    at: datetime
    batch_id: str = ""
    answer: str = ""
    records: Sequence[RecordWrite] = ()
    deliveries: Sequence[DeliveryWrite] = ()
    newcomers: Mapping[Outcome, Sequence[Newcomer]] = field(default_factory=dict)
    seen: Sequence[str] = ()
    forgotten: Sequence[str] = ()
    full_pass: int = 0
    cursor: str | None = None
    events: Sequence[EventLine] = ()


class SyncState(Value):
    """What the ledger holds of one sync.

    Attributes:
        cursor: Where the next read goes on; None before the first.
        cursor_at: When the cursor was last stored.
        account: The CRM account's id, pinned by the first run; empty before.
        full_pass: Number of the full pass last begun, 0 before the first.
        full_at: When a full pass last completed; None before.
        full_total: Live records that the last complete full pass read.
        mapping: What the last complete full pass mapped by and selected (`SyncPlan.stamp`); a
            size is judged only against a pass that selected the same.
    """

    cursor: str | None = None
    cursor_at: datetime | None = None
    account: str = ""
    full_pass: int = 0
    full_at: datetime | None = None
    full_total: int = 0
    mapping: str = ""


class Quarantined(Value):
    """A refused record, kept with the reason until it is mended, retried or dropped.

    Attributes:
        outcome: INVALID (we refused it) or REJECTED (the platform did).
        body: The refused payload, encoded; b"" where it could not be made.
        tries: How often it was refused in this form, 1-based.
    """

    sync: str
    record_id: str
    key: str | None
    outcome: Outcome
    problems: tuple[Problem, ...]
    body: bytes
    first_at: datetime
    last_at: datetime
    tries: int


class Standing(NamedTuple):
    """How much of a sync is not as it should be, now.

    Attributes:
        owed: Records pending or unknown, payloads of batches that never settled, and events
            that are not settled; what is several of these counts once.
        quarantined: Records in quarantine.
        skipped: Records that lack a key.
    """

    owed: int
    quarantined: int
    skipped: int
