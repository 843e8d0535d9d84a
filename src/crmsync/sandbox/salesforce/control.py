"""Changes to the organization at run time: what people and imports do in a real one."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from crmsync.sandbox import instants, words
from crmsync.sandbox.exchange import Answer, ControlError, JSONObject, RefusedError
from crmsync.sandbox.salesforce import refusals
from crmsync.sandbox.salesforce.changes import Changes
from crmsync.sandbox.salesforce.oauth import TokenEndpoint
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.parser import parse
from crmsync.sandbox.salesforce.paths import Parents
from crmsync.sandbox.salesforce.query import Finder, select
from crmsync.sandbox.salesforce.reading import Reading
from crmsync.sandbox.salesforce.rendering import Renderer, rest_time
from crmsync.sandbox.salesforce.schema import Field, Value
from crmsync.sandbox.salesforce.sessions import Sessions
from crmsync.sandbox.salesforce.store import BINNED, LIVE, Table

_READ_ONLY: Final = frozenset(
    {"Id", "IsDeleted", "MasterRecordId", "SystemModstamp", "CreatedDate", "IsClosed", "IsWon",
     "Probability", "ForecastCategoryName", "ExpectedRevenue"}
)  # fmt: skip
_NUMBERS: Final = frozenset({"int", "double", "currency", "percent"})
_USUAL: Final = "Account"
"""The object where none is named."""


class Control:
    """Handles `/_sandbox/salesforce/…`."""

    def __init__(
        self, org: Org, parents: Parents, renderer: Renderer, reading: Reading,
        sessions: Sessions, tokens: TokenEndpoint,
    ) -> None:  # fmt: skip
        self._org = org
        self._parents = parents
        self._renderer = renderer
        self._reading = reading
        self._sessions = sessions
        self._tokens = tokens
        self._changes = Changes(org)
        self._refusals: deque[Answer] = deque()
        self._actions: dict[str, Callable[[JSONObject], JSONObject]] = {
            "/change": self._change_some,
            "/set": self._set,
            "/touch": self._touch,
            "/create": self._create,
            "/delete": self._delete,
            "/undelete": self._undelete,
            "/purge": self._purge,
            "/merge": self._merge,
            "/hide_field": self._hide_field,
            "/show_field": self._show_field,
            "/expire": self._expire,
            "/refuse": self._refuse,
            "/public_key": self._public_key,
            "/warm": self._warm,
        }

    def planned(self) -> Answer | None:
        """The refusal that is planned for this call, if any."""
        return self._refusals.popleft() if self._refusals else None

    def handle(self, method: str, path: str, body: JSONObject) -> Answer:
        """See `Simulator.control`."""
        self._org.commit()
        if method == "POST" and path in self._actions:
            return Answer.json(200, self._actions[path](body))
        name, _, rest = path.removeprefix("/").partition("/")
        if method == "GET" and name in self._org.tables and rest == "count":
            return Answer.json(200, _count(self._org.tables[name]))
        if method == "GET" and name in self._org.tables:
            position = self._org.tables[name].position(rest)
            if position is not None:
                return Answer.json(200, self._shown(self._org.tables[name], position))
        raise LookupError

    def _shown(self, table: Table, position: int) -> JSONObject:
        return {
            name: rest_time(value) if _is_time(table, name) and isinstance(value, int) else value
            for name, value in table.values(position).items()
        }

    def _change_some(self, body: JSONObject) -> JSONObject:
        """Change sound live records, so that each change reaches a platform.

        Without `set`, another city and phone number (an opportunity: another amount) is given.
        """
        table = self._table(body)
        given = self._values(table, body["set"]) if "set" in body else None
        chance = random.Random(body.get("seed", table.version))
        positions = self._pick(table, chance, _count_of(body))
        for position in positions:
            change = given or _another(table, position, chance)
            self._changes.change(table, position, change, stamped=body.get("stamp") is not False)
        return _ids(table, positions)

    def _set(self, body: JSONObject) -> JSONObject:
        """Give one record values; `stamp: false` leaves its times alone, as formulas do."""
        table = self._table(body)
        position = self._one(table, body.get("id"), LIVE)
        given = self._values(table, body.get("fields", body.get("properties")))
        self._changes.change(table, position, given, stamped=body.get("stamp") is not False)
        return _ids(table, [position])

    def _touch(self, body: JSONObject) -> JSONObject:
        """Give records one and the same SystemModstamp, as a system process does."""
        table = self._table(body)
        at = _moment(body["at"]) if "at" in body else self._changes.now()
        positions = self._pick(table, random.Random(body.get("seed", 0)), _count_of(body))
        for position in positions:
            self._changes.touch(table, position, at)
        return {**_ids(table, positions), "at": rest_time(at)}

    def _create(self, body: JSONObject) -> JSONObject:
        table = self._table(body)
        given = self._values(table, body.get("fields", body.get("properties", {})))
        if not given:
            given = {"Name": "New Record Ltd"} if "Name" in table.kind.fields else {}
        positions = [self._changes.create(table, given) for _ in range(_count_of(body))]
        return _ids(table, positions)

    def _delete(self, body: JSONObject) -> JSONObject:
        table = self._table(body)
        positions = self._chosen(table, body, LIVE)
        for position in positions:
            self._changes.delete(table, position)
        return _ids(table, positions)

    def _undelete(self, body: JSONObject) -> JSONObject:
        table = self._table(body)
        positions = self._chosen(table, body, BINNED)
        for position in positions:
            self._changes.undelete(table, position)
        return _ids(table, positions)

    def _purge(self, body: JSONObject) -> JSONObject:
        """Empty the recycle bin of an object, or take the named records out of it for good."""
        table = self._table(body)
        named = "ids" in body or "id" in body
        positions = (
            self._chosen(table, body, BINNED)
            if named
            else [place for place, status in enumerate(table.status) if status == BINNED]
        )
        for position in positions:
            self._changes.purge(table, position)
        return _ids(table, positions)

    def _merge(self, body: JSONObject) -> JSONObject:
        table = self._table(body)
        if "MasterRecordId" not in table.kind.fields:
            raise ControlError(f"{table.kind.name} records cannot be merged")
        winner = self._one(table, body.get("winner"), LIVE)
        loser = self._one(table, body.get("loser"), LIVE)
        if winner == loser:
            raise ControlError("winner and loser are the same record")
        self._changes.merge(table, winner, loser)
        return _ids(table, [winner])

    def _hide_field(self, body: JSONObject) -> JSONObject:
        """Take a field from the user's sight, as an administrator may between two runs."""
        return self._seen(self._org.hide, body)

    def _show_field(self, body: JSONObject) -> JSONObject:
        return self._seen(self._org.show, body)

    def _seen(self, action: Callable[[str, str], None], body: JSONObject) -> JSONObject:
        name, field = body.get("object", _USUAL), body.get("name")
        try:
            action(str(name), str(field))
        except ValueError as error:
            raise ControlError(str(error)) from error
        return {"object": name, "name": field}

    def _expire(self, body: JSONObject) -> JSONObject:
        """End all sessions; `locators: true` ends open queries instead."""
        if body.get("locators"):
            self._reading.expire()
            return {"sessions": 0}
        return {"sessions": self._sessions.expire()}

    def _refuse(self, body: JSONObject) -> JSONObject:
        """Refuse the next calls with a status and an errorCode; without a code, no body."""
        status, code = body.get("status", 503), body.get("code")
        if not isinstance(status, int):
            raise ControlError("status must be an HTTP status")
        answer = Answer(status)
        if code:
            answer = refusals.errors(status, str(code), str(body.get("message", code)))
        self._refusals.extend([answer] * _count_of(body))
        return {"planned": len(self._refusals)}

    def _public_key(self, body: JSONObject) -> JSONObject:
        try:
            self._tokens.replace_key(str(body.get("pem")))
        except ValueError as error:
            raise ControlError(str(error)) from error
        return {}

    def _warm(self, body: JSONObject) -> JSONObject:
        """Make all rows of a query ahead, so that reading them costs little."""
        try:
            query = parse(str(body.get("query")))
            paths = select(self._org, query).paths
            positions = Finder(self._org, self._parents, query, deleted=False).positions()
        except RefusedError as error:
            raise ControlError(error.answer.body.decode()) from error
        table = self._org.tables[select(self._org, query).kind.name]
        version = str(body.get("version", "68.0"))
        if body.get("format", "csv") == "csv":
            self._renderer.csv(table, paths).get(positions)
        else:
            self._renderer.json(table, paths, version).get(positions)
        return {"count": len(positions)}

    def _table(self, body: JSONObject) -> Table:
        name = body.get("object", _USUAL)
        if name not in self._org.tables:
            raise ControlError(
                f"there is no object {name!r}; there are {', '.join(self._org.tables)}"
            )
        return self._org.tables[name]

    def _pick(self, table: Table, chance: random.Random, count: int) -> list[int]:
        """So many sound live records by chance; fewer where there are not enough."""
        sound = self._org.sound.get(table.kind.name)
        positions = [place for place, status in enumerate(table.status) if status == LIVE]
        chance.shuffle(positions)
        picked: list[int] = []
        for position in positions:
            if len(picked) == count:
                break
            made = position < len(table.made_modified)
            if not made or sound is None or sound(position):
                picked.append(position)
        return sorted(picked)

    def _chosen(self, table: Table, body: JSONObject, status: int) -> list[int]:
        if "count" in body and status == LIVE:
            return self._pick(table, random.Random(body.get("seed", 0)), _count_of(body))
        ids = body.get("ids", [body.get("id")])
        if not isinstance(ids, list):
            raise ControlError("ids must be a list of record ids")
        return [self._one(table, one, status) for one in ids]

    def _one(self, table: Table, record_id: object, status: int) -> int:
        position = table.position(str(record_id))
        if position is None or self._org.latest(table, position).status != status:
            wanted = "live" if status == LIVE else "deleted"
            raise ControlError(f"there is no {wanted} {table.kind.name} with id {record_id!r}")
        return position

    def _values(self, table: Table, given: object) -> Mapping[str, Value]:
        if not isinstance(given, dict):
            raise ControlError("fields must be an object from field name to value")
        return {name: _value(table, name, value) for name, value in given.items()}


def _value(table: Table, name: str, value: object) -> Value:
    field = table.kind.fields.get(name)
    if field is None or name in _READ_ONLY or field.type == "address":
        raise ControlError(f"{name!r} is not a field of {table.kind.name} that can be set")
    if value is None or value == "":
        return None  # Salesforce stores empty text as nothing.
    if field.type == "datetime":
        return _moment(value)
    if not isinstance(value, _taken(field)):
        raise ControlError(f"{name} is of type {field.type}: {value!r} does not fit")
    return value


def _taken(field: Field) -> type[bool | float | str] | tuple[type[int], type[float]]:
    if field.type == "boolean":
        return bool
    return (int, float) if field.type in _NUMBERS else str


def _is_time(table: Table, name: str) -> bool:
    field = table.kind.fields.get(name)
    return field is not None and field.type == "datetime"


def _another(table: Table, position: int, chance: random.Random) -> Mapping[str, Value]:
    if table.kind.name == "Account":
        old = table.values(position).get("BillingCity")
        place = chance.choice([place for place in words.PLACES if place.city != old])
        return {"BillingCity": place.city, "BillingState": place.state or None,
                "BillingCountry": place.country, "BillingPostalCode": place.zip,
                "Phone": f"{place.calling_code} {chance.randrange(10**6, 10**7)}"}  # fmt: skip
    if table.kind.name == "Opportunity":
        return {"Amount": float(chance.randrange(10**6)) + 0.5}
    raise ControlError(f"to change {table.kind.name} records, say what in `set`")


def _count(table: Table) -> JSONObject:
    return {"live": table.count(LIVE), "deleted": table.count(BINNED), "ids": len(table)}


def _count_of(body: JSONObject) -> int:
    count = body.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ControlError(f"count {count!r} must be a whole number")
    return count


def _moment(given: object) -> int:
    try:
        return instants.parse(str(given)) // 1000 * 1000
    except ValueError as error:
        raise ControlError(f"{given!r} must be an ISO 8601 time") from error


def _ids(table: Table, positions: list[int]) -> JSONObject:
    return {"ids": [table.ids[position] for position in positions]}
