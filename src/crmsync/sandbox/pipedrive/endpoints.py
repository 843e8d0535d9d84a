"""The endpoints that are read: records, fields, pipelines and stages, users."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

import orjson

from crmsync.sandbox.exchange import Answer, JSONObject, Request
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive import query, users
from crmsync.sandbox.pipedrive.lists import Lister
from crmsync.sandbox.pipedrive.pipelines import pipelines, stages
from crmsync.sandbox.pipedrive.query import Key, Parameters
from crmsync.sandbox.pipedrive.refusals import refused
from crmsync.sandbox.pipedrive.rendering import Renderer
from crmsync.sandbox.pipedrive.routes import Route
from crmsync.sandbox.pipedrive.schema import describe
from crmsync.sandbox.pipedrive.store import DELETED
from crmsync.sandbox.pipedrive.world import World

_SINGULAR: Final = {"deals": "Deal", "organizations": "Organization", "persons": "Person"}
_Handler = Callable[[Route, Mapping[str, str], Parameters], Answer]


class Endpoints:
    """Answers requests that were let in."""

    def __init__(self, world: World, options: SandboxOptions) -> None:
        tables = world.tables
        self._tables = tables
        self._users_null = options.pipedrive_users == "null"
        fractions = options.pipedrive_fractions
        self._listers = {name: Lister(table) for name, table in tables.items()}
        self._renderers = {
            name: Renderer(table, world.fields[name], fractions=fractions)
            for name, table in tables.items()
        }
        self._world = world
        self._handlers: dict[str, _Handler] = {
            "deals": self._page,
            "organizations": self._page,
            "persons": self._page,
            "deals_archived": self._page,
            "deal": self._one,
            "organization": self._one,
            "person": self._one,
            "fields": lambda route, _, asked: _listed("fields", self._fields(route.name), asked),
            "field": self._field,
            "pipelines": lambda _, __, asked: _listed("pipelines", pipelines(), asked),
            "pipeline": lambda _, parts, __: _picked(pipelines(), parts["id"], "Pipeline"),
            "stages": _stages,
            "stage": lambda _, parts, __: _picked(stages(), parts["id"], "Stage"),
            "users": self._users,
            "user": lambda _, parts, __: _picked(users.users(), parts["id"], "User"),
            "me": lambda *_: _success(users.me()),
            "currencies": lambda *_: _success(list(users.CURRENCIES)),
        }

    def answer(self, route: Route, parts: Mapping[str, str], request: Request) -> Answer:
        """Handle a request.

        Raises:
            RefusedError: It asks for what cannot be, or is not there.
        """
        return self._handlers[route.kind](route, parts, query.given(request))

    def _page(self, route: Route, _: Mapping[str, str], asked: Parameters) -> Answer:
        wanted = query.read_query(route.name, asked)
        shape = query.read_shape(route.name, asked)
        page = self._listers[route.name].page(wanted, archived=route.kind == "deals_archived")
        records = self._renderers[route.name].records(page.positions, shape)
        more = orjson.dumps({"next_cursor": page.cursor})
        body = b'{"success":true,"data":[' + b",".join(records) + b'],"additional_data":'
        return Answer(200, body + more + b"}")

    def _one(self, route: Route, parts: Mapping[str, str], asked: Parameters) -> Answer:
        shape = query.read_shape(route.name, asked)
        table = self._tables[route.name]
        position = table.position(int(parts["id"]))
        # Whether a deleted one can still be read by its id is not documented: not here.
        gone = position is None or table.status[position] == DELETED
        if position is None or gone or not table.is_visible(position):
            raise refused(HTTPStatus.NOT_FOUND, f"{_SINGULAR[route.name]} not found")
        record = self._renderers[route.name].records([position], shape)[0]
        return Answer(200, b'{"success":true,"data":' + record + b"}")

    def _field(self, route: Route, parts: Mapping[str, str], _: Parameters) -> Answer:
        for field in self._fields(route.name):
            if field["field_code"] == parts["id"]:
                return _success(field)
        raise refused(HTTPStatus.NOT_FOUND, "Field not found")

    def _fields(self, name: str) -> list[JSONObject]:
        return describe(name, self._world.fields[name])

    def _users(self, *_: object) -> Answer:
        return _success(None if self._users_null else users.users())


def _success(data: object) -> Answer:
    return Answer.json(200, {"success": True, "data": data})


def _picked(records: Sequence[JSONObject], text: str, what: str) -> Answer:
    for record in records:
        if record["id"] == int(text):
            return _success(record)
    raise refused(HTTPStatus.NOT_FOUND, f"{what} not found")


def _stages(_: Route, __: Mapping[str, str], asked: Parameters) -> Answer:
    wanted = asked.get("pipeline_id")
    found = [stage for stage in stages() if wanted in (None, str(stage["pipeline_id"]))]
    return _listed("stages", found, asked)


def _listed(scope: str, records: Sequence[JSONObject], asked: Parameters) -> Answer:
    """A page of few records, the cursor is how many came before."""
    limit = query.read_limit(asked)
    text = asked.get("cursor")
    start = query.read_cursor(scope, text).id if text else 0
    more = query.cursor(scope, Key(0, start + limit)) if start + limit < len(records) else None
    page = {"success": True, "data": records[start : start + limit]}
    return Answer.json(200, page | {"additional_data": {"next_cursor": more}})
