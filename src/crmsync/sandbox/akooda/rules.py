"""Akooda's document as checks: one function an attribute, each giving the stored value.

Every rule is from Akooda's "Ingestion API Guide" (help centre article), read 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, Literal, TypeAlias


class InvalidError(Exception):
    """A value that Akooda refuses; the message says what it must be."""


Check: TypeAlias = Callable[[object], object]
"""Gives the value as stored; raises InvalidError with what is wrong."""

MAX_TEXT: Final = 100_000
MAX_ELEMENTS: Final = 255
MAX_SHORT: Final = 49  # the document says "<50chars"

STAGES: Final = frozenset(
    [
        "SUBSCRIBER",
        "LEAD",
        "AWARE",
        "OPPORTUNITY",
        "PIPELINE",
        "CUSTOMER",
        "CLOSED_WON",
        "EVANGELIST",
        "RENEWAL",
        "CLOSED_LOST",
        "CHURN",
    ]
)
ROLES: Final = frozenset({"ACCOUNT_MANAGER", "CUSTOMER_SUCCESS_MANAGER", "PRODUCT_MANAGER"})
OBJECT_TYPES: Final = frozenset({"COMPANY", "DEAL", "ACCOUNT", "OPPORTUNITY"})
OBJECT_SOURCES: Final = frozenset({"HUBSPOT", "SALESFORCE", "PIPEDRIVE"})
RISKS: Final = frozenset({"LOW", "MEDIUM", "HIGH"})
# The document heads this list "risk" a second time; the attribute table has it as size.
SIZES: Final = frozenset({"SMALL", "MEDIUM", "LARGE"})

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN: Final = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+(?!\d+\Z)[a-z][a-z0-9-]*[a-z0-9]")
_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@([^\s@]+)")
_URL: Final = re.compile(r"https?://[^\s/?#@.]+\.[^\s/?#@.]\S*", re.IGNORECASE)
_TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?"
    r"(?:Z|[+-][01]\d:?[0-5]\d)",
    re.ASCII,
)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


LENGTHS: Final[Mapping[str, Callable[[str], int]]] = {"utf16": utf16_length, "code_points": len}


def domain(value: object) -> str:
    """A registrable-looking host name in ASCII; kept in lower case."""
    if not isinstance(value, str):
        raise InvalidError("must be a string")
    lowered = value.lower()
    if not _DOMAIN.fullmatch(lowered):
        raise InvalidError("must be a valid domain")
    return lowered


def boolean(value: object) -> bool:
    """True or false, not text or numbers."""
    if not isinstance(value, bool):
        raise InvalidError("must be a boolean")
    return value


def timestamp(value: object) -> str:
    """ISO 8601 with a time and an offset."""
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None or not _is_date(match[1]):
        raise InvalidError("must be an ISO8601 timestamp")
    return match[0]


@lru_cache(maxsize=8192)
def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def enum(choices: frozenset[str]) -> Check:
    """One of the choices: case does not matter, blanks count as underscores."""
    wanted = ", ".join(sorted(choices))

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise InvalidError("must be a string")
        if value in choices:
            return value
        upper = value.upper().replace(" ", "_")
        if upper not in choices:
            raise InvalidError(f"must be one of {wanted}")
        return upper

    return check


role: Final = enum(ROLES)


def text(limit: int, length: Callable[[str], int]) -> Check:
    """Text of at most so many characters."""
    sure = limit // 2  # no code point is more than two units

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise InvalidError("must be a string")
        if len(value) > sure and length(value) > limit:
            raise InvalidError(f"must have at most {limit} characters")
        return value

    return check


def url(length: Callable[[str], int]) -> Check:
    """An absolute web address."""
    bounded = text(MAX_TEXT, length)
    matches = _URL.fullmatch

    def check(value: object) -> object:
        if not isinstance(value, str) or not matches(value):
            raise InvalidError("must be a URL")
        return bounded(value)

    return check


def texts(length: Callable[[str], int]) -> Check:
    """A list of short texts."""
    item = text(MAX_SHORT, length)

    def check(value: object) -> list[object]:
        if not isinstance(value, list):
            raise InvalidError("must be an array")
        if len(value) > MAX_ELEMENTS:
            raise InvalidError(f"must have at most {MAX_ELEMENTS} elements")
        return [item(element) for element in value]

    return check


def owners(value: object) -> dict[str, object]:
    """An object from email to role."""
    if not isinstance(value, dict):
        raise InvalidError("must be an object")
    if len(value) > MAX_ELEMENTS:
        raise InvalidError(f"must have at most {MAX_ELEMENTS} keys")
    for email in value:
        if not _is_email(email):
            raise InvalidError(f"{email!r} is not an email")
    return {email: role(name) for email, name in value.items()}


@lru_cache(maxsize=8192)
def _is_email(email: str) -> bool:
    match = _EMAIL.fullmatch(email)
    return match is not None and _DOMAIN.fullmatch(match[1].lower()) is not None


def attributes(chars: Literal["utf16", "code_points"]) -> dict[str, Check]:
    """The check of every attribute under `properties`."""
    length = LENGTHS[chars]
    short, long, link = text(MAX_SHORT, length), text(MAX_TEXT, length), url(length)
    return {
        **dict.fromkeys(("closedAt", "modifiedAt", "renewedAt", "assignedAt"), timestamp),
        **dict.fromkeys(("description", "location"), long),
        **dict.fromkeys(("displayName", "phone", "objectId"), short),
        **dict.fromkeys(("linkedinUrl", "websiteUrl", "twitterUrl", "objectUrl"), link),
        **dict.fromkeys(("segments", "nicknames"), texts(length)),
        "stage": enum(STAGES),
        "owners": owners,
        "objectType": enum(OBJECT_TYPES),
        "objectSource": enum(OBJECT_SOURCES),
        "risk": enum(RISKS),
        "size": enum(SIZES),
    }
