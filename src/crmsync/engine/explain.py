"""`explain`: raw value, rule, transforms, payload, batch, answer; or why nothing was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from crmsync.engine.plans import SyncPlan
from crmsync.errors import RecordError
from crmsync.interfaces import Ledger, Mapped, TraceStep
from crmsync.receipts import Outcome, Problem
from crmsync.records import Record
from crmsync.reports import JSONObject, timestamp
from crmsync.state import Delivery, RecordWrite


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Everything that is known of one record of a sync.

    Attributes:
        record: As the CRM gives it now; None where it has it no more.
        mapped: What the mapping makes of it now.
        steps: How each field (or the one asked for) comes about.
        stored: What the ledger holds of the record.
        delivery: What was last delivered to its key; `delivered` are its values.
        contributors: (sync, record id) of every record that gives to the key.
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

    @property
    def key(self) -> str | None:
        """The key that it maps to now, or the one that it was stored under."""
        if self.mapped is not None and self.mapped.key is not None:
            return self.mapped.key
        return self.stored.key if self.stored else None

    @property
    def verdict(self) -> str:
        """One sentence: what became of the record, and why."""
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
        return self.stored.outcome.value

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
            yield "  merged with: " + ", ".join(f"{sync} {record}" for sync, record in others)
        for step in self.steps:
            yield from self._step_lines(step)
        if self.delivery is not None and self.delivery.delivered_at is not None:
            yield (
                f"  delivered {timestamp(self.delivery.delivered_at)} in batch "
                f"{self.delivery.batch_id}, answer {self.delivery.answer}"
            )

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
        if delivered != step.value:
            yield f"    delivered: {delivered!r}"


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
    mapped = plan.mapper.map(record) if record is not None and live else None
    steps = plan.mapper.trace(record) if record is not None and live else ()
    key = mapped.key if mapped and mapped.key else (stored.key if stored else None)
    keys = [key] if key else []
    delivery = ledger.deliveries(plan.destination, keys).get(key or "")
    contributions = ledger.contributions(plan.destination, keys).get(key or "", [])
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
    )
