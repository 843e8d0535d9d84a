"""Lists of a page's records, where their parts are texts and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from crmsync.mapping.building import OPEN, Column, Combine, Page, Texts
from crmsync.mapping.columns import tried_at_once
from crmsync.mapping.memory import Memory
from crmsync.mapping.values import OnTexts, Remark

_PLAIN: Final = frozenset({str, type(None)})
_FITTED: Final = _PLAIN | {Remark}


def listed(columns: Sequence[Column], item: OnTexts, *, closed: Combine, whole: Combine) -> Column:
    """Each record's texts from all *columns* as a list; None for an empty one.

    *item* fits the texts. *closed* makes the list where it remarks something, or where two texts
    differ in case at most; *whole* where other values came, of these.
    """
    known = OnTexts(Memory[str, object](item.each).__getitem__, item.at_once)

    def values(records: Page) -> list[object]:
        found = [column(records) for column in columns]
        fitted = [_each(known, values) for values in found]
        odd = {*chain.from_iterable(map(_odd, fitted))}
        made: list[object] = []
        for place, row in enumerate(zip(*fitted, strict=True)):
            texts = [*filter(None, row)]
            if place not in odd and _unlike(texts):
                made.append(texts or None)
            elif _FITTED.issuperset(map(type, row)):
                made.append(closed(texts))
            else:
                raw = [values[place] for values in found]
                made.append(OPEN if OPEN in raw else whole(raw))
        return made

    return values


def _each(item: OnTexts, values: list[object]) -> list[object]:
    """Each text of a column as it is fitted, or the remark; OPEN where nothing is left of it."""
    made = tried_at_once(item.at_once, values)
    if made is values:
        return values
    return [
        value if value.__class__ is not str else one or item.each(value) or OPEN
        for value, one in zip(values, made, strict=True)
    ]


def _unlike(texts: Sequence[str]) -> bool:
    """Whether no two of them are the same but for their case."""
    return len(texts) <= 1 or len({*map(str.casefold, texts)}) == len(texts)


def _odd(values: list[object]) -> Sequence[int]:
    """The places of what is neither a text nor None."""
    if values.__class__ is Texts or _PLAIN.issuperset(map(type, values)):
        return ()
    return [place for place, value in enumerate(values) if type(value) not in _PLAIN]
