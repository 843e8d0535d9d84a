"""Changes to the portal at run time: what people and imports do in a real one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Final

from crmsync.sandbox import instants, words
from crmsync.sandbox.exchange import Answer, ControlError, JSONObject
from crmsync.sandbox.hubspot.rendering import Renderer, names_to_render
from crmsync.sandbox.hubspot.schema import ALWAYS, DEFAULT, Property
from crmsync.sandbox.hubspot.store import ARCHIVED, LIVE, Store

_Change = Mapping[str, str | None]
_READ_ONLY: Final = frozenset(ALWAYS)


class Control:
    """Handles `/_sandbox/hubspot/…`."""

    def __init__(self, store: Store, renderer: Renderer, properties: dict[str, Property]) -> None:
        self._store = store
        self._renderer = renderer
        self._properties = properties
        self._actions: dict[str, Callable[[JSONObject], JSONObject]] = {
            "/change": self._change_some,
            "/set": self._set,
            "/touch": self._touch,
            "/create": self._create,
            "/archive": self._archive,
            "/restore": self._restore,
            "/merge": self._merge,
            "/forget_property": self._forget_property,
            "/warm": self._warm,
        }

    def handle(self, method: str, path: str, body: JSONObject) -> Answer:
        """See `Simulator.control`."""
        if method == "POST" and path in self._actions:
            return Answer.json(200, self._actions[path](body))
        if method == "GET" and path == "/companies/count":
            return Answer.json(200, self._count())
        if method == "GET" and path.startswith("/companies/"):
            position = self._store.position(path.removeprefix("/companies/"))
            if position is not None:
                return Answer.json(200, self._store.properties(position))
        raise LookupError

    def _count(self) -> JSONObject:
        store = self._store
        return {"live": store.count(LIVE), "archived": store.count(ARCHIVED), "ids": len(store)}

    def _change_some(self, body: JSONObject) -> JSONObject:
        """Change sound live companies, so that each change reaches a platform.

        Without `set`, another city and phone number are given to each.
        """
        given = self._values(body["set"]) if "set" in body else None
        chance = random.Random(body.get("seed", self._store.version))
        positions = self._pick(chance, _count_of(body))
        now = _now_ms()
        for position in positions:
            self._store.change(position, given or self._move(position, chance), now)
        return self._ids(positions)

    def _move(self, position: int, chance: random.Random) -> _Change:
        old = self._store.properties(position).get("city")
        place = chance.choice([place for place in words.PLACES if place.city != old])
        phone = f"{place.calling_code} {chance.randrange(10**6, 10**7)}"
        return {"city": place.city, "state": place.state or None, "country": place.country,
                "zip": place.zip, "phone": phone}  # fmt: skip

    def _set(self, body: JSONObject) -> JSONObject:
        position = self._one(body.get("id"), LIVE)
        self._store.change(position, self._values(body.get("properties")), _now_ms())
        return self._ids([position])

    def _touch(self, body: JSONObject) -> JSONObject:
        """Give companies one and the same modification time, as an import does."""
        at = _moment(body["at"]) if "at" in body else _now_ms()
        positions = self._pick(random.Random(body.get("seed", 0)), _count_of(body))
        for position in positions:
            self._store.change(position, {}, at)
        return {**self._ids(positions), "at": instants.iso(at)}

    def _create(self, body: JSONObject) -> JSONObject:
        now = _now_ms()
        if "properties" in body:
            position = self._store.create(self._values(body["properties"]), now, now)
            return self._ids([position])
        return self._ids([self._store.create_made(now) for _ in range(_count_of(body))])

    def _archive(self, body: JSONObject) -> JSONObject:
        positions = self._chosen(body, LIVE)
        for position in positions:
            self._store.archive(position, _now_ms())
        return self._ids(positions)

    def _restore(self, body: JSONObject) -> JSONObject:
        positions = self._chosen(body, ARCHIVED)
        for position in positions:
            self._store.restore(position, _now_ms())
        return self._ids(positions)

    def _merge(self, body: JSONObject) -> JSONObject:
        winner, loser = self._one(body.get("winner"), LIVE), self._one(body.get("loser"), LIVE)
        if winner == loser:
            raise ControlError("winner and loser are the same company")
        return self._ids([self._store.merge(winner, loser, _now_ms())])

    def _forget_property(self, body: JSONObject) -> JSONObject:
        """Delete a property of the portal, as an administrator may between two runs."""
        name = body.get("name")
        if name not in self._properties or name in _READ_ONLY:
            raise ControlError(f"{name!r} is not a property that can be deleted")
        del self._properties[name]
        return {"name": name}

    def _warm(self, body: JSONObject) -> JSONObject:
        """Render all live records for a set of properties, so that reading them costs little."""
        asked = body.get("properties", [])
        if not isinstance(asked, list):
            raise ControlError("properties must be a list of property names")
        names = names_to_render(tuple(asked), self._properties, DEFAULT)
        positions = list(self._store.walk(0, LIVE))
        self._renderer.records(positions, names)
        return {"count": len(positions)}

    def _pick(self, chance: random.Random, count: int) -> list[int]:
        """So many sound live companies by chance; fewer where there are not enough."""
        store = self._store
        positions = list(store.walk(0, LIVE))
        chance.shuffle(positions)
        picked: list[int] = []
        for position in positions:
            if len(picked) == count:
                break
            if store.sound(position):
                picked.append(position)
        return sorted(picked)

    def _chosen(self, body: JSONObject, status: int) -> list[int]:
        if "count" in body and status == LIVE:
            return self._pick(random.Random(body.get("seed", 0)), _count_of(body))
        ids = body.get("ids", [body.get("id")])
        if not isinstance(ids, list):
            raise ControlError("ids must be a list of company ids")
        return [self._one(one, status) for one in ids]

    def _one(self, record_id: object, status: int) -> int:
        position = self._store.position(str(record_id))
        if position is None or self._store.status[position] != status:
            wanted = "live" if status == LIVE else "archived"
            raise ControlError(f"there is no {wanted} company with id {record_id!r}")
        return position

    def _values(self, given: object) -> _Change:
        if not isinstance(given, dict):
            raise ControlError("properties must be an object from property name to text or null")
        for name, value in given.items():
            if name not in self._properties or name in _READ_ONLY:
                raise ControlError(f"{name!r} is not a property that can be set")
            if value is not None and not isinstance(value, str):
                raise ControlError(f"{name} must be text or null: HubSpot has no other values")
        return given

    def _ids(self, positions: list[int]) -> JSONObject:
        return {"ids": [str(self._store.ids[position]) for position in positions]}


def _count_of(body: JSONObject) -> int:
    count = body.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ControlError(f"count {count!r} must be a whole number")
    return count


def _moment(given: object) -> int:
    try:
        return instants.parse(str(given))
    except ValueError as error:
        raise ControlError(f"at {given!r} must be an ISO 8601 time") from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
