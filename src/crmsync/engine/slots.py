"""A slot: what goes out for one key, and the records that wait for it."""

from __future__ import annotations

from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

from crmsync.destinations.shrinking import shrink
from crmsync.engine.batching import BRACKETS
from crmsync.engine.plans import SyncPlan
from crmsync.payloads import Contribution, Fields
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.records import NO_FIELDS
from crmsync.state import UNCERTAIN, Delivery, Gives, RecordWrite
from crmsync.tuples import maker

Member: TypeAlias = tuple[str, str]
"""Who contributes: (sync, record id)."""

NOT_ANSWERED: Final = "NOT_ANSWERED"
"""The mapper's word for a field whose source the CRM did not answer at all."""

# Members of an Enum are looked up slowly, and these are asked for with every record.
_UNCHANGED: Final = Outcome.UNCHANGED
_MERGED: Final = Outcome.MERGED
_HELD: Final = frozenset({Outcome.ACCEPTED, Outcome.UNVERIFIED, _UNCHANGED})
"""After these the platform has the payload."""


def digest_of(body: bytes) -> bytes:
    """The digest that deliveries and contributions are compared by.

    The first half of SHA-256, for which processors have instructions: with them 900 bytes take
    three quarters of the time of BLAKE2b, without them one and a half times.
    """
    return sha256(body).digest()[:16]


class Given(NamedTuple):
    """What one member gives to a key: the encoded payload, and when the CRM last changed it."""

    modified_at: int
    body: bytes


class Move:
    """A record on its way from one key to another, or out of one.

    Its row names one key, so the row changes, or goes, when all keys have landed: after a crash
    in between, the next run takes it out of the old key again. A record that is read again, and
    gives something else or nothing, before all have landed goes on along the same way.

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
        move: Its way over several keys, or out of one, which ends when all of them have landed.
        forget: Whether its row goes: it is gone from the CRM.
        skipped: The row of a record that is not to be sent any more, stored when what it gave
            before has landed.
    """

    page: int
    record_id: str
    gives: Gives | None = None
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
        _, record_id, gives, _, _, move, _, problems, write = self  # at once: it is for all
        if gives is not None:
            write = make_write((record_id, *gives, outcome, problems + found))
        if move is None:
            return write
        move.left -= 1
        if self is move.newest:
            move.write = write
        return None if move.left else move.write

    @property
    def leaves(self) -> bool:
        """Whether the record gives nothing to the key any more: one whose row names it stays."""
        return self.gives is None and (self.skipped is None or self.skipped.key is None)

    @property
    def forgets(self) -> bool:
        """Whether the record's row goes now, and it has not come back since; ask after `row`."""
        if self.move is None:
            return self.forget
        return not self.move.left and self.move.newest is not None and self.move.newest.forget


class Restated(NamedTuple):
    """A record that came to another end than it had, because of what others give to its key.

    Attributes:
        write: Its new row.
        fresh: Whether it enters quarantine now, or in another form than before.
        moving: Whether the row is stored at the end of its way from another key, not now.
    """

    sync: str
    write: RecordWrite
    fresh: bool = False
    moving: bool = False


class Slot:
    """One key on its way.

    Attributes:
        members: What every live record gives, of every sync.
        base: What the platform holds for the key, None where it was never delivered.
        held: The values in `base`, decoded.
        fields: The payload's values while they are at hand; the waiting slot needs them not.
        digest: Of `body`.
        body: The payload to be remembered once delivered, canonical, without nulls.
        sent: The payload to be sent: `body`, and nulls for what is cleared, or of these what
            the platform's own rule lets out.
        winner: Whose payload it is called; None where nobody contributes any more.
        flying: Whether a request carries it: it can change no more.
        settled: Whether it needs no request, as it stands.
        after: How many slots must land before this one may leave.
        blocks: The slots that wait for this one to land.
        problems: What was mended in the payload as a whole.
        moves: Ways of records to or from this key that are not at their end.
        unanswered: Fields of which the CRM answered nothing this time: what the platform
            holds stays.
        bare: Whether nothing but the key would go out: the platform has the payload's values.
        off: Whether the key was disabled, since nobody gave anything to it.
        present: Where a key takes one record only: the members that this run has read.
        freed: (sync, row) of a member that collided with others, and is alone now: stored
            with the outcome that it comes to.
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
    bare: bool = False
    off: bool = False
    present: frozenset[Member] = frozenset()
    freed: tuple[str, RecordWrite] | None = None

    # Most slots keep most of these defaults, and there is one for every record.
    def __init__(self, key: str, members: dict[Member, Given]) -> None:
        self.key = key
        self.members = members
        self.waiting: list[Waiting] = []

    def wait(self, waiting: Waiting) -> None:
        """Let a record wait for the key to land."""
        if waiting.move is not None:
            self.moves += (waiting.move,)
        if waiting.problems and waiting.gives is not None:
            unanswered = [p.field for p in waiting.problems if p.code == NOT_ANSWERED]
            self.unanswered = self.unanswered.union(unanswered)
        self.waiting.append(waiting)

    @property
    def to_send(self) -> bool:
        """Whether the platform lacks this payload, as far as is known."""
        if self.bare or (self.winner is None and not self.body):
            return False
        return self.base is None or self.base.digest != self.digest

    @property
    def certain(self) -> bool:
        """Whether the platform surely holds `held`: only then may something of it stay unsent."""
        return self.base is not None and self.base.digest != UNCERTAIN

    @property
    def leaving(self) -> bool:
        """Whether a record waits that gives nothing to the key any more."""
        return any(waiting.leaves for waiting in self.waiting)

    def outcome(self, waiting: Waiting, verdict: Outcome, sync: str) -> Outcome:
        """The outcome of a waiting record of *sync*, where the payload's own is *verdict*."""
        if waiting.skipped is not None:
            return waiting.skipped.outcome
        if verdict not in _HELD:
            return verdict
        if self.winner is None or self.winner == (sync, waiting.record_id):
            return verdict
        if verdict is _UNCHANGED and not waiting.changed:
            return verdict
        return _MERGED

    def restate(self, sync: str, write: RecordWrite, own: str) -> Restated:
        """Give a member another row; one still on its way here is stored at its end.

        *own* is the sync that runs: its records alone are on their way.
        """
        for move in self.moves:
            newest = move.newest if move.left else None
            if newest is not None and (own, newest.record_id) == (sync, write.record_id):
                move.write = write
                return Restated(sync, write, moving=True)
        return Restated(sync, write)

    def freed_as(self, outcome: Outcome, found: tuple[Problem, ...], own: str) -> Restated | None:
        """What the member that is alone now came to; None where there is none."""
        if self.freed is None:
            return None
        sync, write = self.freed
        write = write._replace(outcome=outcome, problems=write.problems + found)
        return self.restate(sync, write, own)


make_write: Final = maker(RecordWrite)


def stand_on(slot: Slot, base: Delivery | None, plan: SyncPlan, *, left: bool = False) -> None:
    """Note what the platform holds for the slot's key now.

    *left* is whether nobody gave anything to the key any more when that was sent.
    """
    slot.base = base
    slot.off = left and (plan.disables or plan.empties)
    slot.held = plan.plugin.decode(base.body) if base is not None and base.body else NO_FIELDS


def doubt(slot: Slot, plan: SyncPlan) -> None:
    """Note that the platform may hold what was sent, or what it held before."""
    sent = plan.plugin.decode(slot.sent)
    may_hold = {**slot.held, **{name: one for name, one in sent.items() if one not in (None, [])}}
    slot.base = Delivery(UNCERTAIN, plan.plugin.encode(may_hold))


def refresh(slot: Slot, plan: SyncPlan, single: tuple[Fields, bytes] | None = None) -> None:
    """Make the slot's payload from its members and its base.

    *single* is the only member's (payload, digest), where they are at hand.
    """
    if slot.members:
        _merge(slot, plan, single)
        if slot.held:
            _keep(slot, plan)
        slot.problems = ()
        excess = len(slot.body) + BRACKETS - plan.plugin.limits.max_bytes
        if excess > 0:
            _shrink(slot, plan, excess)
        slot.sent = _to_send(slot, plan)
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


def _keep(slot: Slot, plan: SyncPlan) -> None:
    """Leave the platform its value of what the CRM did not answer: that is not empty.

    Likewise where a switch is not cleared, and the platform's own rule must know how it stands.
    """
    names = slot.unanswered
    if plan.plugin.sent is not None and not _resets(slot, plan):
        names = names.union(plan.plugin.disabled)
    if not names:
        return
    kept = {n: v for n, v in slot.held.items() if n in names and n not in slot.fields}
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
    whole = plan.plugin.sent is not None and not slot.certain
    fields = {**slot.held, **slot.fields} if whole else slot.fields
    slot.sent = plan.plugin.encode(_outgoing(slot, fields, plan))


def _to_send(slot: Slot, plan: SyncPlan) -> bytes:
    """The payload with its clears, without what the platform wants to be spared."""
    # An event tells how things are: what is no more has no place in it.
    cleared = _clears(slot, plan) if slot.held and not plan.once else NO_FIELDS
    if plan.plugin.sent is None and not cleared:
        return slot.body
    return plan.plugin.encode(_outgoing(slot, {**slot.fields, **cleared}, plan))


def _outgoing(slot: Slot, fields: Fields, plan: SyncPlan) -> Fields:
    """What goes out of *fields*, by the platform's own rule where it has one."""
    if plan.plugin.sent is None:
        return fields
    certain = slot.certain
    sent = plan.plugin.sent(fields, slot.held if certain else None)
    slot.bare = certain and sent.keys() <= {plan.plugin.key}
    return sent


def _clears(slot: Slot, plan: SyncPlan) -> Fields:
    """A null (a list: `[]`) for each delivered field that is gone.

    A key that was disabled is enabled again in so many words, also where nothing is cleared.
    """
    cleared: dict[str, object] = {}
    for name in slot.held.keys() - slot.fields.keys():
        if name in plan.plugin.disabled:
            if _resets(slot, plan):
                cleared[name] = not plan.plugin.disabled[name]
        elif plan.cleared == "null":
            cleared[name] = [] if isinstance(slot.held[name], list) else None
    return cleared


def _resets(slot: Slot, plan: SyncPlan) -> bool:
    """Whether a switch that no record sets any more is set back: else it stays as it is."""
    return plan.cleared == "null" or slot.off
