"""The list of runs, and one run's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from crmsync.exit_codes import MEANINGS, ExitCode, gravest
from crmsync.showing.counts import books, divided
from crmsync.showing.text import number
from crmsync.web.charts import GROUPS, tally
from crmsync.web.judging import Report, began
from crmsync.web.rendering import Frame
from crmsync.web.times import lasting

MOST: Final = 400
"""Runs on a page, at most."""
FEW: Final = 50

COUNTS: Final = {
    "accepted": "the platform said so",
    "unverified": "taken by a reply that cannot name refusals",
    "unchanged": "already there, exactly so",
    "merged": "went out with a record of the same key",
    "filtered": "left out by the sync's filter",
    "skipped": "lack what the platform identifies by",
    "invalid": "refused by crmsync, kept in quarantine",
    "rejected": "refused by the platform, kept in quarantine",
    "unknown": "sent, and the answer was lost",
    "pending": "not delivered yet",
}
"""What is true of the records of each outcome."""

_GROUP_OF: Final = {name: group for group, (_, names) in GROUPS.items() for name in names}


def kind_of(code: int | None) -> str:
    """The look of an exit code."""
    if code == ExitCode.OK:
        return "good"
    if code == ExitCode.OWED:
        return "look"
    return "later" if code in (None, ExitCode.TEMPORARY, ExitCode.RUNNING) else "bad"


def listed(runs: Sequence[Mapping[str, Any]], frame: Frame) -> list[dict[str, Any]]:
    """A row a run."""
    return [
        {
            "run_id": run["run_id"],
            "at": frame.moment(datetime.fromisoformat(run["started_at"])),
            "kind": kind_of(run["exit_code"]),
            "end": end_of(run["exit_code"]),
            "read": sum(sync["counts"]["read"] for sync in run["syncs"]),
            "sent": sum(tally(sync)["sent"] for sync in run["syncs"]),
            "syncs": [(sync["sync"], sync["status"]) for sync in run["syncs"]],
        }
        for run in runs
    ]


def as_run(report: Report) -> dict[str, object]:
    """A sync's report as if its run had been of this sync alone."""
    return {
        "run_id": report["run_id"],
        "started_at": began(report).isoformat(),
        "exit_code": report["exit_code"],
        "syncs": [report],
    }


def end_of(code: int | None) -> str:
    """How a run ended, in few words."""
    return "not ended" if code is None else f"{_SHORT[ExitCode(code)]} ({code})"


def shown(run: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    """One run, for its template."""
    code = run["exit_code"]
    start = datetime.fromisoformat(run["started_at"])
    ended = run["finished_at"] and datetime.fromisoformat(run["finished_at"])
    meaning = "It is running, or it was killed: the next run goes on where it stopped."
    return {
        "headline": "A run that has not ended" if code is None else _headline(run),
        "meaning": meaning if code is None else f"Exit code {code}: {MEANINGS[ExitCode(code)]}.",
        "run": {
            "run_id": run["run_id"],
            "began": frame.moment(start),
            "lasted": lasting((ended - start).total_seconds()) if ended else "",
        },
        "syncs": [_sync(sync) for sync in run["syncs"]],
    }


_SHORT: Final = {
    ExitCode.OK: "all well",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "configuration",
    ExitCode.OWED: "something left",
    ExitCode.TO_SEND: "to send",
    ExitCode.TEMPORARY: "later again",
    ExitCode.GUARDED: "guard",
    ExitCode.CREDENTIALS: "credentials",
    ExitCode.RUNNING: "ran already",
}


def _headline(run: Mapping[str, Any]) -> str:
    sent = sum(tally(sync)["sent"] for sync in run["syncs"])
    read = sum(sync["counts"]["read"] for sync in run["syncs"])
    code = gravest(ExitCode(sync["exit_code"]) for sync in run["syncs"])
    told = f"{number(sent)} of {number(read)} records delivered"
    return told if code in (ExitCode.OK, ExitCode.OWED) else f"{_SHORT[code].capitalize()}: {told}"


def _sync(sync: Mapping[str, Any]) -> dict[str, object]:
    """One sync's part of a run."""
    counts = sync["counts"]
    return {
        **{name: sync[name] for name in ("sync", "source", "object", "destination", "status")},
        **{name: sync[name] for name in ("error", "balanced", "owed", "quarantined")},
        "kind": kind_of(sync["exit_code"]),
        "notes": list(sync.get("notes", ())),
        "read": counts["read"],
        "books": books(counts),
        "parts": [(part, GROUPS[part.name][0]) for part in divided(tally(sync))],
        "counts": [
            {"name": name, "count": counts[name], "meaning": meaning, "group": _GROUP_OF[name]}
            for name, meaning in COUNTS.items()
        ],
        "facts": _facts(sync),
    }


def _facts(sync: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("Took", lasting(sync["duration_s"])),
        ("Requests to the CRM", number(sync["source_requests"])),
        ("Requests to the platform", number(sync["destination_requests"])),
        ("Sent again", number(sync["retries"])),
        ("Told to slow down", number(sync["rate_limited"])),
        ("Bytes sent", number(sync["bytes_sent"])),
        ("Warnings", number(sync["warnings"])),
    ]
