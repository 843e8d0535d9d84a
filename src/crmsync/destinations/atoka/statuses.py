"""Whether a status may be set, asked before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from crmsync.receipts import Problem, Severity


class Status(NamedTuple):
    """One status that the application has configured.

    The document lists these attributes and explains none: that `previous` is the one it may
    follow, that nothing follows a `sink` and that people are not offered a `hidden` one are
    guesses.
    """

    label: str
    previous: str | None = None
    sink: bool = False
    hidden: bool = False


def check_status(
    label: str,
    statuses: Sequence[Status],
    *,
    current: str | None = None,
    hidden: bool = False,
) -> Problem | None:
    """What speaks against a status; an error where an event with it must not be sent.

    Args:
        label: As it would be sent, to the letter.
        statuses: What the application has configured.
        current: The lead's present status, where it is known.
        hidden: Whether hidden ones may be set.
    """
    by_label = {status.label: status for status in statuses}
    if label not in by_label:
        return Problem("status", "STATUS_UNKNOWN", _unknown(label, statuses))
    if by_label[label].hidden and not hidden:
        return Problem(
            "status",
            "STATUS_HIDDEN",
            f"{label!r} is hidden at Atoka; map to another, or set hidden_statuses = true",
        )
    before = by_label.get(current or "")
    if before is not None and before.sink and current != label:
        return Problem(
            "status",
            "STATUS_AFTER_SINK",
            f"{label!r} is set although the lead is at {current!r}, which ends its way",
            Severity.WARNING,
        )
    return None


def _unknown(label: str, statuses: Sequence[Status]) -> str:
    known = [status.label for status in statuses]
    folded = {name.casefold(): name for name in known}
    near = folded.get(label.strip().casefold())
    meant = f"; did you mean {near!r}" if near else ""
    listed = ", ".join(map(repr, known)) or "none"
    return f"{label!r} is not configured at Atoka{meant}; there are {listed}"
