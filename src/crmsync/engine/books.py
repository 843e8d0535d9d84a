"""The books of one sync: every record read ends in one outcome, and is written down once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from crmsync import logs
from crmsync.engine.halfway import HalfWay
from crmsync.engine.intents import Ending
from crmsync.engine.newcomers import NewSlot, parted
from crmsync.engine.sending import Landed
from crmsync.engine.settling import LowWater
from crmsync.engine.shelf import Settled
from crmsync.engine.slots import Restated, Slot
from crmsync.interfaces import Ledger
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.state import (
    UNCERTAIN,
    Delivery,
    DeliveryWrite,
    EventLine,
    Newcomer,
    RecordWrite,
    Settlement,
)

TAKEN = (Outcome.ACCEPTED, Outcome.UNVERIFIED)
_REJECTED = Outcome.REJECTED  # looked up once: members of an Enum are slow to reach
_INVALID = Outcome.INVALID
_UNKNOWN = Outcome.UNKNOWN
MAYBE_ARRIVED = "MAYBE_ARRIVED"
_OPEN = (Outcome.PENDING, Outcome.UNKNOWN)
_QUARANTINING = (Outcome.INVALID, _REJECTED)


class Books:
    """Counts outcomes, gathers what must be stored, and stores it with the cursor.

    Attributes:
        outcomes: How many records came to each outcome.
        fresh: Records that entered quarantine in this run, or in another form than before.
        warnings: Fields mended or left out.
        keeps_cursor: Whether the stored cursor is left alone.
        marks_seen: Whether records found unchanged are marked seen in `full_pass`.
        cursor: The cursor last stored.
        on_commit: Called after everything written down has been stored.
        once: What is asked how a payload ended that must arrive once at most; None where
            payloads may be sent again.
        keeps_ends: Whether what a record came to may be taken back: `ends` has it then.
        ends: The outcome of each record that this run gave a receipt.
    """

    def __init__(self, ledger: Ledger, *, sync: str, destination: str, run_id: str) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.fresh = 0
        self.warnings = 0
        self.keeps_cursor = False
        self.marks_seen = False
        self.full_pass = 0
        self.cursor: str | None = None
        self.keeps_ends = False
        self.ends: dict[str, Outcome] = {}
        self.once: Callable[[Landed], Ending] | None = None
        self.low_water = LowWater()
        self.on_commit: Callable[[], None] = _nothing
        self._ledger = ledger
        self._sync = sync
        self._destination = destination
        self._run_id = run_id
        self._log = logs.bound(run_id=run_id, sync=sync)
        self._records: list[RecordWrite] = []
        self._newcomers: dict[Outcome, list[Newcomer]] = {}
        self._seen: list[str] = []
        self._forgotten: set[str] = set()
        self._others: dict[str, list[RecordWrite]] = {}
        self._entered: set[tuple[str, str]] = set()
        self._half_way = HalfWay(sync)
        self._since_commit = 0

    @property
    def due(self) -> int:
        """How much happened since the last commit."""
        return self._since_commit

    def settle(self, settled: Settled) -> None:
        """Write down something that needs nothing sent."""
        if settled.outcome is not None:
            self._receipt(settled.outcome, settled.problems, settled.record_id)
            if settled.fresh:
                self._quarantined(settled.record_id, settled.outcome)
        if settled.forget:
            self._forgotten.add(settled.record_id)
        elif settled.write is not None:
            self._write(settled.write)
        elif self.marks_seen and settled.outcome is not None:
            self._seen.append(settled.record_id)
        self._since_commit += 1
        self.low_water.settled(settled.page)

    def restate(self, restated: Restated) -> None:
        """Write down another end of a record: of this sync or another, read in this run or not.

        A receipt that this run gave is taken back for it.
        """
        write = restated.write
        mine = restated.sync == self._sync
        old = self.ends.get(write.record_id) if mine else None
        if old is not None:
            self.outcomes[old] -= 1
            self._receipt(write.outcome, (), write.record_id)
        if restated.fresh or write.outcome is _REJECTED:
            self._quarantined(write.record_id, write.outcome, restated.sync)
        if restated.moving:
            return
        if old is not None:
            self._write(write)
        else:
            self._others.setdefault(restated.sync, []).append(write)
        self._since_commit += 1

    def _write(self, write: RecordWrite) -> None:
        self._records.append(write)
        if self._forgotten:
            self._forgotten.discard(write.record_id)  # it came back

    def land(self, landed: Landed, at: datetime) -> None:
        """Write down a batch, and note on each slot what the platform holds now.

        What is pending or unknown stays open: its page does not settle, its intent stays.
        """
        if self.once is not None:
            self._land_once(landed, self.once(landed), at)
            return
        deliveries: list[DeliveryWrite] = []
        answer = ""
        complete = True
        together = zip(landed.verdicts, landed.slots, strict=True)
        for verdict, pairs in groupby(together, itemgetter(0)):
            slots = [slot for _, slot in pairs]
            outcome = verdict.outcome
            if outcome in TAKEN:
                answer = verdict.status
                made, new, slots = parted(slots)
                for slot in slots:
                    if slot.blocks or slot.moves:
                        slot.base = Delivery(slot.digest, slot.body, landed.batch_id, at, answer)
                deliveries += [DeliveryWrite(slot.key, slot.digest, slot.body) for slot in slots]
                self._take_newcomers(made, new, outcome)
            elif outcome is _REJECTED:
                deliveries += _doubted(slots)
            if outcome in _OPEN:
                complete = False
                self.abandon(slots, outcome)
            else:
                self._settle_slots(slots, outcome, verdict.reason)
        self._half_way.hold(landed.slots, deliveries)
        self.commit(at, deliveries, batch_id=landed.batch_id if complete else "", answer=answer)

    def _land_once(self, landed: Landed, ending: Ending, at: datetime) -> None:
        """Write down a payload that must arrive once at most.

        UNKNOWN settles its page, too: sending it again is not the next run's, but a person's.
        """
        (slot,), (verdict,) = landed.slots, landed.verdicts
        deliveries = []
        if (held := ending.delivery) is not None:
            slot.base = Delivery(held.digest, held.body, landed.batch_id, at, ending.answer)
            deliveries.append(held)
        if ending.outcome is Outcome.PENDING:
            self.abandon([slot], ending.outcome)
        else:
            self._settle_slots([slot], ending.outcome, verdict.reason)
        self.commit(
            at,
            deliveries,
            batch_id=landed.batch_id,
            answer=ending.answer,
            events=ending.lines,
        )

    def _settle_slots(self, slots: Sequence[Slot], verdict: Outcome, reason: str) -> None:
        """Write down what waited for slots that came to one verdict."""
        ended: list[Outcome] = []
        pages: list[int] = []
        for slot in slots:
            found = _found(slot, verdict, reason)
            for waiting in slot.waiting:
                outcome = slot.outcome(waiting, verdict, self._sync)
                write = waiting.row(outcome, found)
                if waiting.forgets:
                    self._forgotten.add(waiting.record_id)
                elif write is not None:
                    self._write(write)
                if waiting.counted:
                    ended.append(outcome)
                    self._tell(waiting.record_id, outcome, waiting.problems + slot.problems)
                pages.append(waiting.page)
            self._restate_freed(slot.freed_as(verdict, found, self._sync))
        self.outcomes.update(ended)
        self._settle_pages(pages)

    def _take_newcomers(
        self, slots: Sequence[NewSlot], newcomers: Sequence[Newcomer], verdict: Outcome
    ) -> None:
        """Write down newcomers that were taken, and their slots.

        It comes to what `_settle_slots` does for each of them, and calls next to nothing. Where
        records collide (`keeps_ends`) there are none.
        """
        if not newcomers:
            return
        self._newcomers.setdefault(verdict, []).extend(newcomers)
        found = [problem.severity for _, _, problems in newcomers for problem in problems]
        self.warnings += found.count(Severity.WARNING)
        if self._forgotten:
            self._forgotten.difference_update(record_id for record_id, _, _ in newcomers)
        self.outcomes[verdict] += len(newcomers)
        self._settle_pages([slot.page for slot in slots])

    def _settle_pages(self, pages: Sequence[int]) -> None:
        """Note that so many things of these pages happened: a page's number for each of them."""
        self._since_commit += len(pages)
        for page, times in Counter(pages).items():
            self.low_water.settled(page, times)

    def _tell(self, record_id: str, outcome: Outcome, problems: Sequence[Problem]) -> None:
        """What a record came to with its payload, besides the count of that."""
        if problems or self.keeps_ends:
            self._noted(outcome, problems, record_id)
        if outcome is _REJECTED or outcome is _INVALID:
            self._quarantined(record_id, outcome)

    def _restate_freed(self, freed: Restated | None) -> None:
        if freed is not None:
            self.restate(freed)

    def abandon(self, slots: Sequence[Slot], outcome: Outcome, *, stored: bool = True) -> None:
        """Write down slots that this run does not deliver. Their pages do not settle.

        What a guard held back is not owed (*stored* is false): a person decides first.
        """
        for slot in slots:
            for waiting in slot.waiting:
                if waiting.counted:
                    self._receipt(outcome, waiting.problems, waiting.record_id)
                kept = stored and waiting.move is None and waiting.skipped is None
                write = waiting.row(outcome) if kept else None
                if write is not None:
                    self._records.append(write)

    def commit(
        self,
        at: datetime,
        deliveries: Sequence[DeliveryWrite] = (),
        *,
        batch_id: str = "",
        answer: str = "",
        events: Sequence[EventLine] = (),
    ) -> None:
        """Store everything written down since the last time, with the cursor it reaches."""
        deliveries = [*self._half_way.come(), *deliveries]
        mark = self.low_water.take()
        cursor = None if self.keeps_cursor else mark
        self._store_others(at)
        records = self._records or self._newcomers
        written = records or self._seen or self._forgotten or deliveries or events
        if not (written or batch_id or cursor):
            return
        self._ledger.settle(
            Settlement(
                sync=self._sync,
                destination=self._destination,
                run_id=self._run_id,
                at=at,
                batch_id=batch_id,
                answer=answer,
                records=self._records,
                deliveries=deliveries,
                newcomers=self._newcomers,
                seen=self._seen,
                forgotten=sorted(self._forgotten),
                full_pass=self.full_pass,
                cursor=cursor,
                events=events,
            )
        )
        if cursor is not None:
            self.cursor = cursor
            self._log(logs.CURSOR_COMMITTED)
        self.on_commit()
        self._records, self._newcomers = [], {}
        self._seen, self._forgotten = [], set()
        self._since_commit = 0

    def _store_others(self, at: datetime) -> None:
        """Store what became of records that were not read in this run.

        Before anything else: cut off in between, the next run comes to the same again.
        """
        others, self._others = self._others, {}
        for sync, records in others.items():
            self._ledger.settle(
                Settlement(
                    sync=sync,
                    destination=self._destination,
                    run_id=self._run_id,
                    at=at,
                    records=records,
                )
            )

    def store_cursor(self, cursor: str, at: datetime) -> None:
        """Store a cursor that is no page's: an earlier one, or "" for the start."""
        self._ledger.settle(
            Settlement(
                sync=self._sync,
                destination=self._destination,
                run_id=self._run_id,
                at=at,
                cursor=cursor,
            )
        )
        self.cursor = cursor or None

    def followed(self, record_id: str, outcome: Outcome) -> None:
        """Count a record whose outcome is its event's; the ledger has it already."""
        self._receipt(outcome, ())
        if outcome is _REJECTED:
            self._quarantined(record_id, outcome)

    def _receipt(self, outcome: Outcome, problems: Sequence[Problem], record_id: str = "") -> None:
        self.outcomes[outcome] += 1
        self._noted(outcome, problems, record_id)

    def _noted(self, outcome: Outcome, problems: Sequence[Problem], record_id: str) -> None:
        if self.keeps_ends:
            self._came_to(record_id, outcome)
        if problems:
            self.warnings += sum(p.severity is Severity.WARNING for p in problems)

    def _came_to(self, record_id: str, outcome: Outcome) -> None:
        """Remember an end; what entered quarantine in this run may have left it with that."""
        self.ends[record_id] = outcome
        member = (self._sync, record_id)
        if outcome not in _QUARANTINING and member in self._entered:
            self._entered.remove(member)
            self.fresh -= 1

    def _quarantined(self, record_id: str, outcome: Outcome, sync: str = "") -> None:
        member = (sync or self._sync, record_id)
        self.fresh += outcome in _QUARANTINING and member not in self._entered
        if self.keeps_ends:
            self._entered.add(member)
        self._log(logs.RECORD_QUARANTINED, record=record_id, outcome=outcome.value)


def _doubted(slots: Sequence[Slot]) -> list[DeliveryWrite]:
    """What is not certain any more of keys whose payload was refused.

    What a record no longer gives was refused: a later run tries again. Else who gives it goes to
    quarantine, and what an earlier run sent is as it was.
    """
    return [
        DeliveryWrite(slot.key, UNCERTAIN, slot.base.body, owed=slot.leaving or not slot.waiting)
        for slot in slots
        if slot.base and (slot.leaving or not slot.certain)
    ]


def _found(slot: Slot, verdict: Outcome, reason: str) -> tuple[Problem, ...]:
    """The problems of a slot's payload as a whole, its verdict's among them."""
    if verdict is _REJECTED:
        return (*slot.problems, Problem(slot.key, "REJECTED", reason))
    if verdict is _UNKNOWN:
        return (*slot.problems, Problem(slot.key, MAYBE_ARRIVED, reason))
    return slot.problems


def _nothing() -> None:
    """Nobody listens."""
