"""The slots that are open, in flight, or settled and not in the ledger yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from crmsync.engine.guards import BlankWatch
from crmsync.engine.plans import SyncPlan
from crmsync.engine.slots import Given, Slot, Waiting, refresh, stand_on
from crmsync.payloads import Fields
from crmsync.receipts import Outcome, Problem
from crmsync.records import NO_FIELDS
from crmsync.state import Delivery, Known, RecordWrite, Stored


class Settled(NamedTuple):
    """Something of a page that needs nothing sent, or nothing more.

    Each record of a page ends in one of these or in a slot; so does each thing that was
    announced by `on_opened`.

    Attributes:
        outcome: None for what gets no receipt: a key that was left, an id merged away.
        write: What must be stored of it; None where the ledger has it already.
        forget: Whether its row goes.
        fresh: Whether it enters quarantine now, or in another form than before.
        slot: The key it belongs to, None for a record without one or a plain unchanged one.
    """

    page: int
    record_id: str
    outcome: Outcome | None
    write: RecordWrite | None = None
    forget: bool = False
    fresh: bool = False
    problems: tuple[Problem, ...] = ()
    key: str | None = None
    slot: Slot | None = None


class Lookup(NamedTuple):
    """What the ledger knows of a page's records and keys."""

    known: dict[str, Known]
    stored: dict[str, list[Stored]]
    delivered: dict[str, Delivery]


class Shelf:
    """Keeps one slot a key, and decides what becomes of it when it changes or lands.

    Attributes:
        slots: By key, the newest slot that has not landed, or whose settled records are not
            in the ledger yet.
        blocked: How many of them wait for another to land.
        on_slot: Called with each slot whose payload is new or changed, to be sent.
        on_drop: Called with a slot that was handed to `on_slot` and needs no sending now.
        on_settled: Called with each record that needs nothing sent.
    """

    def __init__(self, plan: SyncPlan, watch: BlankWatch | None, *, force: bool) -> None:
        self.slots: dict[str, Slot] = {}
        self.blocked = 0
        self.on_slot: Callable[[Slot], None] = _ignore
        self.on_drop: Callable[[Slot], None] = _ignore
        self.on_settled: Callable[[Settled], None] = _ignore
        self._plan = plan
        self._watch = watch
        self._force = force
        self._resting: list[Slot] = []

    def slot(self, key: str, lookup: Lookup) -> Slot:
        """The slot that can still change for a key: the newest, or one made from the ledger."""
        slot = self.slots.get(key)
        if slot is None:
            members = {
                (s.sync, s.record_id): Given(s.modified_at, s.body)
                for s in lookup.stored.get(key, ())
            }
            slot = Slot(key, members)
            stand_on(slot, lookup.delivered.get(key), self._plan)
        elif slot.flying:
            flying = slot
            slot = Slot(key, dict(flying.members))
            slot.moves = flying.moves  # until they end, the ledger would mislead about the key
            slot.after = 1
            self.blocked += 1
            flying.blocks += (slot,)
        self.slots[key] = slot
        return slot

    def decide(self, slot: Slot, single: tuple[Fields, bytes] | None = None) -> None:
        """Send the slot, hold it, or settle it where the platform has its payload already.

        *single* is (payload, digest) of the record that was just put into it.
        """
        slot.settled = False
        if slot.after:
            self.on_drop(slot)
            return
        refresh(slot, self._plan, single)
        if self._watch and slot.members and slot.held:
            self._watch.kept(slot.held.keys() & slot.fields.keys())
            if not slot.leaving:  # what leaves with its record did not go blank
                self._watch.cleared(slot.held.keys() - slot.fields.keys())
        slot.fields = NO_FIELDS
        slot.settled = not (slot.to_send or (self._force and slot.members))
        if not slot.settled:
            self.on_slot(slot)
            return
        self.on_drop(slot)
        self.rest(slot)
        waiting_now, slot.waiting = slot.waiting, []
        for waiting in waiting_now:
            self.on_settled(_unchanged(slot, waiting, self._plan.name))

    def rest(self, slot: Slot) -> None:
        """Keep a settled slot at hand until the ledger knows what it knows."""
        slot.settled = True
        self._resting.append(slot)

    def committed(self) -> None:
        """Everything that was settled is in the ledger: it can be looked up there again."""
        resting, self._resting = self._resting, []
        for slot in resting:
            if self.slots.get(slot.key) is not slot or not slot.settled:
                continue
            if any(move.left for move in slot.moves):
                # A record's row still names its old key: the ledger would mislead.
                self._resting.append(slot)
            else:
                del self.slots[slot.key]

    def landed(self, slot: Slot) -> None:
        """A slot's request is over; its base is what the platform holds now."""
        if self.slots.get(slot.key) is slot:
            if slot.moves and any(move.left for move in slot.moves):
                slot.flying = False
                slot.waiting = []
                stand_on(slot, slot.base, self._plan)
                self.rest(slot)
            else:
                del self.slots[slot.key]
        for held in slot.blocks:
            held.after -= 1
            self.blocked -= 1
            if held.key == slot.key:
                stand_on(held, slot.base, self._plan)
            self.decide(held)


def _unchanged(slot: Slot, waiting: Waiting, sync: str) -> Settled:
    """What becomes of a waiting record when its slot needs no request."""
    outcome = slot.outcome(waiting, Outcome.UNCHANGED, sync)
    return Settled(
        waiting.page,
        waiting.record_id,
        outcome if waiting.counted else None,
        write=waiting.row(outcome) if waiting.changed else None,
        forget=waiting.forgets,
        problems=waiting.problems,
        key=slot.key,
        slot=slot,
    )


def _ignore(_: object) -> None:
    """Nobody listens."""
