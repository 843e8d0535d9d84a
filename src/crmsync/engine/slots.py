"""A slot: what goes out for one key, and the records that wait for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from crmsync.destinations.shrinking import shrink
from crmsync.engine.batching import BRACKETS
from crmsync.engine.plans import SyncPlan
from crmsync.payloads import Contribution, FieldKind, Fields
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.state import UNCERTAIN, Delivery, RecordWrite

Member: TypeAlias = tuple[str, str]
"""Who contributes: (sync, record id)."""


def digest_of(body: bytes) -> bytes:
    """The digest that deliveries and contributions are compared by."""
    return blake2b(body, digest_size=16).digest()


class Waiting(NamedTuple):
    """A record that waits for its slot.

    Attributes:
        page: Its page's number; -1 for what no page waits for.
        write: What is stored of it then, but for the outcome; None where it only leaves
            this key.
        counted: Whether it was read in this run, and so gets a receipt.
        changed: Whether its contribution is another than the stored one.
        moved: Whether it left another key: its row must not change before that key landed.
        forget: Whether its row goes: it is gone from the CRM.
    """

    page: int
    record_id: str
    write: RecordWrite | None = None
    counted: bool = False
    changed: bool = True
    moved: bool = False
    forget: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True, eq=False)
class Slot:
    """One key on its way.

    Attributes:
        members: Every live record that contributes, of every sync.
        base: What the platform holds for the key, None where it was never delivered.
        held: The values in `base`, decoded.
        single: The encoded payload of the only member, where it is at hand.
        body: The payload to be remembered once delivered, canonical, without nulls.
        sent: The payload to be sent: `body`, and nulls for what is cleared.
        winner: Whose payload it is called; None where nobody contributes any more.
        flying: Whether a request carries it: it can change no more.
        settled: Whether it needs no request, as it stands.
        after: How many slots must land before this one may leave.
        blocks: The slots that wait for this one to land.
        problems: What was mended in the payload as a whole.
        unanswered: Fields of which the CRM answered nothing this time: what the platform
            holds stays.
    """

    key: str
    members: dict[Member, Contribution]
    base: Delivery | None
    held: dict[str, object] = field(default_factory=dict)
    single: bytes = b""
    fields: Fields = field(default_factory=dict)
    body: bytes = b""
    digest: bytes = UNCERTAIN
    sent: bytes = b""
    winner: Member | None = None
    waiting: list[Waiting] = field(default_factory=list)
    flying: bool = False
    settled: bool = False
    after: int = 0
    blocks: list[Slot] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    unanswered: set[str] = field(default_factory=set)

    @property
    def to_send(self) -> bool:
        """Whether the platform lacks this payload, as far as is known."""
        if self.winner is None and not self.body:
            return False
        return self.base is None or self.base.digest != self.digest

    @property
    def shared(self) -> bool:
        """Whether more than one record contributes."""
        return len(self.members) > 1

    @property
    def leaving(self) -> bool:
        """Whether a record waits that gives nothing to the key any more."""
        return any(waiting.write is None for waiting in self.waiting)

    def outcome(self, waiting: Waiting, verdict: Outcome) -> Outcome:
        """A waiting record's outcome, where the payload's own is *verdict*."""
        if verdict not in (Outcome.ACCEPTED, Outcome.UNVERIFIED, Outcome.UNCHANGED):
            return verdict
        if self.winner is None or self.winner[1] == waiting.record_id:
            return verdict
        if verdict is Outcome.UNCHANGED and not waiting.changed:
            return verdict
        return Outcome.MERGED


def stand_on(slot: Slot, base: Delivery | None, plan: SyncPlan) -> None:
    """Note what the platform holds for the slot's key now."""
    slot.base = base
    slot.held = plan.plugin.decode(base.body) if base is not None and base.body else {}


def refresh(slot: Slot, plan: SyncPlan) -> None:
    """Make the slot's payload from its members and its base."""
    if slot.members:
        _merge(slot, plan)
        if slot.unanswered:
            _keep_unanswered(slot, plan)
        slot.problems = ()
        excess = len(slot.body) + BRACKETS - plan.plugin.limits.max_bytes
        if excess > 0:
            _shrink(slot, plan, excess)
        slot.sent = _with_clears(slot, plan) if slot.held else slot.body
    elif plan.disables and slot.base is not None:
        _disable(slot, plan)
    else:
        slot.winner, slot.body, slot.sent = None, b"", b""


def _merge(slot: Slot, plan: SyncPlan) -> None:
    if len(slot.members) == 1:
        (winner,) = slot.members.values()
        slot.fields = winner.fields
        slot.body = slot.single or plan.plugin.encode(slot.fields)
    else:
        slot.fields, winner = plan.mapper.merge(list(slot.members.values()))
        slot.body = plan.plugin.encode(slot.fields)
    slot.winner = (winner.sync, winner.record_id)
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
            spec = plan.plugin.fields.get(name)
            cleared[name] = [] if spec and spec.kind is FieldKind.TEXT_LIST else None
    return plan.plugin.encode({**slot.fields, **cleared}) if cleared else slot.body
