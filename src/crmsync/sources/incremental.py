"""Where a read stands, as the text of a cursor, and the window of an incremental read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import orjson

from crmsync.errors import FatalError


class Mode(StrEnum):
    """What a cursor is in the middle of."""

    FULL = "full"
    """Walking everything."""
    SINCE = "since"
    """Nothing: the next read begins a window."""
    WINDOW = "window"
    """Walking what changed in a fixed window."""
    GONE = "gone"
    """Walking what was archived or deleted, after the live records."""


class Position(NamedTuple):
    """Where a read stands. All moments are ISO 8601, UTC, by the CRM's own clock.

    Attributes:
        mode: What it is in the middle of.
        since: Where the next window begins once this read is complete; in a window, where it
            began (the overlap not taken off).
        until: The end of the window, not part of it; empty outside of one.
        after: The CRM's token of the next page; empty for the first one and for keysets.
        last: The highest record id read so far; empty at the start.
        full: Whether what is gone is read as part of a full pass.
        part: Which of several lists it is in, in the source's own word; empty for the first.
        at: A moment that the walk goes on from: the last record's, where records go by their
            moment; where what is gone begins, outside of a full pass.
    """

    mode: Mode
    since: str = ""
    until: str = ""
    after: str = ""
    last: str = ""
    full: bool = False
    part: str = ""
    at: str = ""

    @property
    def complete(self) -> Position:
        """The position once everything is read."""
        return Position(Mode.SINCE, since=self.until or self.since)

    @property
    def gone(self) -> Position:
        """The position once every live record is read, and those that are gone come next."""
        start = self.until or self.since
        return Position(Mode.GONE, since=start, full=self.mode is Mode.FULL)

    def encode(self) -> str:
        """The cursor: compact JSON without what is empty."""
        return orjson.dumps({k: v for k, v in self._asdict().items() if v}).decode()


def decode(cursor: str, account: str) -> Position:
    """The position that a cursor's text stands for.

    Raises:
        FatalError: It is none of ours.
    """
    try:
        parts = orjson.loads(cursor)
        position = Position(**{**parts, "mode": Mode(parts["mode"])})
        moment(position.since)
        moment(position.until or position.since)
    except (ValueError, TypeError, KeyError) as error:
        raise FatalError(
            f"{account}: the stored cursor {cursor[:80]!r} is none that this version knows",
            hint="run with --full to read everything anew",
        ) from error
    return position


CLOCK_STEP: Final = timedelta(seconds=5)
"""What an HTTP Date header may be behind the clock that stamps records: it shows whole seconds,
servers renew it once a second, and a front may keep an older one (RFC 9110, 6.6.1)."""

_JITTER: Final = timedelta(seconds=2)
"""What the Date headers of several servers may differ by."""


def open_window(position: Position, until: datetime) -> Position:
    """The window that an incremental read walks: from where the last ended, to *until*.

    It ends CLOCK_STEP later: what was written just before the read is wanted, too, and
    `window_start` makes up for it. A clock set back must not turn the window round: it
    then ends where it begins.
    """
    end = max(until + CLOCK_STEP, moment(position.since))
    return Position(Mode.WINDOW, since=position.since, until=iso(end))


def is_ahead(position: Position, now: datetime, overlap: float) -> bool:
    """Whether the next window would lie in the future: a read went by a clock that was ahead.

    What changes before that moment comes would be in no window: read everything.
    """
    return window_start(position, overlap) > now + _JITTER


def window_start(position: Position, overlap: float) -> datetime:
    """The window's first moment, *overlap* seconds early: indexes lag behind writes."""
    return moment(position.since) - CLOCK_STEP - timedelta(seconds=overlap)


def moment(text: str) -> datetime:
    """An aware moment, UTC, from ISO 8601.

    Raises:
        ValueError: It is none, or has no time zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return at.astimezone(UTC)


def iso(at: datetime) -> str:
    """A moment as cursors write it: UTC, milliseconds, cut, never rounded up."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_ms(at: datetime) -> str:
    """A moment as milliseconds since 1970, cut."""
    return str((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))
