"""Record ids: fifteen case-sensitive characters, and three more that make case not matter.

The three check characters are computed as Salesforce's help describes it ("Convert 15 character
IDs to 18", read 2026-11-21): one character for the capitals of each five.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# In ASCII order, so that ids sort as the numbers in them do.
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(high + low for high in _DIGITS for low in _DIGITS)
_CHECKS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_INSTANCE: Final = "Qy0"
SHORT: Final = 15
LONG: Final = 18


def make(prefix: str, number: int) -> str:
    """The 18-character id of the numbered record of an object."""
    rest, fourth = divmod(number, 3844)
    rest, third = divmod(rest, 3844)
    rest, second = divmod(rest, 3844)
    first, zero = divmod(rest, 3844)
    tail = _DIGITS[first] + _PAIRS[zero] + _PAIRS[second] + _PAIRS[third] + _PAIRS[fourth]
    return lengthened(prefix + _INSTANCE + tail)


def setting(prefix: str, number: int) -> str:
    """The id of a record that belongs to every organization: a user, a stage.

    Some neighbours differ in nothing but the case of a letter.
    """
    return make(prefix, 1000 + 26 * number)


def lengthened(short: str) -> str:
    """A 15-character id with its check characters."""
    return short + _check(short[:5]) + _check(short[5:10]) + _check(short[10:])


@lru_cache(maxsize=4096)
def _check(five: str) -> str:
    return _CHECKS[sum(1 << place for place, letter in enumerate(five) if "A" <= letter <= "Z")]


def parse(text: str) -> str | None:
    """The 18-character form of an id of either length; None where it is no id.

    The case of an 18-character id is mended by its check characters, as Salesforce does.
    """
    if not text.isascii() or not text.isalnum():
        return None
    if len(text) == SHORT:
        return lengthened(text)
    if len(text) != LONG:
        return None
    capitals = [_CHECKS.find(check) for check in text[SHORT:].upper()]
    if min(capitals) < 0:
        return None
    mended = "".join(
        letter.upper() if capitals[place // 5] >> place % 5 & 1 else letter.lower()
        for place, letter in enumerate(text[:SHORT])
    )
    long = lengthened(mended)
    return long if long[SHORT:] == text[SHORT:].upper() else None
