"""The transform `size_bucket`: how large a company is, in words."""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from operator import itemgetter
from typing import Final

from crmsync.mapping.transforms.definitions import Option, Takes, transform
from crmsync.mapping.transforms.numbers import to_decimal, to_whole
from crmsync.mapping.transforms.options import Classes, size_classes
from crmsync.mapping.values import Code, Remark, dropped, shown
from crmsync.patterns import later

# The European Union's bands for companies: Recommendation 2003/361/EC, article 2 of its
# annex. The two smallest (below 10, below 50) are one here.
_CLASSES: Final = ((1, "SMALL"), (50, "MEDIUM"), (250, "LARGE"))

_LONGEST: Final = 100
"""Characters. The patterns below try every way to divide blanks among them: not for more."""
_PLAIN: Final = re.compile(r"[0-9]{1,9}")
_NUMBER: Final = r"[0-9][0-9,' \u00a0\u202f]*[kK]?"
_RANGE: Final = later(rf"({_NUMBER}?)\s*(?:[-\u2010-\u2015~]|to|bis|till)\s*({_NUMBER})")
_OPEN_END: Final = later(rf"(?:>=?\s*|over\s+|more than\s+)?({_NUMBER}?)\s*\+?")
_UNIT: Final = later(r"(?i)\s*(?:employees|people|staff|fte|mitarbeiter|anställda)\.?$")


@transform(
    "size_bucket",
    Option(
        name="thresholds",
        parse=size_classes,
        about="the smallest number of MEDIUM and of LARGE, [50, 250] by default; or a table "
        "from each label to its smallest number",
    ),
    takes=Takes.VALUE,
    whole_table=True,
)
def size_bucket(value: object, *, thresholds: Classes = _CLASSES) -> object:
    """The size class of a number of employees.

    Input: a number, a range (its middle counts), or an open end (`10,000+`). Output: a label.
    Empty for 0 and what is unknown. Dropped: negative numbers, words, `1.000` (one or a
    thousand?).

    Examples:
        49 -> "SMALL"
        "51-200" -> "MEDIUM"
        "10,000+" -> "LARGE"
        {"thresholds": [10, 100]}: 10 -> "MEDIUM"
        {"S": 1, "M": 10, "L": 100}: 99 -> "M"
        0 -> null
    """
    count = _count(value)
    if count is None or isinstance(count, Remark) or count == 0:
        return count or None
    if count < 0:
        return _unknown(value)
    position = bisect_right(thresholds, count, key=itemgetter(0))
    return thresholds[position - 1][1] if position else None


def _count(value: object) -> Decimal | int | Remark | None:
    if not isinstance(value, str):
        return to_decimal(value)
    if _PLAIN.fullmatch(value):
        return int(value)
    if len(value) > _LONGEST:
        return _unknown(value)
    text = _UNIT.sub("", value.strip())
    ends = _RANGE.fullmatch(text)
    if ends:
        low, high = _written(ends.group(1)), _written(ends.group(2))
        return (low + high) / 2 if low is not None and high is not None else _unknown(value)
    end = _OPEN_END.fullmatch(text)
    found = _written(end.group(1)) if end else None
    return to_whole(text) if found is None else found


def _written(text: str) -> Decimal | None:
    thousands = text.rstrip("kK")
    found = to_decimal(thousands.strip())
    if not isinstance(found, Decimal):
        return None
    return found * 1000 if thousands != text else found


def _unknown(value: object) -> Remark:
    return dropped(Code.BAD_NUMBER, f"{shown(value)} is no number of employees; left out")
