"""A slot: what goes out for one key, and the records that wait for it."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias

from crmsync.destinations.shrinking import shrink
from crmsync.engine.batching import BRACKETS
from crmsync.engine.plans import SyncPlan
from crmsync.payloads import Contribution, Fields
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.records import NO_FIELDS
from crmsync.state import UNCERTAIN, Delivery, RecordWrite

Member: TypeAlias = tuple[str, str]
"""Who contributes: (sync, record id)."""

# Members of an Enum are looked up slowly, and these are asked for with every record.
_UNCHANGED: Final = Outcome.UNCHANGED
_MERGED: Final = Outcome.MERGED
_HELD: Final = frozenset({Outcome.ACCEPTED, Outcome.UNVERIFIED, _UNCHANGED})
"""After these the platform has the payload."""


def digest_of(body: bytes) -> bytes:
    """The digest that deliveries and contributions are compared by."""
    return blake2b(body, digest_size=16).digest()


class Given(NamedTuple):
    """What one member gives to a key: the encoded payload, and when the CRM last changed it."""

    modified_at: int
    body: bytes


class Move:
    """A record on its way from one key to another.

    Its row names one key, so the row changes when both keys have landed: after a crash in
    between, the next run takes it out of the old key again. A record that is read again, and
    gives something else, before all have landed goes on along the same way.

    Attributes:
        left: How many of the keys have not landed.
        newest: What it gave last.
        write: The row to store then.
    """

    __slots__ = ("left", "newest", "write")

    def __init__(self) -> None:
        self.left = 0
        self.newest: Waiting | None = None
        self.write: RecordWrite | None = None


class Waiting(NamedTuple):
    """A record that waits for its slot.

    Attributes:
        page: Its page's number.
        gives: What it contributes, (key, modified at, digest, body), to be stored then; None
            where it only leaves this key.
        counted: Whether it was read in this run, and so gets a receipt.
        changed: Whether its contribution is another than the stored one.
        move: Its way from one key to another, which waits for both.
        forget: Whether its row goes: it is gone from the CRM.
        skipped: The row of a record that lost its key, stored when the key has landed.
    """

    page: int
    record_id: str
    gives: tuple[str, int, bytes, bytes] | None = None
    counted: bool = False
    changed: bool = True
    move: Move | None = None
    forget: bool = False
    problems: tuple[Problem, ...] = ()
    skipped: RecordWrite | None = None

    def row(self, outcome: Outcome, found: tuple[Problem, ...] = ()) -> RecordWrite | None:
        """The row to store now that the slot has landed; call it once.

        *found* are the problems of the payload as a whole.
        """
        write = self.skipped
        if self.gives is not None:
            problems = self.problems + found if found else self.problems
            write = RecordWrite(self.record_id, *self.gives, outcome, problems)
        move = self.move
        if move is None:
            return write
        move.left -= 1
        if self is move.newest:
            move.write = write
        return None if move.left else move.write

    @property
    def forgets(self) -> bool:
        """Whether the record's row goes, and it has not come back since."""
        return self.forget and (self.move is None or self.move.newest is self)


class Slot:
    """One key on its way.

    Attributes:
        members: What every live record gives, of every sync.
        base: What the platform holds for the key, None where it was never delivered.
        held: The values in `base`, decoded.
        fields: The payload's values while they are at hand; the waiting slot needs them not.
        digest: Of `body`.
        body: The payload to be remembered once delivered, canonical, without nulls.
        sent: The payload to be sent: `body`, and nulls for what is cleared.
        winner: Whose payload it is called; None where nobody contributes any more.
        flying: Whether a request carries it: it can change no more.
        settled: Whether it needs no request, as it stands.
        after: How many slots must land before this one may leave.
        blocks: The slots that wait for this one to land.
        problems: What was mended in the payload as a whole.
        moves: Ways of records to or from this key that are not at their end.
        unanswered: Fields of which the CRM answered nothing this time: what the platform
            holds stays.
    """

    base: Delivery | None = None
    held: Fields = NO_FIELDS
    fields: Fields = NO_FIELDS
    digest: bytes = UNCERTAIN
    body: bytes = b""
    sent: bytes = b""
    winner: Member | None = None
    flying: bool = False
    settled: bool = False
    after: int = 0
    blocks: tuple[Slot, ...] = ()
    problems: tuple[Problem, ...] = ()
    moves: tuple[Move, ...] = ()
    unanswered: frozenset[str] = frozenset()

    # Most slots keep most of these defaults, and there is one for every record.
    def __init__(self, key: str, members: dict[Member, Given]) -> None:
        self.key = key
        self.members = members
        self.waiting: list[Waiting] = []

    @property
    def to_send(self) -> bool:
        """Whether the platform lacks this payload, as far as is known."""
        if self.winner is None and not self.body:
            return False
        return self.base is None or self.base.digest != self.digest

    @property
    def leaving(self) -> bool:
        """Whether a record waits that gives nothing to the key any more."""
        return any(waiting.gives is None for waiting in self.waiting)

    def outcome(self, waiting: Waiting, verdict: Outcome, sync: str) -> Outcome:
        """The outcome of a waiting record of *sync*, where the payload's own is *verdict*."""
        if waiting.skipped is not None:
            return Outcome.SKIPPED
        if verdict not in _HELD:
            return verdict
        if self.winner is None or self.winner == (sync, waiting.record_id):
            return verdict
        if verdict is _UNCHANGED and not waiting.changed:
            return verdict
        return _MERGED


def first_slot(member: Member, waiting: Waiting) -> Slot:
    """The slot of a key that nobody gave anything to before: what `refresh` would make of it.

    Most slots of a first run are of this kind, and need no decision.
    """
    key, modified_at, digest, body = waiting.gives or ("", 0, UNCERTAIN, b"")
    slot = Slot(key, {member: Given(modified_at, body)})
    slot.winner = member
    slot.body = slot.sent = body
    slot.digest = digest
    slot.waiting.append(waiting)
    return slot


def stand_on(slot: Slot, base: Delivery | None, plan: SyncPlan) -> None:
    """Note what the platform holds for the slot's key now."""
    slot.base = base
    slot.held = plan.plugin.decode(base.body) if base is not None and base.body else NO_FIELDS


def refresh(slot: Slot, plan: SyncPlan, single: tuple[Fields, bytes] | None = None) -> None:
    """Make the slot's payload from its members and its base.

    *single* is the only member's (payload, digest), where they are at hand.
    """
    if slot.members:
        _merge(slot, plan, single)
        if slot.unanswered:
            _keep_unanswered(slot, plan)
        slot.problems = ()
        excess = len(slot.body) + BRACKETS - plan.plugin.limits.max_bytes
        if excess > 0:
            _shrink(slot, plan, excess)
        slot.sent = _with_clears(slot, plan) if slot.held else slot.body
    elif (plan.disables or plan.empties) and slot.base is not None:
        _disable(slot, plan)
    else:
        slot.winner, slot.body, slot.sent = None, b"", b""


def _merge(slot: Slot, plan: SyncPlan, single: tuple[Fields, bytes] | None) -> None:
    if len(slot.members) == 1:
        ((slot.winner, given),) = slot.members.items()
        slot.body = given.body
        if single is not None:
            slot.fields, slot.digest = single
        else:
            slot.fields, slot.digest = plan.plugin.decode(given.body), digest_of(given.body)
        return
    contributions = [
        Contribution(
            *member, plan.rank(member[0]), given.modified_at, plan.plugin.decode(given.body)
        )
        for member, given in slot.members.items()
    ]
    slot.fields, winner = plan.mapper.merge(contributions)
    slot.winner = (winner.sync, winner.record_id)
    slot.body = plan.plugin.encode(slot.fields)
    slot.digest = digest_of(slot.body)


def _keep_unanswered(slot: Slot, plan: SyncPlan) -> None:
    """What the CRM did not answer is not empty: the platform keeps its value."""
    kept = {n: v for n, v in slot.held.items() if n in slot.unanswered and n not in slot.fields}
    if kept:
        slot.fields = {**slot.fields, **kept}
        slot.body = plan.plugin.encode(slot.fields)
        slot.digest = digest_of(slot.body)


def _shrink(slot: Slot, plan: SyncPlan, excess: int) -> None:
    """Shorten long texts until the payload fits into a request; leave it where that fails."""
    fields = shrink(slot.fields, excess, plan.plugin.fields)
    if fields is None:
        return
    message = f"long texts were shortened by {excess:,} bytes to fit into a request"
    slot.problems = (Problem(slot.key, "SHORTENED", message, Severity.WARNING),)
    slot.fields = fields
    slot.body = plan.plugin.encode(fields)
    slot.digest = digest_of(slot.body)


def _disable(slot: Slot, plan: SyncPlan) -> None:
    """Nobody contributes any more: the key is disabled, its other values stay."""
    slot.winner = None
    slot.fields = {plan.plugin.key: slot.key, **plan.plugin.disabled}
    slot.body = plan.plugin.encode({**slot.held, **slot.fields})
    slot.digest = digest_of(slot.body)
    slot.sent = plan.plugin.encode(slot.fields)


def _with_clears(slot: Slot, plan: SyncPlan) -> bytes:
    """The payload with a null (a list: `[]`) for each delivered field that is gone.

    A key that was disabled is enabled again in so many words.
    """
    cleared: dict[str, object] = {}
    for name in slot.held.keys() - slot.fields.keys():
        if name in plan.plugin.disabled:
            cleared[name] = not plan.plugin.disabled[name]
        elif plan.cleared == "null":
            cleared[name] = [] if isinstance(slot.held[name], list) else None
    return plan.plugin.encode({**slot.fields, **cleared}) if cleared else slot.body
