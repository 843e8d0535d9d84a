"""What a test sees and changes behind the API."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable

from crmsync.sandbox.atoka.events import described
from crmsync.sandbox.atoka.leads import Kind, Lead
from crmsync.sandbox.atoka.world import World
from crmsync.sandbox.exchange import Answer, ControlError, JSONObject

_TEXTS = {"id": "", "name": "", "vat": None, "taxId": None, "country": "it", "fullAddress": ""}
_LISTS = ("ids", "regNumbers")


class Control:
    """Handles `/_sandbox/atoka/…`.

    GET `/events`: all events with their serial numbers, the deleted too, times in milliseconds.
    POST `/tags` `{"pattern": …}`: how often each text that the pattern finds in notes is there.
    GET and POST `/companies`, `/people`: `{"items": […], "replace": false}`.
    POST `/statuses` `{"items": […]}`: replaces the configured ones.
    POST `/clock` `{"skew_s": …, "advance_s": …}`: what the platform believes; time that passes.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def handle(self, method: str, path: str, body: JSONObject) -> Answer:
        """See `Simulator.control`."""
        actions: dict[tuple[str, str], Callable[[], JSONObject]] = {
            ("GET", "/events"): self._events,
            ("POST", "/tags"): lambda: self._tags(body),
            ("GET", "/companies"): lambda: self._leads("company"),
            ("POST", "/companies"): lambda: self._put("company", body),
            ("GET", "/people"): lambda: self._leads("person"),
            ("POST", "/people"): lambda: self._put("person", body),
            ("POST", "/statuses"): lambda: self._statuses(body),
            ("POST", "/clock"): lambda: self._clock(body),
        }
        return Answer.json(200, actions[method, path]())

    def _events(self) -> JSONObject:
        return {"events": [described(event) for event in self._world.events]}

    def _tags(self, body: JSONObject) -> JSONObject:
        """Count by what the pattern's first group finds, or all of it; the deleted count too."""
        try:
            pattern = re.compile(str(body.get("pattern", r"\[cs:([^\]]*)\]")))
        except re.error as error:
            raise ControlError(f"pattern: {error}") from error
        counts: Counter[str] = Counter()
        for event in self._world.events:
            found = pattern.search(event.note or "")
            if found:
                counts[found[1] if pattern.groups else found[0]] += 1
        return {
            "events": len(self._world.events),
            "untagged": len(self._world.events) - counts.total(),
            "counts": counts,
            "twice": sorted(tag for tag, count in counts.items() if count > 1),
        }

    def _leads(self, kind: Kind) -> JSONObject:
        return {"items": [lead.told() for lead in self._world.leads.of(kind)]}

    def _put(self, kind: Kind, body: JSONObject) -> JSONObject:
        items = body.get("items")
        if not isinstance(items, list):
            raise ControlError("items must be a list of objects with a name")
        added = [_lead(kind, item) for item in items]
        leads = self._world.leads
        if body.get("replace"):
            leads.clear(kind)
        for lead in added:
            leads.add(lead)
        return {"ids": [lead.id for lead in added]}

    def _statuses(self, body: JSONObject) -> JSONObject:
        self._world.statuses.configure(body.get("items"))
        return {"items": self._world.statuses.listed()}

    def _clock(self, body: JSONObject) -> JSONObject:
        clock = self._world.clock
        clock.skew_s = _seconds(body, "skew_s", clock.skew_s)
        advance = _seconds(body, "advance_s", 0.0)
        if advance < 0:
            raise ControlError("advance_s must not be negative: time does not go back")
        clock.advance(advance)
        return {"now": self._world.dates.text(clock.now()), "skew_s": clock.skew_s}


def _seconds(body: JSONObject, name: str, default: float) -> float:
    value = body.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ControlError(f"{name} {value!r} must be a number of seconds")
    return value


def _lead(kind: Kind, item: object) -> Lead:
    """Read one as GET tells it; only the name must be there.

    One without an id gets one that its name and numbers give.
    """
    if not isinstance(item, dict) or not item.get("name"):
        raise ControlError(f"{item!r} is nobody: it needs a name")
    known = {*_TEXTS, *_LISTS, "active", "type"}
    if unknown := item.keys() - known:
        raise ControlError(f"there is no {sorted(unknown)}; there are {', '.join(sorted(known))}")
    texts = {name: _text(name, item.get(name, usual)) for name, usual in _TEXTS.items()}
    lists = {name: _list(name, item.get(name, [])) for name in _LISTS}
    made = repr((texts["name"], texts["vat"], texts["taxId"], lists["regNumbers"]))
    first = texts["id"] or hashlib.sha1(made.encode(), usedforsecurity=False).hexdigest()[:12]
    return Lead(
        ids=tuple(dict.fromkeys((first, *lists["ids"]))),
        type=kind,
        name=texts["name"] or "",
        vat=texts["vat"],
        tax_id=texts["taxId"],
        reg_numbers=lists["regNumbers"],
        country=texts["country"] or "it",
        full_address=texts["fullAddress"] or "",
        active=bool(item.get("active", True)),
    )


def _text(name: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ControlError(f"{name} {value!r} must be text")
    return value


def _list(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ControlError(f"{name} {value!r} must be a list of texts")
    return tuple(value)
