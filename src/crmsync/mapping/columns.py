"""Columns: a rule's values for a page of records at once, where the records need no more.

A rule gone through record by record spends most of its time on calling functions. A column goes
through a page field by field instead, and gives for each record the very value that the whole
rule gives, or None where that gives nothing, both only where the whole rule would report
nothing. It need not know every case: OPEN sends the record through the whole rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from crmsync.mapping.building import OPEN, Column, Combine, Extract, Report, Told
from crmsync.mapping.paths import Getter, is_empty
from crmsync.mapping.pipelines import Finish
from crmsync.mapping.values import Remark, Transform
from crmsync.records import Record

_REMEMBERED: Final = 1024


def unknown(records: Sequence[Record]) -> list[object]:
    """The column of a rule that must be gone through."""
    return [OPEN] * len(records)


def quietly(extract: Extract, record: Record) -> object:
    """What a rule gives for a record; OPEN where it reports something."""
    report: Report = []
    value = extract(record, report)
    return OPEN if report else value


def silent(extract: Extract) -> Column:
    """The column of an origin that never reports."""
    return lambda records: [extract(record, []) for record in records]


def of_path(path: str, get: Getter, missed: Extract, *, numbers: bool = False) -> Column:
    """The texts at a path, and the whole numbers where these are wanted, before any pipeline.

    *get* is the path's getter, *missed* tells of its absence. What is neither stays OPEN.
    """
    wanted = frozenset({str, int} if numbers else {str})
    if "." not in path:
        return _of_field(path, wanted)

    def values(records: Sequence[Record]) -> list[object]:
        return [
            raw
            if (raw := get(record)).__class__ in wanted
            else (quietly(missed, record) if raw is None else OPEN)
            for record in records
        ]

    return values


def _of_field(name: str, wanted: frozenset[type]) -> Column:
    """The values of a lone path: empty only where the CRM answered, and nothing is joined."""

    def values(records: Sequence[Record]) -> list[object]:
        return [
            raw
            if (raw := record.fields.get(name, OPEN)).__class__ in wanted and raw != ""
            else (None if (raw is None or raw == "") and name not in record.joins else OPEN)
            for record in records
        ]

    return values


def through(column: Column, functions: Sequence[Transform]) -> Column:
    """The texts of a column after *functions*, of which all but the last give texts."""
    if not functions:
        return column
    *between, last = functions

    def finished(records: Sequence[Record]) -> list[object]:
        values = column(records)
        for function in between:
            values = _texts(function, values)
        return _values(last, values)

    return finished


def remembered(column: Column, finish: Finish) -> Column:
    """The values of a column after a pipeline, where a CRM has few: each is worked out once."""

    @lru_cache(maxsize=_REMEMBERED, typed=True)
    def known(value: object) -> object:
        report: Report = []
        made = finish(value, report)
        return OPEN if report else made

    def finished(records: Sequence[Record]) -> list[object]:
        return [
            value if value is None or value is OPEN else known(value) for value in column(records)
        ]

    return finished


def _texts(function: Transform, values: Sequence[object]) -> list[object]:
    """Each text after *function*, where it stays a text, or nothing is left of it."""
    return [
        value
        if value.__class__ is not str
        else (text if (text := function(value)) and text.__class__ is str else _left(text))
        for value in values
    ]


def _values(function: Transform, values: Sequence[object]) -> list[object]:
    """Each text after *function*, where that remarks nothing."""
    return [
        value
        if value.__class__ is not str
        else (made if (made := function(value)) and made.__class__ is not Remark else _left(made))
        for value in values
    ]


def _left(made: object) -> object:
    return None if made == "" else OPEN  # nothing was left, without a word: by a rule's `values`


def rows(columns: Sequence[Column], combine: Combine) -> Column:
    """What *combine* makes of each record's values in all *columns*, where none is OPEN."""

    def combined(records: Sequence[Record]) -> list[object]:
        cells = zip(*[column(records) for column in columns], strict=True)
        return [OPEN if OPEN in values else combine(values) for values in cells]

    return combined if columns else unknown


def few_rows(columns: Sequence[Column], combine: Combine) -> Column:
    """As `rows`, where records often have the same values: each set is worked out once a page."""

    def known(*values: object) -> object:
        return OPEN if OPEN in values else combine(values)

    def combined(records: Sequence[Record]) -> list[object]:
        # Typed, since 1, 1.0 and true are equal, and are not the same text.
        once = lru_cache(maxsize=None, typed=True)(known)
        return [_own(value) for value in map(once, *[column(records) for column in columns])]

    return combined if columns else unknown


def _own(value: object) -> object:
    """What is remembered must not be changed by who is given it."""
    kind = value.__class__
    if kind is dict or kind is list:
        return value.copy()  # type: ignore[attr-defined]  # mypy does not follow `kind`
    if kind is Told and value is not OPEN:
        return Told(_own(value.value), value.problems)  # type: ignore[attr-defined]  # the same
    return value


def ended(combine: Combine, finish: Finish, *, telling: bool) -> Combine:
    """*combine*, and what a pipeline makes of it; *telling*, with what that reports."""

    def end(values: Sequence[object]) -> object:
        value = combine(values)
        if value is OPEN or (not value and is_empty(value)):
            return value or None  # OPEN is true
        report: Report = []
        made = finish(value, report)
        if not report:
            return made
        return Told(made, tuple(report)) if telling else OPEN

    return end


def either(column: Column, other: Column) -> Column:
    """A column, and where it is empty the other."""

    def values(records: Sequence[Record]) -> list[object]:
        found = column(records)
        empty = [place for place, value in enumerate(found) if value is None]
        if empty:
            others = other([records[place] for place in empty])
            for place, value in zip(empty, others, strict=True):
                found[place] = value
        return found

    return values


def demanded(column: Column) -> Column:
    """A column of a rule that must not be empty."""
    return lambda records: [OPEN if value is None else value for value in column(records)]
