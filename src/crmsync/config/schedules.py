"""Checks when a sync is due: cron's five fields, or an interval."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from crmsync.durations import parse_duration
from crmsync.patterns import later


class CronField(NamedTuple):
    """One of the five: its name, its bounds, and the words that stand for numbers."""

    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Fields, bounds and words: crontab(5), https://man7.org/linux/man-pages/man5/crontab.5.html.
CRON_FIELDS = (
    CronField("minute", 0, 59),
    CronField("hour", 0, 23),
    CronField("day of month", 1, 31),
    CronField("month", 1, 12, _MONTHS),
    CronField("day of week", 0, 7, _DAYS),
)
_PART = later(r"(\*|[0-9a-z]+(?:-[0-9a-z]+)?)(?:/([0-9]{1,4}))?")
_LEAP_YEAR: Final = datetime(2028, 1, 1)  # noqa: DTZ001 - a time on the wall, anywhere
_WRONG = 'must be five cron fields ("15 2 * * *") or an interval ("every 15m")'


def check_schedule(value: str) -> str:
    """Give the schedule back where it is one; raises ValueError saying what is wrong."""
    text = value.strip()
    if text.lower().startswith("every"):
        _check_interval(text[len("every") :].strip())
        return text
    parts = text.split()
    if len(parts) != len(CRON_FIELDS):
        has = "1 field" if len(parts) == 1 else f"{len(parts)} fields"
        raise ValueError(f"{_WRONG}; this has {has}")
    for field, part in zip(CRON_FIELDS, parts, strict=True):
        _check_field(field, part.lower())
    _check_that_it_comes(text)
    return text


def _check_that_it_comes(text: str) -> None:
    """Refuse the 30th of February: every field is right, and no day is."""
    try:
        next(CronSim(text, _LEAP_YEAR))
    except (CronSimError, StopIteration) as error:
        raise ValueError("the day of month does not exist in that month: it never comes") from error


def _check_interval(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{_WRONG}; the interval {error}") from error
    if seconds < 1:
        raise ValueError("the interval must be a second or longer")


def check_timezone(value: str) -> str:
    """Give the time zone's name back where there is such a zone; raises ValueError."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        wrong = 'must be an IANA time zone, such as "Europe/Stockholm"'
        raise ValueError(wrong) from error
    return value


def _check_field(field: CronField, text: str) -> None:
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f'the {field.name} "{text}" is not what cron takes')
        span, step = match.groups()
        if step is not None and int(step) == 0:
            raise ValueError(f"the {field.name} has a step of 0")
        if span != "*":
            _check_span(field, span)


def _check_span(field: CronField, span: str) -> None:
    first, _, last = span.partition("-")
    low = _number(field, first)
    if last and _number(field, last) < low:
        raise ValueError(f"the {field.name} range {span} runs backwards")


def _number(field: CronField, text: str) -> int:
    if text in field.words:
        return field.words.index(text) + field.low
    number = int(text) if text.isdecimal() else -1
    if not field.low <= number <= field.high:
        raise ValueError(f'the {field.name} "{text}" is not from {field.low} to {field.high}')
    return number
