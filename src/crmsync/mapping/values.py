"""What transforms and fitters work on: values, and remarks about them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

Transform: TypeAlias = Callable[[object], object]
"""Takes a value, gives a value: plain, None (empty), or a Remark. Pure, and never raises for
what a CRM can hold. It is never given a Remark: its caller unwraps them in between."""

AtOnce: TypeAlias = Callable[[list[str]], list[str | None]]
"""Gives for each of several texts what a transform gives, or None where it must be asked itself;
the very list where it gives all of them as they are. Never called for none, nor with an empty
text."""


class Texts(list[Any]):
    """A column's values, each of them a text that is not empty. They stay as they are."""

    joined = ""
    """All of them, a NUL behind each, where that was needed."""


class OnTexts(NamedTuple):
    """A transform as a column of texts goes through it.

    Attributes:
        each: Gives for a text that is not empty what the transform gives. None, where another
            text would be left, is "go the long way".
        at_once: Tries all texts first; None where that is no quicker.
    """

    each: Callable[[Any], object]
    at_once: AtOnce | None = None


class Code(StrEnum):
    """What a remark is about: the closed list."""

    ALIASED = "ALIASED"
    """An enum value in a spelling that the platform does not know was translated."""
    BAD_BOOLEAN = "BAD_BOOLEAN"
    """Neither true nor false in any known spelling."""
    BAD_DOMAIN = "BAD_DOMAIN"
    """No internet domain: empty or malformed labels, or characters no domain may have."""
    BAD_EMAIL = "BAD_EMAIL"
    """No e-mail address that the internet could deliver to."""
    BAD_NUMBER = "BAD_NUMBER"
    """Not a number, or one whose point and comma can be read in two ways."""
    BAD_PHONE = "BAD_PHONE"
    """Too few digits, or words."""
    BAD_PROFILE = "BAD_PROFILE"
    """Neither a handle nor an address on the social network that was asked for."""
    BAD_TIMESTAMP = "BAD_TIMESTAMP"
    """Not a moment between 1990 and 2100 in a spelling that can be read in one way."""
    BAD_TYPE = "BAD_TYPE"
    """A list, an object or a truth value where a single text or number is wanted."""
    BAD_URL = "BAD_URL"
    """No http or https address."""
    BARE_SUFFIX = "BARE_SUFFIX"
    """A public suffix itself (`co.uk`, `github.io`): everybody's, so nobody's domain."""
    CLIPPED = "CLIPPED"
    """Shortened, with an ellipsis at the end."""
    DROPPED_TOO_LONG = "DROPPED_TOO_LONG"
    """Too long, and left out since a part of it would be wrong."""
    DUPLICATE = "DUPLICATE"
    """The same key twice in one object; of `pairs` the stronger value was kept, else the first."""
    FIRST_OF_SEVERAL = "FIRST_OF_SEVERAL"
    """One field held several values; the first usable one was taken."""
    FREEMAIL = "FREEMAIL"
    """A free-mail provider's domain, which says nothing about the company."""
    IN_FUTURE = "IN_FUTURE"
    """A day that has not come yet, where the platform takes none such."""
    IP = "IP"
    """An IP address where a domain is wanted."""
    NOT_IN_ENUM = "NOT_IN_ENUM"
    """None of the values that the platform takes."""
    NESTED = "NESTED"
    """An object, or a list with more than single values in it, where only flat values go."""
    NO_PUBLIC_SUFFIX = "NO_PUBLIC_SUFFIX"
    """A local name, or one under a top-level domain that does not exist."""
    REPAIRED = "REPAIRED"
    """A malformed part was set right or cut off."""
    SOCIAL_HOST = "SOCIAL_HOST"
    """A social network's or link page's domain, which is not the company's own."""
    TOO_MANY = "TOO_MANY"
    """More elements than the platform takes; the first ones were kept."""


class Remark(NamedTuple):
    """A value with something to warn about.

    Attributes:
        value: What is used instead of the input; None where it is left out.
        code: Which, from `Code`.
        message: What was done and why, for a person, without the field's name.
    """

    value: object
    code: str
    message: str


_SHOWN_CHARACTERS: Final = 60
_CREDENTIALS: Final = re.compile(r"//[^/?#\s]*@")
# 15 digits are what a double holds exactly: 0.1 + 0.2 is 0.3 again.
_EXACT_DIGITS: Final = ".15g"


def shown(value: object) -> str:
    """Quote a value for a message: short, on one line, without the credentials of a URL."""
    text = _CREDENTIALS.sub("//", value) if isinstance(value, str) else str(value)
    if len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS] + "…"
    return ascii(text) if not text.isprintable() else f'"{text}"'


def dropped(code: Code, message: str) -> Remark:
    """Leave a value out, and say why."""
    return Remark(None, code, message)


def to_text(value: object) -> str | Remark | None:
    """Write a single value as text: whole numbers without a point, no binary artefacts.

    Truth values, lists and objects are dropped with BAD_TYPE, NaN and infinity with
    BAD_NUMBER. Text is given back as it is.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return dropped(Code.BAD_TYPE, f"{value} is a truth value and not a text; left out")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _decimal_text(value)
    return dropped(Code.BAD_TYPE, f"{_name(value)} where a single value is wanted; left out")


def _name(value: object) -> str:
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, dict) else f"a {type(value).__name__}"


def _decimal_text(value: float | Decimal) -> str | Remark:
    if not math.isfinite(value):
        return dropped(Code.BAD_NUMBER, f"{value} is not a number that can be sent; left out")
    if isinstance(value, Decimal):
        return format(value, "f")
    if value.is_integer():
        return str(int(value))
    return format(Decimal(format(value, _EXACT_DIGITS)), "f")
