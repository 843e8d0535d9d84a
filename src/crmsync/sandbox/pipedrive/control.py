"""Changes to the company at run time: what people and imports do in a real one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from crmsync.sandbox import instants, words
from crmsync.sandbox.exchange import Answer, ControlError, JSONObject
from crmsync.sandbox.pipedrive.budget import Budget
from crmsync.sandbox.pipedrive.credentials import Credentials
from crmsync.sandbox.pipedrive.moments import utc
from crmsync.sandbox.pipedrive.pipelines import STAGES
from crmsync.sandbox.pipedrive.schema import Field
from crmsync.sandbox.pipedrive.store import ARCHIVED, DELETED, LIVE, Table
from crmsync.sandbox.pipedrive.values import address
from crmsync.sandbox.pipedrive.world import World, now

_READ_ONLY: Final = frozenset({"id", "add_time", "update_time", "is_deleted", "is_archived"})
_NAMES: Final = {LIVE: "live", ARCHIVED: "archived", DELETED: "deleted"}


class Control:
    """Handles `/_sandbox/pipedrive/…`. Bodies name their `object`; without it, deals are meant."""

    def __init__(self, world: World, credentials: Credentials, budget: Budget) -> None:
        self._world = world
        self._credentials = credentials
        self._budget = budget
        self._actions: dict[str, Callable[[Table, JSONObject], JSONObject]] = {
            "/change": self._change_some,
            "/set": self._set,
            "/touch": self._touch,
            "/create": self._create,
            "/delete": self._delete,
            "/archive": self._archive,
            "/restore": self._restore,
            "/merge": self._merge,
            "/forget_field": self._forget_field,
            "/rename_field": self._rename_field,
        }

    def handle(self, method: str, path: str, body: JSONObject) -> Answer:
        """See `Simulator.control`."""
        if method == "POST" and path in self._actions:
            return Answer.json(200, self._actions[path](self._table(body), body))
        if method == "POST" and path == "/new_day":
            self._budget.new_day()
            return Answer.json(200, {})
        if method == "POST" and path == "/expire":
            self._credentials.expire()
            return Answer.json(200, {})
        if method == "GET" and path == "/tokens":
            return Answer.json(200, self._budget.report())
        return Answer.json(200, self._look(method, path))

    def _look(self, method: str, path: str) -> JSONObject:
        name, _, rest = path.removeprefix("/").partition("/")
        table = self._world.tables[name]
        if method != "GET" or not (rest == "count" or rest.isdecimal()):
            raise LookupError
        if rest == "count":
            counts = {word: table.status.count(status) for status, word in _NAMES.items()}
            return {**counts, "ids": len(table)}
        position = table.position(int(rest))
        if position is None:
            raise LookupError
        return table.record(position)

    def _table(self, body: JSONObject) -> Table:
        name, tables = body.get("object", "deals"), self._world.tables
        if name not in tables:
            raise ControlError(f"there is no object {name!r}; there are {', '.join(tables)}")
        return tables[name]

    def _change_some(self, table: Table, body: JSONObject) -> JSONObject:
        """Change sound live records, so that each change reaches a platform.

        Without `set`, deals move to another stage and value, organizations to another address,
        persons to another phone number.
        """
        given = _values(table, body["set"]) if "set" in body else None
        chance = random.Random(body.get("seed", table.version))
        positions = _pick(table, chance, _count_of(body))
        for position in positions:
            table.change(position, given or _moved(table, position, chance), now())
        return _ids(table, positions)

    def _set(self, table: Table, body: JSONObject) -> JSONObject:
        position = _one(table, body.get("id"), LIVE, ARCHIVED)
        table.change(position, _values(table, body.get("properties")), now())
        return _ids(table, [position])

    def _touch(self, table: Table, body: JSONObject) -> JSONObject:
        """Give records one and the same update time, as an import does."""
        at = _moment(body["at"]) if "at" in body else now()
        chance = random.Random(body.get("seed", 0))
        live = list(table.positions(LIVE))
        positions = sorted(chance.sample(live, min(_count_of(body), len(live))))
        for position in positions:
            table.change(position, {}, at)
        return {**_ids(table, positions), "at": utc(at)}

    def _create(self, table: Table, body: JSONObject) -> JSONObject:
        if "properties" in body:
            return _ids(table, [table.create(_values(table, body["properties"]), now())])
        return _ids(table, [table.create_made(now()) for _ in range(_count_of(body))])

    def _delete(self, table: Table, body: JSONObject) -> JSONObject:
        return self._moved_to(table, body, DELETED, (LIVE, ARCHIVED))

    def _archive(self, table: Table, body: JSONObject) -> JSONObject:
        if table.name != "deals":
            raise ControlError("only deals can be archived")
        return self._moved_to(table, body, ARCHIVED, (LIVE,))

    def _restore(self, table: Table, body: JSONObject) -> JSONObject:
        """Bring back from the archive, or from among the deleted."""
        return self._moved_to(table, body, LIVE, (ARCHIVED, DELETED))

    def _forget_field(self, table: Table, body: JSONObject) -> JSONObject:
        """Delete a custom field with its values, as an administrator may between two runs."""
        field = self._field(table, body)
        kept = tuple(one for one in self._world.fields[table.name] if one != field)
        self._world.fields[table.name] = kept
        table.forget(field.key)
        return {"key": field.key}

    def _rename_field(self, table: Table, body: JSONObject) -> JSONObject:
        """Give a custom field another name; its key stays."""
        field, name = self._field(table, body), str(body.get("name"))
        renamed = field._replace(name=name)
        fields = self._world.fields[table.name]
        self._world.fields[table.name] = tuple(renamed if one == field else one for one in fields)
        return {"key": field.key}

    def _field(self, table: Table, body: JSONObject) -> Field:
        for field in self._world.fields[table.name]:
            if field.key == body.get("key"):
                return field
        raise ControlError(f"{table.name} has no custom field with key {body.get('key')!r}")

    def _moved_to(
        self, table: Table, body: JSONObject, status: int, before: tuple[int, ...]
    ) -> JSONObject:
        at = _moment(body["at"]) if "at" in body else now()
        positions = _chosen(table, body, before)
        for position in positions:
            table.move(position, status, at)
        return _ids(table, positions)

    def _merge(self, table: Table, body: JSONObject) -> JSONObject:
        winner, loser = _one(table, body.get("winner"), LIVE), _one(table, body.get("loser"), LIVE)
        if winner == loser:
            raise ControlError("winner and loser are the same record")
        self._world.merge(table.name, winner, loser, now())
        return _ids(table, [winner])


def _moved(table: Table, position: int, chance: random.Random) -> Mapping[str, Any]:
    old = table.record(position)
    if table.name == "deals":
        stage = chance.choice([stage for stage in STAGES if stage.id != old["stage_id"]])
        moved = {
            "stage_id": stage.id,
            "pipeline_id": stage.pipeline,
            "stage_change_time": utc(now()),
        }
        return {**moved, "value": (old["value"] or 0) + chance.randrange(1, 1000)}
    place = chance.choice(words.PLACES)
    number = chance.randrange(300, 10_000)
    if table.name == "organizations":
        return {"address": address(place, chance.choice(words.STREETS), number)}
    phone = f"{place.calling_code} {chance.randrange(10**6, 10**7)}"
    return {"phones": [{"label": "work", "value": phone, "primary": True}]}


def _pick(table: Table, chance: random.Random, count: int) -> list[int]:
    """So many sound live records by chance; fewer where there are not enough."""
    positions = list(table.positions(LIVE))
    chance.shuffle(positions)
    picked: list[int] = []
    for position in positions:
        if len(picked) == count:
            break
        if table.is_sound(position):
            picked.append(position)
    return sorted(picked)


def _chosen(table: Table, body: JSONObject, statuses: tuple[int, ...]) -> list[int]:
    if "count" in body and LIVE in statuses:
        return _pick(table, random.Random(body.get("seed", 0)), _count_of(body))
    ids = body.get("ids", [body.get("id")])
    if not isinstance(ids, list):
        raise ControlError("ids must be a list of ids")
    return [_one(table, one, *statuses) for one in ids]


def _one(table: Table, record_id: object, *statuses: int) -> int:
    text = str(record_id)
    position = table.position(int(text)) if text.isdecimal() else None
    if position is None or table.status[position] not in statuses:
        wanted = " or ".join(_NAMES[status] for status in statuses)
        raise ControlError(f"{table.name} has no {wanted} record with id {record_id!r}")
    return position


def _values(table: Table, given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ControlError("properties must be an object from field name to value")
    known = table.blank.keys() - _READ_ONLY
    for name in given:
        if name not in known:
            raise ControlError(f"{name!r} is not a field that can be set")
    if not isinstance(given.get("custom_fields", {}), dict):
        raise ControlError("custom_fields must be an object from key to value")
    return given


def _ids(table: Table, positions: list[int]) -> JSONObject:
    return {"ids": [table.ids[position] for position in positions]}


def _count_of(body: JSONObject) -> int:
    count = body.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ControlError(f"count {count!r} must be a whole number")
    return count


def _moment(given: object) -> int:
    try:
        return instants.parse(str(given)) // 1000
    except ValueError as error:
        raise ControlError(f"at {given!r} must be an ISO 8601 time") from error
