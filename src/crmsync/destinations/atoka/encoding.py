"""Mapped values, and lines of the journal, to bytes and back."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import orjson

from crmsync.destinations.atoka.events import Event, parameters
from crmsync.destinations.atoka.reconcile import Intent
from crmsync.destinations.atoka.tags import digest_of
from crmsync.payloads import Fields
from crmsync.state import EventLine

_KEPT: Final = ("attempt", "allowed", "first_at", "since", "absences", "id", "duplicates")


class Entry(NamedTuple):
    """A line of the journal, read.

    Attributes:
        line: As the ledger has it.
        intent: What it says; its order is the line's place where it was read.
        moment: When the event happened in the CRM; None where it is not to be dated.
    """

    line: EventLine
    intent: Intent
    moment: datetime | None

    def renewed(self, intent: Intent, at: datetime) -> Entry:
        """The entry with another intent, and the line that says so."""
        line = self.line._replace(
            phase=intent.phase,
            body=pack(intent, self.moment),
            at=at,
            answer="" if intent.id is None else str(intent.id),
            reason=intent.reason,
        )
        return Entry(line, intent, self.moment)


def encode(fields: Fields) -> bytes:
    """What was mapped of a record, canonical: equal values are equal bytes."""
    return orjson.dumps(dict(fields), option=orjson.OPT_SORT_KEYS)


def decode(body: bytes) -> dict[str, object]:
    """The reverse of `encode`."""
    values: dict[str, object] = orjson.loads(body)
    return values


def pack(intent: Intent, moment: datetime | None) -> bytes:
    """What a line keeps of an intent, besides its phase and reason."""
    whole = asdict(intent)
    kept = {name: whole[name] for name in _KEPT}
    return orjson.dumps({**kept, "event": whole["event"], "moment": moment})


def unpack(line: EventLine, order: int) -> Entry:
    """What a line says, as the event of its lead with that place."""
    kept: dict[str, Any] = orjson.loads(line.body)
    moment, told = _moment(kept.pop("moment")), kept.pop("event")
    day = told.pop("day")
    aliases = tuple(told.pop("aliases"))
    event = Event(**told, aliases=aliases, day=date.fromisoformat(day) if day else None)
    intent = Intent(
        event=event,
        order=order,
        phase=line.phase,
        first_at=_moment(kept.pop("first_at")),
        since=_moment(kept.pop("since")),
        duplicates=tuple(kept.pop("duplicates")),
        reason=line.reason,
        **kept,
    )
    return Entry(line, intent, moment)


def shortened(line: EventLine) -> bytes:
    """A line without its text and whom it assigned the lead to: they are people's.

    Of the text a digest stays, by which the same event is known again.
    """
    entry = unpack(line, 0)
    event = replace(entry.intent.event, note=digest_of(entry.intent.event.note), assignee=None)
    return pack(replace(entry.intent, event=event), entry.moment)


def told(line: EventLine) -> dict[str, object]:
    """What a line's event is created with, for people."""
    return dict(parameters(unpack(line, 0).intent.event))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
