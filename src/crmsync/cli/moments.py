"""Moments as people write them on a command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeAlias

import typer

from crmsync.durations import parse_duration

Since: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="MOMENT",
        help="A day (2026-11-21), a moment (2026-11-21T08:30:00Z) or how long ago (7d). UTC "
        "where it names no zone.",
    ),
]

# Before it there were no events; and a moment too early for arithmetic is none either.
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str, now: datetime) -> datetime:
    """The moment that was given for `--since`, in UTC.

    Raises:
        typer.BadParameter: It is none, or lies in the future.
    """
    try:
        found = _ago(text, now) or _named(text)
    except (ValueError, OverflowError):
        wrong = "is no day (2026-11-21), moment (2026-11-21T08:30:00Z) or time ago (7d, 12h, 30m)"
        raise typer.BadParameter(f"{text!r} {wrong}", param_hint="--since") from None
    if found > now:
        raise typer.BadParameter(f"{text} lies in the future", param_hint="--since")
    return max(found, _EARLIEST)


def _ago(text: str, now: datetime) -> datetime | None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return None
    return now - timedelta(seconds=seconds)


def _named(text: str) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
