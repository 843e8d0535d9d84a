"""Shows a dry run: to people as text, to programs as JSON or a line a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from crmsync.cli.output.documents import line
from crmsync.cli.output.text import columns, number, safe

SHOWN: Final = 20
"""Records of each sync that the text shows; the JSON has all of them."""
_QUIET: Final = frozenset({"unchanged", "filtered", "merged"})


def preview_text(preview: Mapping[str, Any], *, shown: int = SHOWN) -> str:
    """The counts, then field by field what would be sent, and why records would not be."""
    syncs = preview["syncs"]
    names = list(dict.fromkeys(name for sync in syncs for name in sync["changes"]))
    rows = [[sync["sync"], *(sync["changes"].get(name, 0) for name in names)] for sync in syncs]
    parts = [columns(["sync", *names], rows)]
    parts += [text for sync in syncs for text in _sync(sync, shown)]
    return "\n".join([*parts, "nothing was sent"])


def preview_lines(preview: Mapping[str, Any]) -> Iterator[str]:
    """A JSON line a record, with its sync's name."""
    for sync in preview["syncs"]:
        yield from (line({"sync": sync["sync"], **record}) for record in sync["records"])


def _sync(sync: Mapping[str, Any], shown: int) -> Iterator[str]:
    if sync.get("error"):
        yield f"\n{safe(sync['sync'])}: {safe(sync['error'])}"
    yield from (f"\n{safe(sync['sync'])}: {safe(note)}" for note in sync.get("notes", ()))
    records = [record for record in sync["records"] if record["action"] not in _QUIET]
    for record in records[:shown]:
        yield from _record(record)
    if len(records) > shown:
        yield f"\n… and {number(len(records) - shown)} more; --format html or json shows all"


def _record(record: Mapping[str, Any]) -> Iterator[str]:
    key = f" → {safe(record['key'])}" if record["key"] else ""
    yield f"\n{safe(record['action'])} {safe(record['id'])}{key}"
    for field, (old, new) in (record["diff"] or {}).items():
        before = "" if old is None else f"{_value(old)} → "
        yield f"  {safe(field)}: {before}{_value(new)}"
    for problem in record["problems"]:
        yield f"  {problem['severity']}: {safe(problem['field'])}: {safe(problem['message'])}"


def _value(value: object) -> str:
    return safe(line(value), limit=120)
