"""`explain`: raw value, rule, transforms, payload, batch, answer; or why nothing was sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from crmsync.engine.planning import Planner
from crmsync.engine.plans import SyncPlan
from crmsync.errors import RecordError
from crmsync.interfaces import Ledger
from crmsync.mapper import Mapped, TraceStep
from crmsync.payloads import Fields
from crmsync.receipts import Outcome, Problem
from crmsync.records import Record
from crmsync.reports import JSONObject, timestamp
from crmsync.state import FORGOTTEN, SETTLED, Delivery, EventLine, RecordWrite
from crmsync.values import Value


class Explanation(Value):
    """Everything that is known of one record of a sync.

    Attributes:
        record: As the CRM gives it now; None where it has it no more.
        mapped: What the mapping makes of it now.
        steps: How each field (or the one asked for) comes about.
        stored: What the ledger holds of the record.
        delivery: What was last delivered to its key; `delivered` are its values.
        contributors: (sync, record id) of every record that gives to the key.
        events: What was or may have been sent of the record once, oldest first; each with what
            it holds, where the platform takes events.
        notes: Whether the platform takes events: `delivered` is then what was last noted of the
            record, from which its next change is told.
        first: The event that its last one waits for; None where that waits for none.
        alone: Whether a key takes one record only: several are not merged, but refused.
        goes_out: What a run would send for the key now; None where that is nothing.
        spares: Whether that may be less than the payload: the platform is spared what it has.
    """

    sync: str
    record_id: str
    record: Record | None
    mapped: Mapped | None
    steps: tuple[TraceStep, ...]
    stored: RecordWrite | None
    delivery: Delivery | None
    delivered: JSONObject
    contributors: tuple[tuple[str, str], ...]
    events: tuple[tuple[EventLine, Fields], ...] = ()
    notes: bool = False
    first: EventLine | None = None
    alone: bool = False
    goes_out: JSONObject | None = None
    spares: bool = False

    @property
    def key(self) -> str | None:
        """The key that it maps to now, or the one that it was stored under."""
        if self.mapped is not None and self.mapped.key is not None:
            return self.mapped.key
        return self.stored.key if self.stored else None

    @property
    def verdict(self) -> str:
        """One sentence: what became of the record, and why."""
        if self.stored is not None and self.stored.digest == FORGOTTEN:
            back = f"crmsync forget --undo {self.sync} {self.record_id}"
            return f"filtered, not sent: a person had it forgotten (`{back}` lets it be read again)"
        if self.mapped is not None and self.mapped.outcome is not None:
            why = "; ".join(f"{p.field}: {p.message}" for p in self.mapped.problems)
            return f"{self.mapped.outcome.value}, not sent: {why or 'the filter leaves it out'}"
        if self.stored is None:
            return "not read by a run yet"
        if self.stored.outcome in (Outcome.INVALID, Outcome.REJECTED):
            why = "; ".join(f"{p.field}: {p.message}" for p in self.stored.problems)
            return f"{self.stored.outcome.value}, in quarantine: {why}"
        if self.record is None:
            return f"{self.stored.outcome.value} last time; the CRM has it no more"
        return f"{self.stored.outcome.value}{self._why}"

    @property
    def _why(self) -> str:
        """What its last event waits for, or why it has none."""
        if self.first is not None:
            return f": it waits for event {event_words(self.first)}"
        if self.notes and not self.events:
            return ", not sent: only noted, for later changes to be told from"
        return ""

    def to_json(self) -> JSONObject:
        """Everything, as one document."""
        delivery = self.delivery
        return {
            "sync": self.sync,
            "id": self.record_id,
            "key": self.key,
            "verdict": self.verdict,
            "outcome": self.stored.outcome.value if self.stored else None,
            "problems": [p._asdict() for p in self._problems()],
            "fields": [self._field(step) for step in self.steps],
            "contributors": [{"sync": sync, "id": record} for sync, record in self.contributors],
            "goes_out": self.goes_out,
            "events": [{**event_json(line), "sent": dict(sent)} for line, sent in self.events],
            "delivery": None
            if delivery is None
            else {
                "batch": delivery.batch_id,
                "delivered_at": timestamp(delivery.delivered_at) if delivery.delivered_at else None,
                "answer": delivery.answer,
                "payload": self.delivered,
            },
        }

    def _problems(self) -> tuple[Problem, ...]:
        if self.mapped is not None:
            return self.mapped.problems
        return self.stored.problems if self.stored else ()

    def _field(self, step: TraceStep) -> JSONObject:
        return {
            "field": step.field,
            "rule": step.rule,
            "raw": dict(step.raw),
            "steps": [{"name": name, "value": value} for name, value in step.steps],
            "value": step.value,
            "delivered": self.delivered.get(step.field),
            "problems": [problem._asdict() for problem in step.problems],
        }

    def lines(self) -> Iterator[str]:
        """The explanation for a person, line by line."""
        yield f"{self.sync} {self.record_id}: {self.verdict}"
        if self.key:
            yield f"  key: {self.key}"
        others = [c for c in self.contributors if c != (self.sync, self.record_id)]
        if others:
            words = "claimed, too, by" if self.alone else "merged with"
            yield f"  {words}: " + ", ".join(f"{sync} {record}" for sync, record in others)
        for step in self.steps:
            yield from self._step_lines(step)
        if self.spares:
            yield f"  would be sent now: {', '.join(self.goes_out or ['nothing'])}"
        yield from self._ending_lines()

    def _ending_lines(self) -> Iterator[str]:
        """What became of it at the platform."""
        for line, sent in self.events:
            yield f"  event {event_words(line)}"
            yield from (f"    {name}: {value!r}" for name, value in sent.items())
        if self.delivery is None or self.delivery.delivered_at is None:
            return
        at = timestamp(self.delivery.delivered_at)
        if self.notes:
            yield f"  noted {at}: the next change is told from that"
        elif not self.events:
            batch, answer = self.delivery.batch_id, self.delivery.answer
            yield f"  delivered {at} in batch {batch}, answer {answer}"

    def _step_lines(self, step: TraceStep) -> Iterator[str]:
        yield f"  {step.field} = {step.value!r}"
        yield f"    rule: {step.rule}"
        for path, value in step.raw:
            yield f"    {path}: {value!r}"
        for name, value in step.steps:
            yield f"    {name} -> {value!r}"
        for problem in step.problems:
            yield f"    {problem.severity.value}: {problem.message}"
        delivered = self.delivered.get(step.field)
        if delivered != step.value and not (self.notes and self.delivery is None):
            yield f"    {'noted' if self.notes else 'delivered'}: {delivered!r}"


def event_json(line: EventLine) -> JSONObject:
    """An event's line in the journal, for `status`, `explain` and monitors."""
    return {
        "tag": line.tag,
        "id": line.record_id,
        "lead": line.lead,
        "phase": line.phase.value,
        "at": timestamp(line.at),
        "event": line.answer or None,
        "reason": line.reason or None,
    }


def event_words(line: EventLine) -> str:
    """The same for a person, on one line."""
    told = f"{line.tag} of record {line.record_id} for lead {line.lead}: {line.phase.value}"
    number = f" as {line.answer}" if line.answer else ""
    why = f": {line.reason}" if line.reason else ""
    return f"{told}{number}, {timestamp(line.at)}{why}"


def explain(
    plan: SyncPlan, ledger: Ledger, record_id: str, field: str | None = None
) -> Explanation:
    """Explain one record of a sync, or one field of it. *ledger* is only read.

    Raises:
        RecordError: Neither the CRM nor the ledger knows the record.
    """
    with closing(plan.open_source()) as source:
        pages = source.read(plan.query(ids=(record_id,)))
        found = [record for page in pages for record in page.records]
    record = found[0] if found else None
    stored = ledger.record(plan.name, record_id)
    if record is None and stored is None:
        message = f"{plan.name}: neither {plan.source} nor the ledger has a record {record_id}"
        raise RecordError(message, hint="look at the id in the CRM's address bar")
    live = record is not None and not record.deleted
    mapped = plan.map_page([record])[0] if record is not None and live else None
    steps = plan.mapper.trace(record) if record is not None and live else ()
    key = mapped.key if mapped and mapped.key else (stored.key if stored else None)
    keys = [key] if key else []
    delivery = ledger.deliveries(plan.destination, keys).get(key or "")
    contributions = ledger.contributions(plan.destination, keys).get(key or "", [])
    lines = ledger.events_of(plan.name, record_id)
    return Explanation(
        sync=plan.name,
        record_id=record_id,
        record=record,
        mapped=mapped,
        steps=tuple(step for step in steps if field in (None, step.field)),
        stored=stored,
        delivery=delivery,
        delivered=plan.plugin.decode(delivery.body) if delivery and delivery.body else {},
        contributors=tuple((c.sync, c.record_id) for c in contributions),
        events=_events(plan, lines),
        notes=plan.open_events is not None,
        first=_first(plan, ledger, lines),
        alone=plan.plugin.merge.alone,
        goes_out=_goes_out(plan, ledger, record, key) if live and not plan.open_events else None,
        spares=plan.plugin.sent is not None,
    )


def _events(plan: SyncPlan, lines: Sequence[EventLine]) -> tuple[tuple[EventLine, Fields], ...]:
    rules = plan.plugin.events
    return tuple((line, rules.told(line) if rules is not None else {}) for line in lines)


def _first(plan: SyncPlan, ledger: Ledger, lines: Sequence[EventLine]) -> EventLine | None:
    """The open event that the last of these waits for: the first of its lead."""
    if plan.open_events is None or not lines or lines[-1].phase in SETTLED:
        return None
    first = ledger.open_events(plan.destination, [lines[-1].lead])[0]
    return None if first.tag == lines[-1].tag else first


def _goes_out(
    plan: SyncPlan, ledger: Ledger, record: Record | None, key: str | None
) -> JSONObject | None:
    """What a run that read this record alone would send for its key."""
    planner = Planner(plan, ledger)
    planner.add(0, [record] if record is not None else [])
    slot = planner.shelf.slots.get(key or "")
    return plan.plugin.decode(slot.sent) if slot is not None and not slot.settled else None
