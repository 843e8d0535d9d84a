"""Lists and joined texts of a page's records, where their parts are texts and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias

from crmsync.mapping.building import OPEN, Column, Combine, Page, Texts, Together, Told
from crmsync.mapping.columns import tried_at_once, unless_open
from crmsync.mapping.memory import Memory
from crmsync.mapping.values import OnTexts, Remark

_PLAIN: Final = frozenset({str, type(None)})

Remarked: TypeAlias = tuple[int, tuple[tuple[str, str], ...]]
"""How many texts make a list, and code and message of what was remarked of each mended one."""


def listed(columns: Sequence[Column], item: OnTexts, *, closed: Combine, whole: Combine) -> Column:
    """Each record's texts from all *columns* as a list; None for an empty one.

    *item* fits the texts. *closed* makes the list of texts and remarks where there are any:
    what it tells depends on these and on how many there are. *whole* makes it where other
    values came, of these.
    """
    known = OnTexts(Memory[str, object](item.each).__getitem__, item.at_once)
    several = len(columns) > 1
    told = Memory[Remarked, Any](lambda remarked: closed(_with_gaps(*remarked)))

    def values(records: Page) -> list[object]:
        found = [column(records) for column in columns]
        fitted = [_each(known, values) for values in found]
        remarks: dict[int, list[Remark]] = defaultdict(list)
        mended = [_mended(values, remarks) for values in fitted]
        made: list[Any] = [[*filter(None, row)] or None for row in zip(*mended, strict=True)]
        odd = {*chain.from_iterable(map(_odd, mended))}
        tales = {place: tell(remarks[place], made[place]) for place in remarks.keys() - odd}
        if several:
            _drop_alike(made, odd)
        for place in odd:
            raw = [values[place] for values in found]
            made[place] = OPEN if OPEN in raw else whole(raw)
        for place, tale in tales.items():
            if tale is OPEN:
                made[place] = closed([*filter(None, [values[place] for values in fitted])])
            else:
                made[place] = Told(made[place], tale.problems)
        return made

    def tell(remarks: Sequence[Remark], texts: Sequence[str]) -> Any:
        if not all(one.value for one in remarks):
            return OPEN
        return told[len(texts), tuple([(one.code, one.message) for one in remarks])]

    return values


def joining(separator: str, combine: Combine) -> Together:
    """Joins the texts of several columns by record; *combine* where other values came."""
    one_by_one = unless_open(combine)

    def joined(found: Sequence[list[object]]) -> list[object]:
        columns = [*map(_stripped, found)]
        odd = {*chain.from_iterable(map(_odd, columns))}
        return [
            one_by_one(row) if place in odd else separator.join(filter(None, row)) or None
            for place, row in enumerate(zip(*columns, strict=True))
        ]

    return joined


def _stripped(values: list[Any]) -> list[Any]:
    if values.__class__ is Texts:
        return [*map(str.strip, values)]
    return [value.strip() if value.__class__ is str else value for value in values]


def _each(item: OnTexts, values: list[object]) -> list[object]:
    """Each text of a column as it is fitted, or the remark; OPEN where nothing is left of it."""
    made = tried_at_once(item.at_once, values)
    if made is values:
        return values
    return [
        value if value.__class__ is not str else one or item.each(value) or OPEN
        for value, one in zip(values, made, strict=True)
    ]


def _drop_alike(lists: list[Any], odd: Collection[int]) -> None:
    """Keep the first of a list's texts that are alike but for their case, but at *odd* places."""
    for place, texts in enumerate(lists):
        if texts and place not in odd and len({*map(str.casefold, texts)}) < len(texts):
            kept: dict[str, str] = {}
            for text in texts:
                kept.setdefault(text.casefold(), text)
            lists[place] = [*kept.values()]


def _mended(values: list[Any], remarks: dict[int, list[Remark]]) -> list[Any]:
    """A column without its remarks, which are noted by their place, but with their values."""
    if values.__class__ is Texts or Remark not in {*map(type, values)}:
        return values
    for place, value in enumerate(values):
        if value.__class__ is Remark:
            remarks[place].append(value)
    return [value.value if value.__class__ is Remark else value for value in values]


def _with_gaps(many: int, remarks: Sequence[tuple[str, str]]) -> list[object]:
    """So many values, of which all but the remarks are empty."""
    found = [Remark("?", *remark) for remark in remarks]
    return [*found, *[None] * (many - len(found))]


def _odd(values: list[object]) -> Sequence[int]:
    """The places of what is neither a text nor None."""
    if values.__class__ is Texts or _PLAIN.issuperset(map(type, values)):
        return ()
    return [place for place, value in enumerate(values) if type(value) not in _PLAIN]
