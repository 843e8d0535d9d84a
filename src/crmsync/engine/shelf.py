"""The slots that are open, in flight, or settled and not in the ledger yet."""

from collections.abc import Callable, Container, Iterable
from typing import Final, NamedTuple

from crmsync.engine.contests import Contests
from crmsync.engine.plans import SyncPlan
from crmsync.engine.slots import Given, Slot, Waiting, refresh, stand_on
from crmsync.engine.watching import ValueWatch
from crmsync.payloads import Fields
from crmsync.receipts import Outcome, Problem
from crmsync.records import NO_FIELDS
from crmsync.state import Delivery, Known, RecordWrite, Stored

_INVALID: Final = Outcome.INVALID  # looked up once: members of an Enum are slow to reach


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
        doubts: For payloads that must arrive once at most: those that may have arrived, by key
            and body. They rest, and their records are UNKNOWN.
        sends_doubted: Whether these are sent all the same: a person has decided so.
        contests: What judges keys that several claim; None where their values are merged.
    """

    def __init__(
        self, plan: SyncPlan, watch: ValueWatch | None, contests: Contests | None, *, force: bool
    ) -> None:
        self.slots: dict[str, Slot] = {}
        self.blocked = 0
        self.on_slot: Callable[[Slot], None] = _ignore
        self.on_drop: Callable[[Slot], None] = _ignore
        self.on_settled: Callable[[Settled], None] = _ignore
        self.doubts: Container[tuple[str, bytes]] = ()
        self.sends_doubted = False
        self.contests = contests
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
                if self.contests is None or s.sync in self._plan.ranks
            }
            slot = Slot(key, members)
            stand_on(slot, lookup.delivered.get(key), self._plan, left=not members)
        elif slot.flying:
            flying = slot
            slot = Slot(key, dict(flying.members))
            slot.present = flying.present
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
        if self.contests is not None and (problem := self.contests.problem(slot)):
            self._refuse(slot, problem, self.contests)
            return
        refresh(slot, self._plan, single)
        if self._watch and slot.members and slot.held:
            self._watch.kept(slot.held.keys() & slot.fields.keys())
            if not slot.leaving:  # what leaves with its record did not go blank
                self._watch.cleared(slot.held.keys() - slot.fields.keys())
                self._watch.compared(slot.held, slot.body)
        slot.fields = NO_FIELDS
        doubted = bool(self.doubts) and (slot.key, slot.body) in self.doubts
        slot.settled = not self._goes(slot, doubted=doubted)
        if not slot.settled:
            self.on_slot(slot)
            return
        self.on_drop(slot)
        self.rest(slot)
        self._settle(slot, Outcome.UNKNOWN if doubted else Outcome.UNCHANGED)
        freed = slot.freed_as(Outcome.UNCHANGED, (), self._plan.name)
        if freed is not None and self.contests is not None:
            self.contests.restate(freed)

    def _settle(self, slot: Slot, verdict: Outcome) -> None:
        """Let everyone who waits go: the slot needs no request."""
        waiting_now, slot.waiting = slot.waiting, []
        for waiting in waiting_now:
            told = waiting
            if self._force and not waiting.changed:  # it may have been refused before
                told = waiting._replace(changed=True)
            self.on_settled(_unchanged(slot, told, self._plan.name, verdict))

    def _goes(self, slot: Slot, *, doubted: bool) -> bool:
        """Whether a slot is to be sent; *doubted* is whether it may have arrived already."""
        if not self._plan.once:
            return slot.to_send or bool(self._force and slot.members and not slot.bare)
        if doubted:
            return self.sends_doubted
        return slot.to_send and (slot.base is None or slot.base.body != slot.body)

    def _refuse(self, slot: Slot, problem: Problem, contests: Contests) -> None:
        """Send nothing for a key that several claim: all of them are invalid."""
        self.on_drop(slot)
        self.rest(slot)
        news = contests.refuse(slot, problem)
        waiting_now, slot.waiting = slot.waiting, []
        for waiting in waiting_now:
            if waiting.gives is None or waiting.record_id not in news:  # it leaves the key
                self.on_settled(_unchanged(slot, waiting, self._plan.name))
            else:
                fresh = news[waiting.record_id]
                stored = fresh or waiting.move is not None
                self.on_settled(refused(slot, waiting, problem, fresh=fresh, stored=stored))

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

    def landed(self, slots: Iterable[Slot]) -> None:
        """A request is over; the base of each of its slots is what the platform holds now."""
        for slot in slots:
            if slot.moves or slot.blocks:
                self._landed(slot)
            elif self.slots.get(slot.key) is slot:
                del self.slots[slot.key]

    def _landed(self, slot: Slot) -> None:
        if self.slots.get(slot.key) is slot:
            if slot.moves and any(move.left for move in slot.moves):
                slot.flying = False
                slot.waiting = []
                stand_on(slot, slot.base, self._plan, left=slot.winner is None)
                self.rest(slot)
            else:
                del self.slots[slot.key]
        for held in slot.blocks:
            held.after -= 1
            self.blocked -= 1
            if held.key == slot.key:
                stand_on(held, slot.base, self._plan, left=slot.winner is None)
            self.decide(held)


def refused(
    slot: Slot, waiting: Waiting, problem: Problem, *, fresh: bool, stored: bool = True
) -> Settled:
    """What becomes of a waiting record whose payload must not be sent."""
    write = waiting.row(_INVALID, (problem,)) if stored else None
    return Settled(
        waiting.page,
        waiting.record_id,
        _INVALID if waiting.counted else None,
        write=write,
        forget=waiting.forgets,
        fresh=fresh,
        problems=(*waiting.problems, problem),
        key=slot.key,
        slot=slot,
    )


def _unchanged(
    slot: Slot, waiting: Waiting, sync: str, verdict: Outcome = Outcome.UNCHANGED
) -> Settled:
    """What becomes of a waiting record when its slot needs no request."""
    outcome = slot.outcome(waiting, verdict, sync)
    write = waiting.row(outcome) if waiting.changed else None
    return Settled(
        waiting.page,
        waiting.record_id,
        outcome if waiting.counted else None,
        write=write,
        forget=waiting.forgets,
        fresh=outcome is _INVALID,
        problems=waiting.problems,
        key=slot.key,
        slot=slot,
    )


def _ignore(_: object) -> None:
    """Nobody listens."""
