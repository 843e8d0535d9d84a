"""A compiled mapping: rows of functions, called in order for each page of records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from itertools import compress, repeat
from typing import Any, NamedTuple, TypeAlias

from crmsync.mapper import Mapped, TraceStep
from crmsync.mapping.agreement import Agreement
from crmsync.mapping.building import OPEN, Column, Page, Recipe, Report, Told
from crmsync.mapping.columns import unknown
from crmsync.mapping.in_columns import InColumns, in_dictionaries
from crmsync.mapping.merging import Merge
from crmsync.mapping.values import Texts, Transform
from crmsync.payloads import Columns, Contribution, Fields
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.records import NO_FIELDS, Alike, Record
from crmsync.tuples import maker
from crmsync.values import Value

Found: TypeAlias = dict[str, list[object]]
"""By field, the values of a page's records; None where there is nothing to send."""

_make = maker(Mapped)
_FILTERED = Mapped(None, NO_FIELDS, (), Outcome.FILTERED)
_SHOWN_OF_AN_ERROR = 200


class StandIn(NamedTuple):
    """What stands in for a value that came out empty: another field's, fitted."""

    field: str
    fit: Transform


class Row(NamedTuple):
    """One destination field: how it is made, what stands in, and how much a failure weighs."""

    name: str
    recipe: Recipe
    stand_in: StandIn | None = None
    weight: Severity = Severity.WARNING


def fill(rows: Sequence[Row], records: Page, found: Found, reports: Sequence[Report]) -> None:
    """Add each row's values of *records* to *found*, by its column as far as that goes."""
    for row in rows:
        values = _tried(row.recipe.column, records)
        if values.__class__ is not Texts and Told in {*map(type, values)}:
            for place, value in enumerate(values):
                if value.__class__ is Told:
                    values[place] = _told(value, row, records[place], reports[place])
        if row.stand_in is not None and None in values:
            values = _stood_in(values, row.stand_in, found)
        found[row.name] = values


def _stood_in(values: list[object], stand_in: StandIn, found: Found) -> list[object]:
    others = found.get(stand_in.field) or [None] * len(values)
    return [
        stand_in.fit(other) if value is None and other is not None else value
        for value, other in zip(values, others, strict=True)
    ]


def _tried(column: Column, records: Page) -> list[object]:
    try:
        return column(records)
    except Exception:  # noqa: BLE001 - gone through one by one, only the culprit's field is lost
        return unknown(records)


def _told(told: Any, row: Row, record: Record, report: Report) -> object:
    if told is OPEN:
        return _gone_through(row, record, report)
    report.extend(told.problems)
    return told.value


def _gone_through(row: Row, record: Record, report: Report) -> object:
    """What the whole rule gives.

    One that raises costs its field, never the record: a person's function may do so.
    """
    try:
        return row.recipe.whole(record, report)
    except Exception as error:  # noqa: BLE001 - a person's function may raise anything
        report.append(_failed(row.name, error, row.weight))
        return None


def _failed(name: str, error: Exception, weight: Severity) -> Problem:
    words = f"{type(error).__name__}: {error}"[:_SHOWN_OF_AN_ERROR]
    return Problem(name, "RULE_FAILED", f"its rule raised {words}; left out", weight)


class Keyless(Value):
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
        if report and len(self.attempts) <= 1:
            message = "; ".join(problem.message for problem in report)
        else:
            reasons = [self._reason(path, row, record) for path, row in self.attempts]
            message = f"no {self.key}: {'; '.join(reasons) or 'its rule gives nothing'}"
        code = f"MISSING_{self.key.rpartition('.')[2].upper()}"
        return Mapped(None, NO_FIELDS, (Problem(self.key, code, message),), self.outcome)

    def _reason(self, path: str, row: Row, record: Record) -> str:
        report: Report = []
        _gone_through(row, record, report)
        return report[0].message if report else f"{path} is empty"


def _mapped(
    keys: Sequence[object],
    payloads: Sequence[Fields],
    reports: Sequence[Report],
    bodies: Sequence[bytes],
) -> list[Mapped]:
    """Each record's end, INVALID where a problem is an error."""
    rows = zip(map(str, keys), payloads, map(tuple, reports), repeat(None), bodies, strict=False)
    made = [*map(_make, rows)]
    for place, report in enumerate(reports):
        if report and Severity.ERROR in [problem.severity for problem in report]:
            made[place] = Mapped(None, NO_FIELDS, tuple(report), Outcome.INVALID)
    return made


def _those(records: Sequence[Record], chosen: Sequence[bool]) -> Sequence[Record]:
    """The chosen ones; of records that are alike, alike."""
    return (Alike if isinstance(records, Alike) else tuple)(compress(records, chosen))


class CompiledMapping(Value):
    """A mapper. Pure and without state: safe to call from several threads.

    Attributes:
        wanted: The filter; None where every record is wanted.
        key: Makes the payload's key.
        before: The rows that stand before the key in the destination's order.
        after: The rows that stand after it.
        keyless: What becomes of a record without a key.
        agree: Looks at the finished payload as a whole.
        encode_page: Encodes payloads by their columns; None where they are encoded one by one.
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
    encode_page: Callable[[Columns, int], Sequence[bytes]] | None
    tracer: Callable[[Record], Sequence[TraceStep]]
    merger: Merge

    def map_page(self, records: Sequence[Record]) -> list[Mapped]:
        """Map live records, each as if it were alone. Never raises for what is in them."""
        if self.wanted is None:
            return [*self._map_wanted(records)]
        chosen = [*map(self.wanted, records)]
        mapped = iter(self._map_wanted(_those(records, chosen)))
        return [next(mapped) if one else _FILTERED for one in chosen]

    def map(self, record: Record) -> Mapped:
        """Map one live record: a page of one."""
        return self.map_page((record,))[0]

    def _map_wanted(self, records: Sequence[Record]) -> Iterator[Mapped]:
        reports: list[Report] = [[] for _ in records]
        found: Found = {}
        fill((self.key,), Page(records), found, reports)
        keys = found[self.key.name]
        keyed = [key is not None for key in keys]
        mapped = iter(
            self._with_keys(
                _those(records, keyed),
                list(compress(keys, keyed)),
                list(compress(reports, keyed)),
            )
        )
        for record, key, report in zip(records, keys, reports, strict=True):
            yield self.keyless(record, report) if key is None else next(mapped)

    def _with_keys(
        self, records: Sequence[Record], keys: list[object], reports: Sequence[Report]
    ) -> list[Mapped]:
        """Records with a key; the values of each in the destination's order."""
        if not records:
            return []
        found: Found = {}
        page = Page(records, many=True)
        fill(self.before, page, found, reports)
        found[self.key.name] = keys
        fill(self.after, page, found, reports)
        count = len(records)
        payloads: Sequence[MutableMapping[str, object]]
        if self.encode_page is None:
            payloads = in_dictionaries(found, count)
        else:
            payloads = [InColumns(found, place) for place in range(count)]
        if self.agree is not None:
            for place in self.agree.places(found, page):
                reports[place].extend(self.agree.settle(payloads[place], page[place]))
        bodies = [b""] * count if self.encode_page is None else self.encode_page(found, count)
        return _mapped(keys, payloads, reports, bodies)

    def trace(self, record: Record) -> Sequence[TraceStep]:
        """Map one record and tell how each field came about, filtered and keyless or not."""
        return self.tracer(record)

    def merge(self, contributions: Sequence[Contribution]) -> tuple[Fields, Contribution]:
        """Merge what several records give to one key, and name the winner."""
        return self.merger(contributions)
