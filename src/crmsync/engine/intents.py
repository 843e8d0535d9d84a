"""What a request is about to carry, durable before it leaves; and what may have arrived.

A payload that may be sent again is an intent of the ledger's. One that must arrive once at most
(`DestinationPlugin.once`) is a line of its journal: SENDING from before its request leaves until
its end is settled, PARKED where nobody can tell whether it arrived. A PARKED line is owed, and
its payload is not sent again for the same key, until a person has settled the line; another
payload of the key is another event, and goes. Lines that are settled go, too.

The key's delivery holds the payload that was sent last, whether or not it is known to have
arrived. It is UNCERTAIN where a newer one surely did not arrive and is owed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from crmsync.engine.plans import SyncPlan
from crmsync.engine.sending import Landed
from crmsync.engine.slots import Slot, digest_of
from crmsync.errors import CrmsyncError
from crmsync.interfaces import Clock, Ledger
from crmsync.receipts import Outcome
from crmsync.state import UNCERTAIN, DeliveryWrite, EventLine, Phase, Settlement

Doubts: TypeAlias = dict[tuple[str, bytes], list[EventLine]]
"""Lines of payloads that may have arrived, by (key, body)."""

NOT_KNOWN: Final = "it is not known whether it arrived"
CUT_OFF: Final = "the run was cut off while it was being sent: it may have arrived"
_TAKEN: Final = frozenset({Outcome.ACCEPTED, Outcome.UNVERIFIED})
_DOUBTED: Final = frozenset({Phase.SENDING, Phase.UNKNOWN, Phase.PARKED})
_AT_ONCE: Final = 200


class Ending(NamedTuple):
    """What is to be stored of a payload that was sent once.

    Attributes:
        outcome: Its records' own; UNKNOWN also where an earlier one like it may have arrived.
        delivery: What the key holds now; None where nothing has changed.
        answer: What to remember of the answer.
        lines: Lines that came to another phase. The one it was sent under goes by itself.
    """

    outcome: Outcome
    delivery: DeliveryWrite | None = None
    answer: str = ""
    lines: tuple[EventLine, ...] = ()


class Intents:
    """Notes what a sync's requests carry, and remembers what may have arrived.

    Attributes:
        doubts: Of the whole destination, for a method whose payloads are sent once; else empty.
    """

    def __init__(self, plan: SyncPlan, ledger: Ledger, clock: Clock, *, run_id: str) -> None:
        self.doubts: Doubts = {}
        self._plan = plan
        self._ledger = ledger
        self._clock = clock
        self._run_id = run_id

    def recover(self) -> None:
        """Make uncertain what never settled. Call it holding the destination's lock."""
        self._ledger.recover(self._plan.destination)
        if not self._plan.once:
            return
        self.doubts.clear()
        for line in doubted_lines(self._ledger, self._plan.destination):
            told = self._park(line) if line.phase is Phase.SENDING else line
            self._doubt(told)

    def note(self, batch_id: str, slots: Sequence[Slot]) -> None:
        """Make durable what a batch is about to carry."""
        plan = self._plan
        if not plan.once:
            payloads = [(slot.key, slot.sent) for slot in slots]
            self._ledger.intend(
                batch_id=batch_id, sync=plan.name, destination=plan.destination, payloads=payloads
            )
            return
        lines = [self._line(slot, batch_id, Phase.SENDING) for slot in slots]
        self._ledger.settle(self._settlement(plan.name, lines))

    def ended(self, landed: Landed) -> Ending:
        """What became of the one payload of a batch that is sent once."""
        ((slot, verdict),) = zip(landed.slots, landed.verdicts, strict=True)
        outcome = verdict.outcome
        if landed.error is not None and not isinstance(landed.error, CrmsyncError):
            outcome = Outcome.UNKNOWN  # nobody knows how far it came
        if outcome in _TAKEN:
            lines = self.doubts.pop((slot.key, slot.body), ())
            came = (_arrived(line, "sent again, and taken") for line in lines)
            return Ending(outcome, _sent(slot), verdict.status, tuple(came))
        if outcome is Outcome.UNKNOWN:
            line = self._line(slot, landed.batch_id, Phase.PARKED, verdict.reason or CUT_OFF)
            self._doubt(line)
            return Ending(outcome, _sent(slot), NOT_KNOWN, (line,))
        if outcome is not Outcome.PENDING:
            return Ending(outcome)
        if (slot.key, slot.body) in self.doubts:
            return Ending(Outcome.UNKNOWN)
        body = slot.base.body if slot.base is not None else b""
        return Ending(outcome, DeliveryWrite(slot.key, UNCERTAIN, body))

    def _doubt(self, line: EventLine) -> None:
        self.doubts.setdefault((line.lead, line.body), []).append(line)

    def _park(self, line: EventLine) -> EventLine:
        parked = line._replace(phase=Phase.PARKED, at=self._clock.now(), reason=CUT_OFF)
        delivery = DeliveryWrite(line.lead, digest_of(line.body), line.body)
        self._ledger.settle(self._settlement(line.sync, [parked], delivery))
        return parked

    def _settlement(
        self, sync: str, lines: Sequence[EventLine], *held: DeliveryWrite
    ) -> Settlement:
        return Settlement(
            sync=sync,
            destination=self._plan.destination,
            run_id=self._run_id,
            at=self._clock.now(),
            batch_id=lines[0].tag if held else "",
            answer=NOT_KNOWN if held else "",
            deliveries=held,
            events=lines,
        )

    def _line(self, slot: Slot, batch_id: str, phase: Phase, reason: str = "") -> EventLine:
        return EventLine(
            tag=batch_id,
            sync=self._plan.name,
            record_id=_record(slot, self._plan.name),
            lead=slot.key,
            order=0,
            phase=phase,
            body=slot.body,
            at=self._clock.now(),
            reason=reason,
        )


def doubted_lines(ledger: Ledger, destination: str) -> Iterator[EventLine]:
    """Every line of a destination whose payload may have arrived, by key."""
    after = ""
    while leads := ledger.open_leads(destination, after=after, limit=_AT_ONCE):
        after = leads[-1]
        lines = ledger.open_events(destination, leads)
        yield from (line for line in lines if line.phase in _DOUBTED)


def doubts_of(plan: SyncPlan, ledger: Ledger) -> Doubts:
    """What may have arrived of what a sync sends once; nothing where it may repeat itself."""
    doubts: Doubts = {}
    if plan.once:
        for line in doubted_lines(ledger, plan.destination):
            doubts.setdefault((line.lead, line.body), []).append(line)
    return doubts


def _arrived(line: EventLine, reason: str) -> EventLine:
    return line._replace(phase=Phase.ACCEPTED, reason=reason)


def _sent(slot: Slot) -> DeliveryWrite:
    return DeliveryWrite(slot.key, slot.digest, slot.body)


def _record(slot: Slot, sync: str) -> str:
    """The record that a payload is told of: the winner, where this sync read it."""
    if slot.winner is not None and slot.winner[0] == sync:
        return slot.winner[1]
    return next((waiting.record_id for waiting in slot.waiting), "")
