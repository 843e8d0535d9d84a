"""The transforms `number`, `integer` and `boolean`: plain values without guesses."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from crmsync.mapping.transforms.definitions import Option, Takes, transform
from crmsync.mapping.transforms.hosts import says_nothing
from crmsync.mapping.transforms.options import one_of, places
from crmsync.mapping.values import Code, Remark, dropped, shown, to_text
from crmsync.patterns import later

_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "on", "checked"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "off", "unchecked"})
# By the decimal mark: digits with the other mark, a blank or an apostrophe between thousands.
_SPELLINGS: Final = {
    ".": later(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:[,' \u00a0\u202f][0-9]{3})+)(?:\.[0-9]+)?"),
    ",": later(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:[.' \u00a0\u202f][0-9]{3})+)(?:,[0-9]+)?"),
}
_SCIENTIFIC: Final = later(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
# 1.000 is one in London and a thousand in Berlin: no whole number is read out of it.
_TWO_READINGS: Final = later(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_MOST_DIGITS: Final = 40

_DECIMAL: Final = Option(
    name="decimal",
    parse=one_of(".", ","),
    about='the decimal mark of texts, "." by default',
)


@transform(
    "number",
    _DECIMAL,
    Option(
        name="places",
        parse=places,
        about="decimal places to round to (half up); as given by default",
    ),
    takes=Takes.VALUE,
)
def number(value: object, *, decimal: str = ".", places: int | None = None) -> object:
    """A decimal number as text, exactly as large as it was, without binary artefacts.

    Input: a number, or text with a decimal point and commas between thousands. Output: text.
    Dropped: truth values, NaN, infinity, and what can be read in two ways.

    Examples:
        "1500.00" -> "1500.00"
        "1,500.5" -> "1500.5"
        0.30000000000000004 -> "0.3"
        {"decimal": ","}: "1.500,00" -> "1500.00"
        {"places": 2}: "2.345" -> "2.35"
        "1.500,00" -> null
    """
    found = to_decimal(value, decimal)
    if not isinstance(found, Decimal):
        return found
    if places is not None:
        found = found.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return format(found, "f")


@transform("integer", _DECIMAL, takes=Takes.VALUE)
def integer(value: object, *, decimal: str = ".") -> object:
    """A whole number.

    Input: a number, or text with commas between thousands. Output: a number.
    Dropped: fractions, truth values, and `1.000`, which is a thousand to some (set `decimal`).

    Examples:
        "1,000" -> 1000
        250.0 -> 250
        {"decimal": ","}: "1.000" -> 1000
        "1.000" -> null
        "2.5" -> null
    """
    return to_whole(value, decimal)


@transform("boolean", takes=Takes.VALUE)
def boolean(value: object) -> object:
    """A truth value.

    Input: true or false, 1 or 0, or text: true, yes, y, t, on, checked and their opposites.
    Output: true or false. Dropped: everything else.

    Examples:
        "Yes" -> true
        "0" -> false
        "perhaps" -> null
    """
    return to_boolean(value)


def to_boolean(value: object) -> bool | Remark | None:
    """Read a truth value as `boolean` does."""
    if value is None or isinstance(value, bool):
        return value
    text = to_text(value)
    if not isinstance(text, str):
        return text
    word = text.strip().casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    if says_nothing(word):
        return None
    return dropped(Code.BAD_BOOLEAN, f"{shown(value)} is neither true nor false; left out")


def to_decimal(value: object, decimal: str = ".") -> Decimal | Remark | None:
    """Read a number as `number` does."""
    text = to_text(value)
    if not isinstance(text, str):
        return text
    text = text.strip()
    if _SCIENTIFIC.fullmatch(text):
        return Decimal(text)
    if len(text) <= _MOST_DIGITS and _SPELLINGS[decimal].fullmatch(text):
        digits = re.sub(r"[^0-9+.-]", "", text) if decimal == "." else _from_comma(text)
        return Decimal(digits)
    if text != "0" and says_nothing(text):
        return None
    return dropped(Code.BAD_NUMBER, f"{shown(value)} is no number that can be read; left out")


def to_whole(value: object, decimal: str = ".") -> int | Remark | None:
    """Read a whole number as `integer` does."""
    found = to_decimal(value, decimal)
    if not isinstance(found, Decimal):
        return found
    two_readings = (
        decimal == "." and isinstance(value, str) and _TWO_READINGS.fullmatch(value.strip())
    )
    if two_readings or found != found.to_integral_value():
        return dropped(Code.BAD_NUMBER, f"{shown(value)} is no whole number; left out")
    return int(found)


def _from_comma(text: str) -> str:
    return re.sub(r"[^0-9+,-]", "", text).replace(",", ".")
