"""Columns: a rule's values for a page of records at once, where the records need no more.

A rule gone through record by record spends most of its time on calling functions. A column goes
through a page field by field instead, and gives for each record the very value that the whole
rule gives, or None where that gives nothing, both only where the whole rule would report
nothing. It need not know every case: OPEN sends the record through the whole rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeAlias, cast

from crmsync.mapping.building import (
    OPEN,
    Column,
    Combine,
    Extract,
    Page,
    Recipe,
    Report,
    Together,
    Told,
)
from crmsync.mapping.memory import Memory
from crmsync.mapping.paths import Getter, is_empty
from crmsync.mapping.pipelines import Finish
from crmsync.mapping.sifting import all_texts
from crmsync.mapping.values import AtOnce, OnTexts, Remark, Texts
from crmsync.records import Record

_REFERENCES: Final = 4096
_FEWEST: Final = 4
"""Fewer records go through the whole rule in less than through a column."""
_FIRST: Final = 16
"""So many sets of values without two alike tell that most will differ."""
_JOINS: Final = attrgetter("joins")
_TEXT_FACTS: Final = frozenset({"id", "url"})
"""Of these a record has itself what its path gives, but for empty ones."""
_TOLD_APART: Final = frozenset({str, type(None), Told})
"""Kinds of which no value equals one of another kind, as 1 equals true."""
_TO_COPY: Final = frozenset({dict, list, Told})

Onward: TypeAlias = Callable[[list[object]], list[object]]
"""Makes of a column's values what is left of them after a pipeline; None and OPEN stay."""


def unknown(records: Sequence[object]) -> list[object]:
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
    head, dot, tail = path.partition(".")
    if not dot:
        return _of_field(path, wanted)
    take = attrgetter(tail) if head == "record" and tail in _TEXT_FACTS else get

    def values(records: Page) -> list[object]:
        texts = all_texts([*map(take, records)])
        return texts or [
            raw if raw.__class__ in wanted else (quietly(missed, record) if raw is None else OPEN)
            for raw, record in zip(map(get, records), records, strict=True)
        ]

    return values


def _of_field(name: str, wanted: frozenset[type]) -> Column:
    """The values of a lone path: empty only where the CRM answered, and nothing is joined."""
    get = itemgetter(name)
    plain = wanted | {type(None)}

    def values(records: Page) -> list[object]:
        try:
            raws = records.raws.get(name) or [*map(get, records.fields)]
        except KeyError:  # it was not answered for some
            raws = [fields.get(name, OPEN) for fields in records.fields]
        texts = all_texts(raws)
        if texts is not None:
            return texts
        if plain.issuperset(map(type, raws)) and name not in records.heads:
            return [None if raw == "" else raw for raw in raws] if "" in raws else [*raws]
        return [
            raw
            if raw.__class__ in wanted and raw != ""
            else (None if (raw is None or raw == "") and name not in record.joins else OPEN)
            for raw, record in zip(raws, records, strict=True)
        ]

    return values


def of_reference(head: str, recipe: Recipe) -> Column:
    """The column of a whole rule that reads nothing but what is joined under *head*.

    Records with the same reference mostly share its very mapping: that is gone through once.
    """
    known: dict[int, object] = {}
    alive: list[Mapping[str, object]] = []  # so that no other mapping comes by the same id

    def learn(joined: Mapping[str, object], record: Record) -> None:
        if len(alive) >= _REFERENCES:
            known.clear()
            alive.clear()
        report: Report = []
        value = recipe.whole(record, report)
        alive.append(joined)
        known[id(joined)] = Told(value, tuple(report)) if report else value

    def values(records: Page) -> list[object]:
        found = [joins.get(head) for joins in map(_JOINS, records)]
        if not known.keys() >= {*map(id, found)}:
            for joined, record in zip(found, records, strict=True):
                if joined is not None and id(joined) not in known:
                    learn(joined, record)
        made = _own([known.get(one, OPEN) for one in map(id, found)])
        alone = [place for place, joined in enumerate(found) if joined is None]
        if alone:
            _fill_in(made, alone, recipe.column, records)
        return made

    return values


def through(steps: Sequence[OnTexts]) -> Onward:
    """A column's texts after *steps*, of which all but the last give texts."""

    def gone(values: list[object]) -> list[object]:
        for place, step in enumerate(steps, 1):
            values = _after(step, values, last=place == len(steps))
        return values

    def onward(values: list[object]) -> list[object]:
        if values.__class__ is Texts:
            return gone(values)
        texts = all_texts([value for value in values if value.__class__ is str])
        if not texts:
            return values
        made = gone(texts)
        if made is texts:
            return values
        each = iter(made)
        return [next(each) if value.__class__ is str else value for value in values]

    return onward if steps else lambda values: values


def then(column: Column, onward: Onward) -> Column:
    """A column, and what comes after it."""
    return lambda records: onward(column(records))


def _after(step: OnTexts, values: list[object], *, last: bool) -> list[object]:
    """Each text after *step*: one at the *last*, where that remarks nothing, or any value."""
    each = step.each
    made = tried_at_once(step.at_once, values)
    if made is values:
        return values
    if values.__class__ is Texts and all(made):
        return Texts(made)
    left = [
        value
        if value.__class__ is not str
        else one
        if one is not None
        else new
        if (new := each(value)) and (new.__class__ is str or (last and new.__class__ is not Remark))
        else _left(new)
        for value, one in zip(values, made, strict=True)
    ]
    return all_texts(left) or left


def tried_at_once(at_once: AtOnce | None, values: list[object]) -> list[Any]:
    """What *at_once* gives for a column; None for a text that it does not know.

    The very column where all that is in it stays as it is.
    """
    if at_once is None:
        return [None] * len(values)
    if values.__class__ is Texts:
        return at_once(values)
    texts = [value for value in values if value.__class__ is str]
    made = at_once(texts) if texts else texts
    if made is texts:
        return values
    given = iter(made)
    return [next(given) if value.__class__ is str else None for value in values]


def _left(made: object) -> object:
    return None if made == "" else OPEN  # nothing was left, without a word: by a rule's `values`


def remembered(finish: Finish, *, telling: bool = False) -> Onward:
    """A column's values after a pipeline, where a CRM has few: each is worked out once.

    What the pipeline reports is Told where *telling*, else the value stays OPEN.
    """

    def finished(value: object) -> object:
        if value is None or value is OPEN:
            return value
        report: Report = []
        made = finish(value, report)
        if not report:
            return made
        return Told(made, tuple(report)) if telling else OPEN

    known = Memory[Any, object](finished)
    return lambda values: [*map(known.__getitem__, values)]


def rows(
    columns: Sequence[Column],
    combine: Combine,
    *,
    together: Together | None = None,
    onward: Onward | None = None,
) -> Column:
    """What *combine* makes of each record's values in all *columns*, where none is OPEN.

    In a page where most sets of values come twice, each is worked out once. Where they do not,
    *together* and then *onward*, a page at a time, may give the same in less.
    """
    known = Memory[Any, object](unless_open(combine))

    def combined(records: Page) -> list[object]:
        found = [column(records) for column in columns]
        cells = [*zip(*found, strict=True)]
        if _come_back(found, cells):
            return _own([*map(known.__getitem__, cells)])
        if together and onward:
            return onward(together(found))
        return [*map(unless_open(combine), cells)]

    return combined if columns else unknown


def _come_back(columns: Sequence[list[object]], cells: Sequence[tuple[object, ...]]) -> bool:
    """Whether most sets of values come twice; not where equal ones are not the same.

    The first few tell mostly that they do not.
    """
    first = [values[:_FIRST] for values in columns]
    if all(map(_told_apart, first)) and len({*cells[:_FIRST]}) == _FIRST:
        return False
    return all(map(_told_apart, columns)) and 2 * len({*cells}) <= len(cells)


def unless_open(combine: Combine) -> Combine:
    """*combine*, and OPEN where one of the values is."""
    return lambda values: OPEN if OPEN in values else combine(values)


def _told_apart(values: list[object]) -> bool:
    """Whether no two values are equal that are not the same, as 1 and true."""
    return values.__class__ is Texts or _TOLD_APART.issuperset(map(type, values))


def _own(values: list[object]) -> list[object]:
    """The values, but what is remembered cannot be changed by who is given it."""
    if _TO_COPY.isdisjoint(map(type, values)):
        return values
    return [
        one.copy()
        if one.__class__ is dict or one.__class__ is list
        else _told_again(one)
        if one.__class__ is Told
        else one
        for one in cast("list[Any]", values)
    ]


def _told_again(told: Any) -> object:
    (value,) = _own([told.value])
    return told if told is OPEN else Told(value, told.problems)


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

    def values(records: Page) -> list[object]:
        found = column(records)
        empty = [place for place, value in enumerate(found) if value is None]
        if empty:
            _fill_in(found, empty, other, records)
        return found

    return values


def _fill_in(values: list[object], places: Sequence[int], column: Column, records: Page) -> None:
    """Put a column's values at *places*, of the records there alone."""
    few = len(places) < _FEWEST
    others = unknown(places) if few else column(Page([records[place] for place in places]))
    for place, value in zip(places, others, strict=True):
        values[place] = value


def demanded(column: Column) -> Column:
    """A column of a rule that must not be empty."""
    return lambda records: [OPEN if value is None else value for value in column(records)]
