"""Shows a run's report to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from crmsync.cli.output.text import columns, number, safe
from crmsync.exit_codes import MEANINGS, ExitCode

_SHOWN: Final = ("read", "accepted", "unverified", "unchanged", "merged", "filtered", "skipped")
_WRONG: Final = ("invalid", "rejected", "unknown", "pending")


def run_text(report: Mapping[str, Any]) -> str:
    """A run's report (spec §6) as a table, with what a person must know below it."""
    syncs: Sequence[Mapping[str, Any]] = report["syncs"]
    wrong = [name for name in _WRONG if any(sync["counts"][name] for sync in syncs)]
    shown = [*_SHOWN, *wrong]
    rows = [_row(sync, shown) for sync in syncs]
    table = columns(["sync", "status", *shown, "owed", "seconds"], rows)
    notes = [line for sync in syncs for line in _notes(sync)]
    if any(sync["counts"]["unverified"] for sync in syncs):
        notes.insert(0, "unverified: taken by a reply that cannot name refusals")
    return "\n".join([table, *notes, _end(report)])


def _row(sync: Mapping[str, Any], shown: Sequence[str]) -> list[object]:
    counts = [sync["counts"][name] for name in shown]
    return [sync["sync"], sync["status"], *counts, sync["owed"], f"{sync['duration_s']:.1f}"]


def _notes(sync: Mapping[str, Any]) -> Iterator[str]:
    name = safe(sync["sync"])
    if sync["error"]:
        yield f"{name}: {safe(sync['error'])}"
    if not sync["balanced"]:
        total = number(sync["counts"]["source_total"])
        yield f"{name}: the books do not balance; the CRM counts {total} records"
    yield from (f"{name}: {safe(note)}" for note in sync.get("notes", ()))
    if sync["warnings"]:
        word = "warning" if sync["warnings"] == 1 else "warnings"
        yield f"{name}: {number(sync['warnings'])} {word}; see `crmsync explain {name} ID`"
    if sync["owed"]:
        yield f"{name}: {number(sync['owed'])} owed; see `crmsync status --sync {name}`"
    if sync["quarantined"]:
        count = number(sync["quarantined"])
        yield f"{name}: {count} in quarantine; see `crmsync quarantine list --sync {name}`"


def _end(report: Mapping[str, Any]) -> str:
    code = report["exit_code"]
    if code is None:
        return f"run {safe(report['run_id'])} was interrupted"
    return f"run {safe(report['run_id'])}: exit code {code}, {MEANINGS[ExitCode(code)]}"
