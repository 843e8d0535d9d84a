"""One line for a monitor that speaks Nagios's language: a state, why, and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

from crmsync.cli.output.text import safe
from crmsync.exit_codes import ExitCode


# https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/3/en/pluginapi.html, read
# 2026-11-22: the numbers, and that what stands after a bar is data.
class State(IntEnum):
    """How all syncs are, as a monitor counts."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_GRAVITY: Final = (State.CRITICAL, State.WARNING, State.UNKNOWN, State.OK)
_LONGEST: Final = 200
_WELL: Final = frozenset({ExitCode.OK, ExitCode.OWED})


def monitored(syncs: Sequence[Mapping[str, Any]]) -> tuple[State, str]:
    """The gravest state of the syncs as `crmsync status --json` gives them, and its line.

    A run that failed is CRITICAL; one that failed in passing, what is owed or in quarantine, a
    WARNING, until it counts as bad; a sync that never ran is UNKNOWN.
    """
    judged = [(*_judged(sync), sync) for sync in syncs]
    state = min((one for one, _, _ in judged), key=_GRAVITY.index, default=State.UNKNOWN)
    why = [f"{sync['sync']} {words}" for one, words, sync in judged if one is not State.OK]
    said = safe("; ".join(why), limit=_LONGEST).replace("|", "/") or f"{len(syncs)} syncs are well"
    numbers = {
        name: sum(sync[name] or 0 for sync in syncs) for name in ("owed", "quarantined", "skipped")
    }
    ages = [sync["cursor_age_s"] for sync in syncs if sync["cursor_age_s"] is not None]
    data = " ".join([*(f"{k}={n}" for k, n in numbers.items()), f"oldest={max(ages, default=0)}s"])
    return state, f"CRMSYNC {state.name} - {said} | {data}"


def _judged(sync: Mapping[str, Any]) -> tuple[State, str]:
    code = sync["exit_code"]
    bad = [one["reason"] for one in sync["alerts"] if one["bad"]]
    if code is None:
        return State.UNKNOWN, "never ran"
    if bad or code not in {*_WELL, ExitCode.TEMPORARY}:
        return State.CRITICAL, sync["error"] or f"is {' and '.join(bad) or sync['status']}"
    if code == ExitCode.TEMPORARY:
        return State.WARNING, sync["error"] or sync["status"]
    held = [f"{sync[name]} {name}" for name in ("owed", "quarantined") if sync[name]]
    return (State.WARNING, f"has {' and '.join(held)}") if held else (State.OK, "")
