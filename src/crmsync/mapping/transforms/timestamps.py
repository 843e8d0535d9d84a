"""The transforms `timestamp`, `date` and `latest`: moments in one spelling, UTC."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock
from datetime import timezone as timezone_of
from decimal import Decimal
from typing import Final, cast

from crmsync.mapping.memory import Memory
from crmsync.mapping.sifting import shaped, together
from crmsync.mapping.transforms.definitions import Option, Takes, transform
from crmsync.mapping.transforms.hosts import says_nothing
from crmsync.mapping.transforms.options import date_formats, timezone
from crmsync.mapping.values import Code, Remark, dropped, shown
from crmsync.patterns import later
from crmsync.payloads import FieldKind

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2100
# Moments that need no conversion. A leap day does: whether it exists takes reckoning.
_READY: Final = re.compile(
    r"(?:199[0-9]|20[0-9]{2}|2100)"
    r"-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    r"|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
)
_SHAPE: Final = b"0000-00-00T00:00:00.000Z\0"
_ISO: Final = later(
    r"(([0-9]{4})-[0-9]{2}-[0-9]{2}(?:[Tt ](?!24)[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)?)"
    r"(?: ?([Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?"
)
_UTC: Final = frozenset({"Z", "UTC", "GMT"})
_MILLISECONDS: Final = re.compile(r"[1-3][0-9]{12}")
_EPOCH: Final = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_EMPTY_DATE: Final = later(r"0000-00-00(?:[T ]00:00:00(?:\.0+)?Z?)?")
# Epoch seconds of 1990 and of 2101: digits within are seconds, within a thousand times
# that milliseconds, and the two do not overlap. An Excel day (44720) is neither.
_FROM_SECONDS: Final = int(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
_TO_SECONDS: Final = int(datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())

_OPTIONS: Final = (
    Option(
        name="formats",
        parse=date_formats,
        about='how dates are written, as strptime takes it ("%d/%m/%Y"), or a list of such ways; '
        "ISO 8601 by default",
    ),
    Option(
        name="timezone",
        parse=timezone,
        about='the zone ("Europe/Stockholm") of what names none; UTC by default',
    ),
)


def ready_timestamps(texts: list[str]) -> list[str | None]:
    """What `timestamp` gives for days, and for moments that stay as they are; None for others."""
    many, written = len(texts), together(texts)
    if shaped(written) == _SHAPE * many and _every(written, b"2", 0) and _every(written, b"0", 1):
        with suppress(ValueError):  # there is no such day, or hour: one by one, then
            if all(map(datetime.fromisoformat, texts)):
                return cast("list[str | None]", texts)
    return [
        _MIDNIGHTS[text] if len(text) == _OF_A_DAY else (text if _READY.fullmatch(text) else None)
        for text in texts
    ]


def _midnight(text: str) -> str | None:
    moment = f"{text}T00:00:00.000Z"
    return moment if _READY.fullmatch(moment) else None


# A CRM's dates are of few years.
_MIDNIGHTS: Final = Memory[str, str | None](_midnight)
_OF_A_DAY: Final = len("2022-06-08")


def _every(written: bytes, digit: bytes, place: int) -> bool:
    """Whether every moment of one shape has *digit* at *place*."""
    there = written[place :: len(_SHAPE)]
    return there == digit * len(there)


@transform(
    "timestamp",
    *_OPTIONS,
    takes=Takes.VALUE,
    at_once=ready_timestamps,
    gives=FieldKind.TIMESTAMP,
)
def timestamp(value: object, *, formats: tuple[str, ...] = (), timezone: tzinfo = UTC) -> object:
    """A moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`, rounded down to milliseconds.

    Input: ISO 8601 with any offset, a date alone (its midnight in UTC), epoch seconds or
    milliseconds as number or digits. Output: text. Dropped: truth values, what is no moment,
    and what lies outside 1990 to 2100.

    Examples:
        "2022-06-08T14:55:24+02:00" -> "2022-06-08T12:55:24.000Z"
        1654692924602 -> "2022-06-08T12:55:24.602Z"
        {"formats": "%d/%m/%Y"}: "08/06/2022" -> "2022-06-08T00:00:00.000Z"
        {"timezone": "Europe/Stockholm"}: "2022-06-08 14:55" -> "2022-06-08T12:55:00.000Z"
        "08/06/2022" -> null
    """
    if not formats and timezone is UTC:
        return to_timestamp(value)
    moment = _moment(value, formats, timezone)
    return _written(moment) if isinstance(moment, datetime) else moment


@transform(
    "date",
    Option(name="timezone", parse=timezone, about="the zone whose day it is; UTC by default"),
    _OPTIONS[0],
    takes=Takes.VALUE,
)
def date_(value: object, *, formats: tuple[str, ...] = (), timezone: tzinfo = UTC) -> object:
    """A day as `YYYY-MM-DD`.

    Input: as `timestamp` takes it. A date alone stays that day in every zone. Dropped: as
    there.

    Examples:
        "2022-06-08T23:30:00Z" -> "2022-06-08"
        {"timezone": "Europe/Stockholm"}: "2022-06-08T23:30:00Z" -> "2022-06-09"
        "yesterday" -> null
    """
    return to_day(value, timezone, formats)


@transform("latest", takes=Takes.ANYTHING)
def latest(value: object) -> object:
    """The latest moment of a list, as `timestamp` writes it.

    Input: a list of moments as `timestamp` takes them, or one. What is empty, or no moment, is
    left out silently unless nothing is left.

    Examples:
        ["2022-06-08T12:55:24Z", "2022-06-09T07:00:00+02:00"] -> "2022-06-09T05:00:00.000Z"
        ["2022-06-08", null, "yesterday"] -> "2022-06-08T00:00:00.000Z"
        [null, ""] -> null
    """
    found = [to_timestamp(one) for one in (value if isinstance(value, list | tuple) else [value])]
    moments = [one for one in found if isinstance(one, str)]
    if moments:
        return max(moments)  # one form and one zone: they compare as text
    return next((one for one in found if one is not None), None)


def to_timestamp(value: object) -> str | Remark | None:
    """Write a moment as `timestamp` does."""
    if isinstance(value, str) and _READY.fullmatch(value):
        return value
    moment = _moment(value, (), UTC)
    return _written(moment) if isinstance(moment, datetime) else moment


def to_day(value: object, zone: tzinfo, formats: tuple[str, ...] = ()) -> str | Remark | None:
    """Write a day as `date` does."""
    moment = _moment(value, formats, zone)
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(zone).date().isoformat()


def _written(moment: datetime) -> str:
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return text + "Z"


def _moment(value: object, formats: tuple[str, ...], zone: tzinfo) -> datetime | Remark | None:
    """Read a moment; one without a zone of its own is of `zone`."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if says_nothing(text) or _EMPTY_DATE.fullmatch(text):
            return None
        moment = _of_formats(text, formats, zone) if formats else _of_text(text)
    else:
        moment = _of_value(value)
    if moment is None:
        return _no_moment(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    within = _FROM_SECONDS <= moment.timestamp() < _TO_SECONDS
    return moment if within else _no_moment(value)


def _of_text(text: str) -> datetime | None:
    # Digits first: "1612123112345" would be read as a day of the year 1612.
    if _MILLISECONDS.fullmatch(text):
        return _of_milliseconds(int(text))
    if _EPOCH.fullmatch(text):
        return _of_epoch(Decimal(text))
    match = _ISO.fullmatch(text)
    if not match or not _FIRST_YEAR - 1 <= int(match.group(2)) <= _LAST_YEAR + 1:
        return None
    zone = (match.group(3) or "").upper()
    try:
        return datetime.fromisoformat(match.group(1) + ("Z" if zone in _UTC else zone))
    except ValueError:
        return None


def _of_formats(text: str, formats: tuple[str, ...], zone: tzinfo) -> datetime | None:
    for pattern in formats:
        try:
            read = time.strptime(text, pattern)
        except ValueError:
            continue
        # Where the format has no offset (%z), none is known, whatever the attribute says.
        offset = timezone_of(timedelta(seconds=read.tm_gmtoff)) if "%z" in pattern else zone
        return datetime(*read[:5], min(read.tm_sec, 59), tzinfo=offset)
    return None


def _of_value(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, clock())
    # A truth value is an int to Python, and no moment to anybody.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _of_epoch(Decimal(repr(value)))


def _of_epoch(number: Decimal) -> datetime | None:
    if not number.is_finite():
        return None
    if _FROM_SECONDS <= number < _TO_SECONDS:
        number *= 1000
    if not _FROM_SECONDS * 1000 <= number < _TO_SECONDS * 1000:
        return None
    return _of_milliseconds(int(number))


def _of_milliseconds(number: int) -> datetime:
    seconds, milliseconds = divmod(number, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def _no_moment(value: object) -> Remark:
    message = f"{shown(value)} is no moment between {_FIRST_YEAR} and {_LAST_YEAR}; left out"
    return dropped(Code.BAD_TIMESTAMP, message)
