"""A compiled mapping: rows of functions, called in order for each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from crmsync.interfaces import Mapped, TraceStep
from crmsync.mapping.agreement import Agreement
from crmsync.mapping.building import Extract, Report
from crmsync.mapping.merging import Merge
from crmsync.payloads import Contribution, Fields
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.records import NO_FIELDS, Record

StandIn: TypeAlias = Callable[[Mapping[str, object]], object]
"""From the payload so far to the value of a field that came out empty."""

_FILTERED = Mapped(None, NO_FIELDS, (), Outcome.FILTERED)
_SHOWN_OF_AN_ERROR = 200


class Row(NamedTuple):
    """One destination field: how it is made, what stands in, and how much a failure weighs."""

    name: str
    extract: Extract
    stand_in: StandIn | None = None
    weight: Severity = Severity.WARNING


def fill(rows: Sequence[Row], record: Record, fields: dict[str, object], report: Report) -> None:
    """Add each row's value of *record* to *fields*.

    A rule that raises costs its field, never the record: a person's function may do so.
    """
    for name, extract, stand_in, weight in rows:
        try:
            value = extract(record, report)
        except Exception as error:  # noqa: BLE001 - a person's function may raise anything
            value = None
            report.append(_failed(name, error, weight))
        if value is None:
            if stand_in is None:
                continue
            value = stand_in(fields)
            if value is None:
                continue
        fields[name] = value


def _failed(name: str, error: Exception, weight: Severity) -> Problem:
    words = f"{type(error).__name__}: {error}"[:_SHOWN_OF_AN_ERROR]
    return Problem(name, "RULE_FAILED", f"its rule raised {words}; left out", weight)


@dataclass(frozen=True, kw_only=True)
class Keyless:
    """Says why a record has no key.

    Attributes:
        key: The destination's field that identifies a payload.
        attempts: Its rule, each path alone.
        outcome: SKIPPED or INVALID.
    """

    key: str
    attempts: tuple[tuple[str, Row], ...]
    outcome: Outcome

    def __call__(self, record: Record, report: Report) -> Mapped:
        """The record's end, with every path that was tried and what was wrong with it."""
        reasons = [self._reason(path, row, record) for path, row in self.attempts]
        reasons = reasons or [problem.message for problem in report]
        message = f"no {self.key}: {'; '.join(reasons) or 'its rule gives nothing'}"
        code = f"MISSING_{self.key.rpartition('.')[2].upper()}"
        return Mapped(None, NO_FIELDS, (Problem(self.key, code, message),), self.outcome)

    def _reason(self, path: str, row: Row, record: Record) -> str:
        report: Report = []
        fill((row,), record, {}, report)
        return report[0].message if report else f"{path} is empty"


@dataclass(frozen=True, kw_only=True)
class CompiledMapping:
    """A mapper. Pure and without state: safe to call from several threads.

    Attributes:
        wanted: The filter; None where every record is wanted.
        key: Makes the payload's key.
        before: The rows that stand before the key in the destination's order.
        after: The rows that stand after it.
        keyless: What becomes of a record without a key.
        agree: Looks at the finished payload as a whole.
        tracer: Does what `trace` promises.
        merger: Does what `merge` promises.
    """

    paths: frozenset[str]
    digest: str
    wanted: Callable[[Record], bool] | None
    key: Row
    before: tuple[Row, ...]
    after: tuple[Row, ...]
    keyless: Keyless
    agree: Agreement | None
    tracer: Callable[[Record], Sequence[TraceStep]]
    merger: Merge

    def map(self, record: Record) -> Mapped:
        """Map one live record. Never raises for what is in it."""
        if self.wanted is not None and not self.wanted(record):
            return _FILTERED
        report: Report = []
        fields: dict[str, object] = {}
        fill((self.key,), record, fields, report)
        key = fields.get(self.key.name)
        if key is None:
            return self.keyless(record, report)
        if self.before:
            fields.clear()
            fill(self.before, record, fields, report)
            fields[self.key.name] = key
        fill(self.after, record, fields, report)
        if self.agree is not None:
            report += self.agree(fields, record)
        if report and Severity.ERROR in [problem.severity for problem in report]:
            return Mapped(None, NO_FIELDS, tuple(report), Outcome.INVALID)
        return Mapped(str(key), fields, tuple(report))

    def trace(self, record: Record) -> Sequence[TraceStep]:
        """Map one record and tell how each field came about, filtered and keyless or not."""
        return self.tracer(record)

    def merge(self, contributions: Sequence[Contribution]) -> tuple[Fields, Contribution]:
        """Merge what several records give to one key, and name the winner."""
        return self.merger(contributions)
