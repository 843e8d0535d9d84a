"""Changes to the records of one object at run time: what people and imports do in a portal."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Final

from crmsync.sandbox import instants
from crmsync.sandbox.exchange import ControlError, JSONObject
from crmsync.sandbox.hubspot.making import Properties
from crmsync.sandbox.hubspot.portal import Records
from crmsync.sandbox.hubspot.rendering import names_to_render
from crmsync.sandbox.hubspot.schema import ALWAYS
from crmsync.sandbox.hubspot.store import ARCHIVED, LIVE
from crmsync.values import Value

Change = Mapping[str, str | None]
_READ_ONLY: Final = frozenset(ALWAYS)


class Habits(Value):
    """What is particular to one object when its records change.

    Attributes:
        vary: Another value or two for a record, so that its change reaches a platform.
        follow: A change with what HubSpot calculates from it, given the values before.
        created: Called after a record was created: its position, the number that the seed made
            it from or None, and the control request.
        merged: Called after a merge: the winner's, the loser's and the new position.
    """

    vary: Callable[[Properties, random.Random], Change]
    follow: Callable[[Properties, Change], Change]
    created: Callable[[int, int | None, JSONObject], None]
    merged: Callable[[int, int, int], None]


class Editor:
    """Handles what is asked of one object."""

    def __init__(self, records: Records, habits: Habits) -> None:
        self._store = records.store
        self._renderer = records.renderer
        self._properties = records.properties
        self._kind = records.kind
        self._habits = habits
        self.actions: dict[str, Callable[[JSONObject], JSONObject]] = {
            "change": self._change_some,
            "set": self._set,
            "touch": self._touch,
            "create": self._create,
            "archive": self._archive,
            "restore": self._restore,
            "merge": self._merge,
            "forget_property": self._forget_property,
            "warm": self._warm,
        }

    def count(self) -> JSONObject:
        """How many there are."""
        store = self._store
        return {"live": store.count(LIVE), "archived": store.count(ARCHIVED), "ids": len(store)}

    def one(self, record_id: object, *statuses: int) -> int:
        """The position of a record.

        Raises:
            ControlError: There is none with that id and one of these statuses.
        """
        position = self._store.position(str(record_id))
        if position is None or self._store.status[position] not in statuses:
            wanted = " or ".join("live" if status == LIVE else "archived" for status in statuses)
            raise ControlError(f"there is no {wanted} {self._kind.singular} with id {record_id!r}")
        return position

    def change(self, position: int, change: Change, now_ms: int) -> None:
        """Set values, and what follows from them."""
        old = self._store.properties(position)
        self._store.change(position, self._habits.follow(old, change), now_ms)

    def ids(self, positions: list[int]) -> JSONObject:
        """What most actions answer."""
        return {"ids": [str(self._store.ids[position]) for position in positions]}

    def _change_some(self, body: JSONObject) -> JSONObject:
        """Change sound live records, so that each change reaches a platform.

        Without `set`, each is given other values by chance.
        """
        given = self._values(body["set"]) if "set" in body else None
        chance = random.Random(body.get("seed", self._store.version))
        positions = self._pick(chance, _count_of(body))
        now = now_ms()
        for position in positions:
            varied = given or self._habits.vary(self._store.properties(position), chance)
            self.change(position, varied, now)
        return self.ids(positions)

    def _set(self, body: JSONObject) -> JSONObject:
        position = self.one(body.get("id"), LIVE)
        self.change(position, self._values(body.get("properties")), now_ms())
        return self.ids([position])

    def _touch(self, body: JSONObject) -> JSONObject:
        """Give records one and the same modification time, as an import does."""
        at = _moment(body["at"]) if "at" in body else now_ms()
        positions = self._pick(random.Random(body.get("seed", 0)), _count_of(body))
        for position in positions:
            self._store.change(position, {}, at)
        return {**self.ids(positions), "at": instants.iso(at)}

    def _create(self, body: JSONObject) -> JSONObject:
        now, store = now_ms(), self._store
        if "properties" in body:
            given = self._habits.follow({}, self._values(body["properties"]))
            positions = [store.create(given, now, now)]
            self._habits.created(positions[0], None, body)
            return self.ids(positions)
        positions = []
        for number in range(store.next_number, store.next_number + _count_of(body)):
            positions.append(store.create_made(now))
            self._habits.created(positions[-1], number, body)
        return self.ids(positions)

    def _archive(self, body: JSONObject) -> JSONObject:
        positions = self._chosen(body, LIVE)
        for position in positions:
            self._store.archive(position, now_ms())
        return self.ids(positions)

    def _restore(self, body: JSONObject) -> JSONObject:
        positions = self._chosen(body, ARCHIVED)
        for position in positions:
            self._store.restore(position, now_ms())
        return self.ids(positions)

    def _merge(self, body: JSONObject) -> JSONObject:
        winner, loser = self.one(body.get("winner"), LIVE), self.one(body.get("loser"), LIVE)
        if winner == loser:
            raise ControlError(f"winner and loser are the same {self._kind.singular}")
        position = self._store.merge(winner, loser, now_ms())
        self._habits.merged(winner, loser, position)
        return self.ids([position])

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
        names = names_to_render(tuple(asked), self._properties, self._kind.default)
        positions = list(self._store.walk(0, LIVE))
        self._renderer.records(positions, names)
        return {"count": len(positions)}

    def _pick(self, chance: random.Random, count: int) -> list[int]:
        """So many sound live records by chance; fewer where there are not enough."""
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
            raise ControlError(f"ids must be a list of ids of {self._kind.name}")
        return [self.one(one, status) for one in ids]

    def _values(self, given: object) -> Change:
        if not isinstance(given, dict):
            raise ControlError("properties must be an object from property name to text or null")
        for name, value in given.items():
            if name not in self._properties or name in _READ_ONLY:
                raise ControlError(f"{name!r} is not a property that can be set")
            if value is not None and not isinstance(value, str):
                raise ControlError(f"{name} must be text or null: HubSpot has no other values")
        return given


def now_ms() -> int:
    """Now, in epoch milliseconds."""
    return time.time_ns() // 1_000_000


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
