"""Checks of transforms' options, as written in TOML."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Classes: TypeAlias = tuple[tuple[int, str], ...]
"""Labels with their smallest number, rising."""

_LONGEST: Final = 1_000
"""Characters of an option."""
_LARGER: Final = ("MEDIUM", "LARGE")
_SAMPLE: Final = datetime(2022, 6, 8, 12, 55, 24, tzinfo=UTC)


def _wrong(right: str, value: object) -> ValueError:
    return ValueError(f"write {right}, not {value!r}")


def text(value: object) -> str:
    """A text; not one that is put between hundreds of values and fills the memory."""
    if not isinstance(value, str):
        raise _wrong("a text in quotes", value)
    if len(value) > _LONGEST:
        raise ValueError(f"write a text of {_LONGEST:,} characters at most, not of {len(value):,}")
    return value


def positive(value: object) -> int:
    """A whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong("a whole number from 1", value)
    return value


def places(value: object) -> int:
    """A number of decimal places."""
    most = 15
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise _wrong(f"a whole number from 0 to {most}", value)
    return value


def one_of(*choices: str) -> Callable[[object], str]:
    """One of these words."""

    def parse(value: object) -> str:
        if value not in choices:
            raise _wrong(f"one of {', '.join(map(repr, choices))}", value)
        return str(value)

    return parse


def truth(value: object) -> bool:
    """Either true or false."""
    if not isinstance(value, bool):
        raise _wrong("true or false", value)
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts, not empty."""
    if not isinstance(value, list | tuple) or not value:
        raise _wrong("a list of texts", value)
    return tuple(text(item) for item in value)


def size_classes(value: object) -> Classes:
    """Either the smallest MEDIUM and LARGE, or a table from labels to smallest numbers."""
    if isinstance(value, list | tuple) and len(value) == len(_LARGER):
        value = {"SMALL": 1, **dict(zip(_LARGER, value, strict=True))}
    if not isinstance(value, Mapping) or not value:
        raise _wrong("[50, 250] or a table like { S = 1, M = 50 }", value)
    classes = tuple((positive(smallest), text(label)) for label, smallest in value.items())
    numbers = [smallest for smallest, _ in classes]
    if numbers != sorted(set(numbers)):
        raise ValueError(f"write rising numbers, not {numbers}")
    return classes


def replacements(value: object) -> tuple[tuple[str, str], ...]:
    """A table from what is looked for to what stands there instead."""
    if not isinstance(value, Mapping) or not value or "" in value:
        raise ValueError(f'write a table like {{ "old" = "new" }}, not {value!r}')
    return tuple((text(old), text(new)) for old, new in value.items())


def timezone(value: object) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'write an IANA name like "Europe/Stockholm", not {value!r}') from error


def date_formats(value: object) -> tuple[str, ...]:
    """One strptime format or several, each with a year, a month and a day."""
    patterns = (text(value),) if isinstance(value, str) else texts(value)
    for pattern in patterns:
        try:
            day = time.strptime(_SAMPLE.strftime(pattern), pattern)[:3]
        except ValueError as error:
            raise ValueError(f'write a format like "%d/%m/%Y", not {pattern!r}') from error
        if day != (_SAMPLE.year, _SAMPLE.month, _SAMPLE.day):
            raise ValueError(f"{pattern!r} needs a year, a month and a day: %Y, %m and %d")
    return patterns
