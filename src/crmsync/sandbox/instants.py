"""Times as HubSpot writes and reads them: epoch milliseconds inside, text outside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

DAY_MS: Final = 86_400_000
_SIXTY: Final = tuple(f"{number:02d}" for number in range(60))
# Tables, since every company has several times and formatting them would be half its cost.
_MINUTES: Final = tuple(f"T{hour}:{minute}:" for hour in _SIXTY[:24] for minute in _SIXTY)
_SECONDS: Final = tuple(f"{second}." for second in _SIXTY)
_THOUSANDTHS: Final = tuple(f"{number:03d}Z" for number in range(1000))
_EPOCH: Final = date(1970, 1, 1)


@lru_cache(maxsize=8192)
def _date(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).isoformat()


def iso(ms: int) -> str:
    """`2026-01-02T03:04:05.678Z`."""
    days, rest = divmod(ms, DAY_MS)
    minutes, rest = divmod(rest, 60_000)
    seconds, rest = divmod(rest, 1000)
    return _date(days) + _MINUTES[minutes] + _SECONDS[seconds] + _THOUSANDTHS[rest]


def day(ms: int) -> str:
    """`2026-01-02`."""
    return _date(ms // DAY_MS)


def parse(text: str) -> int:
    """Read ISO text (UTC where it has no offset) or epoch milliseconds as text.

    Raises:
        ValueError: It is neither.
    """
    if text.removeprefix("-").isdecimal():
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
