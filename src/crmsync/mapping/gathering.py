"""Lists and joined texts of a page's records, where their parts are texts and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias

from crmsync.mapping.building import OPEN, Column, Combine, Page, Together, Told
from crmsync.mapping.columns import tried_at_once, unless_open
from crmsync.mapping.memory import Memory
from crmsync.mapping.sifting import run_together
from crmsync.mapping.values import OnTexts, Remark, Texts

_PLAIN: Final = frozenset({str, type(None)})
_CAPITALS: Final = Memory[str, str](lambda text: text.casefold().upper())
_NO_TEXT: Final = "\1"
"""No fitted text has this character, nor a NUL."""

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
        remarks: dict[int, list[Remark]] = defaultdict(list)
        odd: set[int] = set()
        fitted = [_fitted(known, values, remarks, odd) for values in found]
        made = _rows(fitted)
        tales = {place: tell(remarks[place], made[place]) for place in remarks.keys() - odd}
        if several:
            _drop_alike(made, _alike(fitted) - odd)
        for place in odd:
            raw = [values[place] for values in found]
            made[place] = OPEN if OPEN in raw else whole(raw)
        for place, tale in tales.items():
            if tale is OPEN:
                texts = [values[place] for values in found if values[place]]
                made[place] = closed([*map(known.each, texts)])
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
        made = [row and separator.join(row) for row in _rows([*map(_stripped, found)])]
        for place in {*chain.from_iterable(map(_odd, found))}:
            made[place] = one_by_one([values[place] for values in found])
        return made

    return joined


def _stripped(values: list[Any]) -> list[Any]:
    """A column's texts without the blanks around them, and None for all else."""
    if values.__class__ is not Texts:
        return [value.strip() or None if value.__class__ is str else None for value in values]
    stripped = [*map(str.strip, values)]
    return Texts(stripped) if all(stripped) else [text or None for text in stripped]


def _fitted(
    item: OnTexts, values: list[Any], remarks: dict[int, list[Remark]], odd: set[int]
) -> list[Any]:
    """A column's texts as they are fitted, and None.

    Noted by their places are the *remarks*, and what is neither, or of which nothing is left.
    """
    made = tried_at_once(item.at_once, values)
    if made is values and not _odd(values):
        return values
    fitted = [one if one.__class__ is str else None for one in made]
    for place, value in enumerate(values):
        if fitted[place] is None and value is not None:
            one: Any = item.each(value) if value.__class__ is str else None
            if one.__class__ is Remark:
                remarks[place].append(one)
                one = one.value
            elif not one:
                odd.add(place)
            fitted[place] = one
    return Texts(fitted) if all(fitted) else fitted


def _rows(columns: Sequence[list[Any]]) -> list[Any]:
    """Each record's values as a list, without the empty ones; None where all are."""
    filled = [values for values in columns if any(values)] or columns[:1]
    rows = [*map(list, zip(*filled, strict=True))]
    for number, values in reversed([*enumerate(filled)]):
        if values.__class__ is not Texts:
            for place, value in enumerate(values):
                if value is None:
                    del rows[place][number]
    return [row or None for row in rows]


def _alike(columns: Sequence[list[Any]]) -> set[int]:
    """Where two texts may be alike but for their case, of texts that are fitted."""
    folded = [_folded(values, f"{_NO_TEXT}{number}") for number, values in enumerate(columns)]
    unlike = map(len, map(set, zip(*folded, strict=True)))
    return {place for place, many in enumerate(unlike) if many < len(columns)}


def _folded(values: list[Any], gap: str) -> list[str]:
    """A column in the case in which texts are compared, with *gap* for what is no text.

    That are capitals, in which most of what is code, number or moment stands already.
    """
    if values.__class__ is not Texts:
        values = [value or gap for value in values]
    joined = run_together(values)
    if not joined.isascii():
        return [text.upper() if text.isascii() else _CAPITALS[text] for text in values]
    capitals = joined.upper()
    return values if capitals == joined else capitals.split("\0")[:-1]


def _drop_alike(lists: list[Any], places: Collection[int]) -> None:
    """Keep the first of a list's texts that are alike but for their case."""
    for place in places:
        kept: dict[str, str] = {}
        for text in lists[place]:
            kept.setdefault(text.casefold(), text)
        lists[place] = [*kept.values()]


def _with_gaps(many: int, remarks: Sequence[tuple[str, str]]) -> list[object]:
    """So many values, of which all but the remarks are empty."""
    found = [Remark("?", *remark) for remark in remarks]
    return [*found, *[None] * (many - len(found))]


def _odd(values: list[object]) -> Sequence[int]:
    """The places of what is neither a text nor None."""
    if values.__class__ is Texts or _PLAIN.issuperset(map(type, values)):
        return ()
    return [place for place, value in enumerate(values) if type(value) not in _PLAIN]
