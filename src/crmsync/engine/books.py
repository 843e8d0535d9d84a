"""The books of one sync: every record read ends in one outcome, and is written down once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from crmsync import logs
from crmsync.engine.intents import Ending
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
    RecordWrite,
    Settlement,
)
from crmsync.tuples import maker

TAKEN = (Outcome.ACCEPTED, Outcome.UNVERIFIED)
_REJECTED = Outcome.REJECTED  # looked up once: members of an Enum are slow to reach
_INVALID = Outcome.INVALID
MAYBE_ARRIVED = "MAYBE_ARRIVED"
_make_delivery = maker(DeliveryWrite)
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
        self._seen: list[str] = []
        self._forgotten: set[str] = set()
        self._others: dict[str, list[RecordWrite]] = {}
        self._entered: set[tuple[str, str]] = set()
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
        if settled.write is not None:
            self._write(settled.write)
        elif settled.forget:
            self._forgotten.add(settled.record_id)
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
        for slot, verdict in zip(landed.slots, landed.verdicts, strict=True):
            outcome = verdict.outcome
            if outcome in TAKEN:
                answer = verdict.status
                deliveries.append(_make_delivery((slot.key, slot.digest, slot.body, True)))
                if slot.blocks or slot.moves:
                    slot.base = Delivery(slot.digest, slot.body, landed.batch_id, at, answer)
            elif outcome is _REJECTED and slot.base and (slot.leaving or not slot.certain):
                # What a record no longer gives was refused: a later run tries again. Else who
                # gives it goes to quarantine, and what an earlier run sent is as it was.
                owed = slot.leaving or not slot.waiting
                deliveries.append(DeliveryWrite(slot.key, UNCERTAIN, slot.base.body, owed))
            if outcome in _OPEN:
                complete = False
                self.abandon([slot], outcome)
            else:
                self._settle_slot(slot, outcome, verdict.reason)
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
            self._settle_slot(slot, ending.outcome, verdict.reason)
        self.commit(
            at,
            deliveries,
            batch_id=landed.batch_id,
            answer=ending.answer,
            events=ending.lines,
        )

    def _settle_slot(self, slot: Slot, verdict: Outcome, reason: str) -> None:
        found = slot.problems
        if verdict is _REJECTED:
            found = (*found, Problem(slot.key, "REJECTED", reason))
        elif verdict is Outcome.UNKNOWN:
            found = (*found, Problem(slot.key, MAYBE_ARRIVED, reason))
        for waiting in slot.waiting:
            outcome = slot.outcome(waiting, verdict, self._sync)
            write = waiting.row(outcome, found)
            if write is not None:
                self._write(write)
            elif waiting.forgets:
                self._forgotten.add(waiting.record_id)
            if waiting.counted:
                self._receipt(outcome, waiting.problems + slot.problems, waiting.record_id)
                if outcome is _REJECTED or outcome is _INVALID:
                    self._quarantined(waiting.record_id, outcome)
            self.low_water.settled(waiting.page)
        self._since_commit += len(slot.waiting)
        self._restate_freed(slot.freed_as(verdict, found, self._sync))

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
        mark = self.low_water.take()
        cursor = None if self.keeps_cursor else mark
        self._store_others(at)
        written = self._records or self._seen or self._forgotten or deliveries or events
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
        self._records, self._seen, self._forgotten = [], [], set()
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


def _nothing() -> None:
    """Nobody listens."""
