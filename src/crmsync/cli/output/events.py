"""Shows lead events: as a table, line by line as they come, whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from crmsync.cli.output.text import columns, safe, width

_HEAD: Final = ("id", "date", "lead", "type", "status", "assignee", "note", "tag", "who")
# Columns of a terminal for each but the last, where the rows to come are not known; and what is
# cut to fit. An id, a date or a tag that were cut would be another one.
_WIDTHS: Final = (9, 24, 20, 7, 16, 24, 40, 12)
_CUT: Final = (0, 0, 0, 0, 16, 24, 40, 0)


def listed(events: Sequence[Mapping[str, Any]]) -> str:
    """A line an event, as wide as they need."""
    return columns(_HEAD, [_row(event) for event in events])


def streamed(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A head, then a line an event while they come; nothing where none comes."""
    for count, event in enumerate(events):
        if not count:
            yield _fixed(_HEAD)
        yield _fixed(_row(event))


def shown(event: Mapping[str, Any], journal: Iterable[Mapping[str, Any]] = ()) -> str:
    """An event whole: a line an attribute, and one for each line of the journal."""
    owner = event["owner"]
    rows = {
        **{name: event[name] for name in ("id", "date", "lead", "type", "status", "assignee")},
        "note": event["text"],
        "tag": " ".join(event["tags"]),
        **{name: event[name] for name in ("created", "update_time")},
        **{f"owner.{name}": owner[name] for name in ("id", "name", "application")},
        **{name: event[name] for name in ("note_visibility", "status_collection")},
    }
    size = max(map(len, rows))
    lines = [f"{name:{size}}  {safe(value)}".rstrip() for name, value in rows.items()]
    return "\n".join([*lines, *(f"{'journal':{size}}  {_journaled(line)}" for line in journal)])


def brief(event: Mapping[str, Any]) -> str:
    """An event on one line, for a person who decides about it."""
    named = (event["date"], f"lead {event['lead']}", event["status"], event["text"])
    return f"event {event['id']}: " + ", ".join(safe(one, limit=80) for one in named if one)


def statuses(found: Iterable[Mapping[str, Any]]) -> str:
    """A line a status."""
    rows = [
        [one["label"], one["previous"] or "", *("yes" * one[name] for name in ("sink", "hidden"))]
        for one in found
    ]
    return columns(["label", "previous", "sink", "hidden"], rows)


def _journaled(line: Mapping[str, Any]) -> str:
    told = f"sync {line['sync']}, record {line['record']}: {line['phase']} at {line['at']}"
    named = f"as event {line['event']}" if line["event"] else ""
    return safe(", ".join(filter(None, (told, named, line["reason"]))))


def _row(event: Mapping[str, Any]) -> list[str]:
    """The cells, texts all: an id is a name, not a count."""
    plain = [str(event[name] or "") for name in (*_HEAD[:6], "text")]
    owner = event["owner"]
    who = (owner["name"] or owner["id"], f"({owner['application']})" * bool(owner["application"]))
    return [*plain, " ".join(event["tags"]), " ".join(filter(None, who))]


def _fixed(cells: Sequence[str]) -> str:
    shown = [safe(text, limit=most) for text, most in zip(cells, _CUT, strict=False)]
    parts = [text + " " * (size - width(text)) for text, size in zip(shown, _WIDTHS, strict=True)]
    return "  ".join([*parts, safe(cells[-1], limit=40)]).rstrip()
