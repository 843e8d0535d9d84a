"""The lead events: create, list, show, update, delete, statuses, synchronization."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Final, Literal

from crmsync.sandbox.atoka.events import Event, Owner
from crmsync.sandbox.atoka.parameters import Parameters
from crmsync.sandbox.atoka.refusals import refused, wrong
from crmsync.sandbox.atoka.world import World
from crmsync.sandbox.exchange import Answer, JSONObject
from crmsync.sandbox.options import SandboxOptions, words

# "Atoka API User Reference", Lead Events, v20240416.0917, read 2026-11-21. The largest limit is
# not in it: an example of the list has 100, and the ends of both windows are 10,000 then.
_LIST_OFFSET: Final = 9950
_LIST_LIMIT: Final = 50
_SYNC_OFFSET: Final = 9900
_SYNC_LIMIT: Final = 100
_WINDOW: Final = 10_000
_TYPES: Final = ("company", "person")
_TRUNCATED: Final = 40


class LeadEvents:
    """The calls on lead events, parameters read and checked."""

    def __init__(self, options: SandboxOptions, world: World) -> None:
        self._options = options
        self._world = world
        self._assignees = words(options.atoka_assignees)

    def create(self, parameters: Parameters, owner: Owner) -> Answer:
        """Create an event; a repetition creates another."""
        kind = _kind(parameters)
        lead = self._lead(parameters.required("lead"), kind)
        world = self._world
        latest = next(world.events.of(lead), None)
        status = self._status(parameters, lead)
        note, assignee = self._note(parameters), self._assignee(parameters, latest)
        date = world.dates.of_event(parameters.text("date"), latest.date if latest else None)
        event = Event(
            lead=lead,
            type=kind,
            status=status,
            note=note,
            date=date,
            created=world.clock.now(),
            owner=owner,
            assignee=assignee,
            visible_at=world.clock.passed() + self._options.atoka_visibility_s,
        )
        world.events.add(event)
        return self._one(event)

    def of_leads(self, parameters: Parameters) -> Answer:
        """Events of some leads, by date; of one date, by creation."""
        names = parameters.several("leads")
        if not names:
            raise wrong("leads", "required")
        most = self._options.atoka_max_leads
        if most is not None and len(names) > most:
            raise wrong("leads", f"{len(names)} leads, at most {most} are taken")
        ordering = parameters.choice("ordering", ("newest", "oldest")) or "newest"
        leads = dict.fromkeys(self._canonical(name) for name in names)
        found = self._visible(event for lead in leads for event in self._world.events.of(lead))
        found.sort(key=attrgetter("date", "serial"), reverse=ordering == "newest")
        return self._page(parameters, found, ordering, (_LIST_OFFSET, _LIST_LIMIT))

    def show(self, number: int) -> Answer:
        """One event, though lists may not have it yet."""
        return self._one(self._find(number))

    def update(self, number: int, parameters: Parameters) -> Answer:
        """Change the note; what a date does, the document leaves open."""
        event = self._find(number)
        note, date = self._note(parameters), parameters.text("date")
        if note is None:
            raise wrong("note", "required")
        if date is not None and self._options.atoka_update_date == "refused":
            raise wrong("date", "only the note can be updated")
        if date is not None and self._options.atoka_update_date == "applied":
            others = (one for one in self._world.events.of(event.lead) if one is not event)
            latest = next(others, None)
            event.date = self._world.dates.of_event(date, latest.date if latest else None)
        event.note = note
        event.update_time = self._world.clock.now()
        return self._one(event)

    def delete(self, number: int, parameters: Parameters) -> Answer:
        """Delete one event, forced or not; what is answered is not documented."""
        parameters.boolean("forceDelete")
        self._find(number).deleted = True
        return Answer.json(200, {})

    def statuses(self) -> Answer:
        """The configured statuses, hidden ones too."""
        return Answer.json(200, {"items": self._world.statuses.listed()})

    def sync(self, parameters: Parameters) -> Answer:
        """Events updated from a moment on, the earliest first; without one, all."""
        if not self._options.atoka_sync:
            raise refused(403, "the feature useLeadEventsSync is not enabled for this token")
        since = parameters.text("fromUpdateTime")
        found = self._visible(self._world.events.live())
        if since is not None:
            start = self._world.dates.moment("fromUpdateTime", since)
            start += self._options.atoka_sync_bound == "exclusive"
            found = [event for event in found if event.update_time >= start]
        found.sort(key=attrgetter("update_time", "serial"))
        return self._page(parameters, found, "oldest", (_SYNC_OFFSET, _SYNC_LIMIT))

    def _lead(self, name: str, kind: str) -> str:
        lead = self._world.leads.find(name)
        if lead is None:
            if self._options.atoka_unknown_leads == "refused":
                raise refused(404, f"lead: there is no {name[:_TRUNCATED]!r}")
            return name
        if lead.type != kind:
            raise wrong("type", f"lead {lead.id!r} is a {lead.type}")
        return lead.id

    def _canonical(self, name: str) -> str:
        lead = self._world.leads.find(name)
        return name if lead is None else lead.id

    def _status(self, parameters: Parameters, lead: str) -> str | None:
        status = parameters.text("status")
        if status is not None:
            before = (event.status for event in self._world.events.of(lead) if event.status)
            self._world.statuses.check(status, next(before, None))
        return status

    def _assignee(self, parameters: Parameters, latest: Event | None) -> str | None:
        """Removed, given or the last known one, in this order."""
        given = parameters.filled("leadAssignee")
        if parameters.boolean("leadAssigneeRemove"):
            return None
        if given is None:
            return latest.assignee if latest else None
        if self._assignees and given not in self._assignees:
            raise wrong("leadAssignee", f"there is no user {given!r}")
        return given

    def _note(self, parameters: Parameters) -> str | None:
        note, most = parameters.text("note"), self._options.atoka_note_chars
        if note is not None and most is not None and len(note) > most:
            raise wrong("note", f"{len(note)} characters, at most {most} are taken")
        return note

    def _find(self, number: int) -> Event:
        event = self._world.events.find(number)
        if event is None:
            raise refused(404, f"there is no lead event {number}")
        return event

    def _visible(self, events: Iterable[Event]) -> list[Event]:
        passed = self._world.clock.passed()
        return [event for event in events if event.visible_at <= passed]

    def _one(self, event: Event) -> Answer:
        return Answer.json(200, {"item": self._item(event), "queryExplanation": []})

    def _page(
        self, parameters: Parameters, found: list[Event], ordering: str, bounds: tuple[int, int]
    ) -> Answer:
        last, usual = bounds
        offset = parameters.whole("offset", 0, 0, last)
        limit = parameters.whole("limit", usual, 0, self._options.atoka_max_limit)
        if offset + limit > _WINDOW:
            raise wrong("limit", f"offset and limit must not go beyond {_WINDOW} together")
        meta: JSONObject = {
            "ordering": ordering,
            "count": len(found),
            "limit": limit,
            "offset": offset,
            "info": [],
            "obfuscated": {},
        }
        items = [self._item(event) for event in found[offset : offset + limit]]
        return Answer.json(200, {"items": items, "meta": meta, "queryExplanation": []})

    def _item(self, event: Event) -> JSONObject:
        text = self._world.dates.text
        return {
            "id": event.id,
            "lead": event.lead,
            "type": event.type,
            "status": event.status,
            "note": event.note,
            "noteVisibility": "application",
            "date": text(event.date),
            "created": text(event.created),
            "owner": event.owner._asdict(),
            "updateTime": text(event.update_time),
            "statusCollectionId": "default",
            "leadAssignee": event.assignee,
        }


def _kind(parameters: Parameters) -> Literal["company", "person"]:
    parameters.required("type")
    return "person" if parameters.choice("type", _TYPES) == "person" else "company"
