"""Every event that was ever created, by serial number and by lead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from crmsync.sandbox.exchange import JSONObject

_FIRST_ID: Final = 5_000_001


class Owner(NamedTuple):
    """Who made an event."""

    id: str | None
    name: str
    application: str


@dataclass(slots=True, kw_only=True)
class Event:
    """One event. Times are epoch milliseconds.

    Attributes:
        serial: Counts creations, from 1; nothing takes one back.
        visible_at: On the clock's seconds passed: when lists begin to have it.
        deleted: Kept all the same.
    """

    serial: int = 0
    id: int = 0
    lead: str
    type: Literal["company", "person"]
    status: str | None
    note: str | None
    date: int
    created: int
    update_time: int = field(init=False)
    owner: Owner
    assignee: str | None
    visible_at: float
    deleted: bool = False

    def __post_init__(self) -> None:
        self.update_time = self.created


class Events:
    """The store. What is deleted stays in it and is passed over."""

    def __init__(self) -> None:
        self._all: list[Event] = []
        self._by_lead: defaultdict[str, list[Event]] = defaultdict(list)

    def __iter__(self) -> Iterator[Event]:
        """All, the deleted too, in order of creation."""
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, event: Event) -> None:
        """Keep it; it gets its serial number and its id."""
        self._all.append(event)
        event.serial = len(self._all)
        event.id = _FIRST_ID + len(self._all)
        self._by_lead[event.lead].append(event)

    def find(self, number: int) -> Event | None:
        """The event with this id unless it is deleted."""
        position = number - _FIRST_ID - 1
        if not 0 <= position < len(self._all) or self._all[position].deleted:
            return None
        return self._all[position]

    def of(self, lead: str) -> Iterator[Event]:
        """A lead's events that are not deleted, the last created first."""
        events = self._by_lead.get(lead, ())
        return (event for event in reversed(events) if not event.deleted)

    def live(self) -> Iterator[Event]:
        """All that are not deleted, in order of creation."""
        return (event for event in self._all if not event.deleted)


def described(event: Event) -> JSONObject:
    """An event as the control interface tells it: all that is known, times in milliseconds."""
    return {
        "serial": event.serial,
        "id": event.id,
        "lead": event.lead,
        "type": event.type,
        "status": event.status,
        "note": event.note,
        "date": event.date,
        "created": event.created,
        "updateTime": event.update_time,
        "owner": event.owner._asdict(),
        "leadAssignee": event.assignee,
        "deleted": event.deleted,
    }
