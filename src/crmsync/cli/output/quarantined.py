"""Shows quarantined records: as a list, whole, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from crmsync.cli.output.documents import document, line
from crmsync.cli.output.exports import csv_text
from crmsync.cli.output.text import columns, safe
from crmsync.reports import timestamp
from crmsync.state import Quarantined

_HEAD: Final = (
    "sync",
    "id",
    "key",
    "outcome",
    "first_at",
    "last_at",
    "tries",
    "reasons",
    "payload",
)


def record_json(
    record: Quarantined, decode: Callable[[bytes], Mapping[str, object]]
) -> dict[str, object]:
    """A quarantined record as JSON, its payload decoded by its destination."""
    return {
        "sync": record.sync,
        "id": record.record_id,
        "key": record.key,
        "outcome": record.outcome.value,
        "first_at": timestamp(record.first_at),
        "last_at": timestamp(record.last_at),
        "tries": record.tries,
        "problems": [
            {**problem._asdict(), "severity": problem.severity.value} for problem in record.problems
        ],
        "payload": dict(decode(record.body)) if record.body else None,
    }


def listed(records: Sequence[Mapping[str, Any]]) -> str:
    """A line a record, with its first reason."""
    names = ("sync", "id", "key", "outcome", "last_at", "tries")
    rows = [[record[name] or "" for name in names] + [_reason(record)] for record in records]
    return columns(["sync", "id", "key", "outcome", "last", "tries", "reason"], rows, limit=100)


def shown(records: Sequence[Mapping[str, Any]]) -> str:
    """Records whole, one after the other."""
    return "\n\n".join(map(_whole, records))


def as_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Records as CSV, reasons and payload in one cell each."""
    rows = [
        {**record, "reasons": "; ".join(_reasons(record)), "payload": line(record["payload"])}
        for record in records
    ]
    return csv_text(_HEAD, rows)


def _whole(record: Mapping[str, Any]) -> str:
    tries = "1 try" if record["tries"] == 1 else f"{record['tries']} tries"
    head = f"{record['sync']} {record['id']}: {record['outcome']}, {tries}"
    times = f"first {record['first_at']}, last {record['last_at']}"
    reasons = [f"  {safe(reason)}" for reason in _reasons(record)]
    payload = [] if record["payload"] is None else [document(record["payload"])]
    return "\n".join([safe(head), times, *reasons, *payload])


def _reason(record: Mapping[str, Any]) -> str:
    return next(iter(_reasons(record)), "")


def _reasons(record: Mapping[str, Any]) -> list[str]:
    """The faults first; what was only mended comes after."""
    ordered = sorted(record["problems"], key=lambda problem: problem["severity"] != "error")
    # What is wrong with a payload as a whole is said of its key, which stands beside it.
    places = ("" if one["field"] == record["key"] else f"{one['field']}: " for one in ordered)
    return [
        f"{place}{one['message']} ({one['code']})"
        for place, one in zip(places, ordered, strict=True)
    ]
