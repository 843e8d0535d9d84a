"""Times as Pipedrive writes and reads them: epoch seconds inside, text outside."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from crmsync.sandbox.instants import day, iso

DAY: Final = 86_400
"""Seconds."""

_WHOLE_SECONDS: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def utc(seconds: int) -> str:
    """`2026-01-02T03:04:05Z`, as version 2 of the API writes it."""
    return iso(seconds * 1000)[:19] + "Z"


def date(seconds: int) -> str:
    """`2026-01-02`."""
    return day(seconds * 1000)


def parse(text: str) -> int:
    """Read RFC 3339 in whole seconds, with its offset.

    Raises:
        ValueError: It is not of that form, or no time.
    """
    if not _WHOLE_SECONDS.fullmatch(text):
        raise ValueError(text)
    return int(datetime.fromisoformat(text.upper()).timestamp())
