"""The object endpoints: list, get, batch read, search.

Limits and shapes are from HubSpot's CRM objects reference (2026-09), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

import orjson

from crmsync.sandbox.exchange import Answer, JSONObject, Request
from crmsync.sandbox.hubspot import refusals
from crmsync.sandbox.hubspot.associations import Associations
from crmsync.sandbox.hubspot.portal import Records
from crmsync.sandbox.hubspot.rendering import names_to_render
from crmsync.sandbox.hubspot.search_request import json_object, names, read_search
from crmsync.sandbox.hubspot.store import ARCHIVED, LIVE
from crmsync.sandbox.instants import iso

MAX_PAGE: Final = 100
MAX_WITH_HISTORY: Final = 50

Parameters = Mapping[str, list[str]]


class Objects:
    """Answers for the records of one object."""

    def __init__(self, records: Records, associations: Associations) -> None:
        self._all = records
        self._kind = records.kind
        self._store = records.store
        self._renderer = records.renderer
        self._index = records.index
        self._properties = records.properties
        self._associations = associations

    def page(self, request: Request) -> Answer:
        """A page in the order of ids, `after` is the id that it starts with."""
        parameters = request.parameters()
        history = self._known(_joined(parameters, "propertiesWithHistory"))
        limit = _limit(parameters, MAX_WITH_HISTORY if history else MAX_PAGE)
        after = _last(parameters, "after", "0")
        if not after.isdecimal():
            raise refusals.invalid(f"The after value {after!r} is not valid")
        status = ARCHIVED if _flag(parameters, "archived") else LIVE
        positions = list(islice(self._store.walk(int(after), status), limit + 1))
        page, following = positions[:limit], positions[limit:]
        results = self._records(page, _joined(parameters, "properties"), history)
        link = f"{request.base_url}{request.path}"
        results = self._associated(page, results, _joined(parameters, "associations"), link)
        body = b'{"results":[' + b",".join(results) + b"]"
        if following:
            body += b',"paging":' + _paging(request, str(self._store.ids[following[0]]))
        return Answer(200, body + b"}")

    def get(self, request: Request, record_id: str) -> Answer:
        """One record; the id of a merged one gives the survivor."""
        parameters = request.parameters()
        if _last(parameters, "idProperty", "hs_object_id") != "hs_object_id":
            raise refusals.invalid("idProperty is not a property with unique values")
        position = self._store.position(self._store.survivor(record_id))
        status = ARCHIVED if _flag(parameters, "archived") else LIVE
        if position is None or self._store.status[position] != status:
            raise refusals.not_found()
        history = self._known(_joined(parameters, "propertiesWithHistory"))
        results = self._records([position], _joined(parameters, "properties"), history)
        link = f"{request.base_url}{request.path}".removesuffix(f"/{record_id}")
        asked = _joined(parameters, "associations")
        return Answer(200, self._associated([position], results, asked, link)[0])

    def batch_read(self, request: Request, *, partial_status: int) -> Answer:
        """Records by id, not in the order asked for; missing ones are named in `errors`."""
        given = json_object(request.body)
        history = self._known(names(given.get("propertiesWithHistory"), "propertiesWithHistory"))
        ids = _inputs(given, MAX_WITH_HISTORY if history else MAX_PAGE)
        if given.get("idProperty") not in (None, "", "hs_object_id"):
            raise refusals.invalid("idProperty is not a property with unique values")
        status = ARCHIVED if _flag(request.parameters(), "archived") else LIVE
        found, missing = self._find(ids, status)
        results = self._records(found, names(given.get("properties"), "properties"), history)
        moment = f'"{iso(0)}"'.encode()
        body = b'{"status":"COMPLETE","results":[' + b",".join(results) + b"]"
        body += b',"startedAt":' + moment + b',"completedAt":' + moment
        if not missing:
            return Answer(200, body + b"}")
        errors = orjson.dumps([_missing(self._kind.singular, missing)])
        return Answer(partial_status, body + b',"numErrors":1,"errors":' + errors + b"}")

    def search(self, request: Request) -> Answer:
        """Hits as of the index, which lags behind."""
        asked = read_search(request.body, self._properties)
        seen = self._index.seen()
        positions = self._index.find(asked.query, seen)
        stop = asked.after + asked.limit
        wanted = names_to_render(asked.properties, self._properties, self._kind.default)
        results = [
            orjson.dumps(self._renderer.record(place, wanted, seen[place]))
            if place in seen
            else self._renderer.records([place], wanted)[0]
            for place in positions[asked.after : stop]
        ]
        body = b'{"total":%d,"results":[' % len(positions) + b",".join(results) + b"]"
        if stop < len(positions):
            body += b',"paging":{"next":{"after":"%d"}}' % stop
        return Answer(200, body + b"}")

    def _records(
        self, positions: list[int], asked: tuple[str, ...], history: tuple[str, ...]
    ) -> list[bytes]:
        wanted = names_to_render(asked, self._properties, self._kind.default)
        if history:
            render = self._renderer.with_history
            return [orjson.dumps(render(place, wanted, history)) for place in positions]
        return self._renderer.records(positions, wanted)

    def _associated(
        self, positions: list[int], results: list[bytes], asked: tuple[str, ...], link: str
    ) -> list[bytes]:
        if not asked:
            return results
        inline = self._associations.inline
        return [
            record[:-1] + inline(self._all, position, asked, link) + b"}"
            for position, record in zip(positions, results, strict=True)
        ]

    def _known(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in asked if name in self._properties)

    def _find(self, ids: list[str], status: int) -> tuple[list[int], list[str]]:
        found, missing = set(), []
        for record_id in ids:
            position = self._store.position(record_id)
            if position is None or self._store.status[position] != status:
                missing.append(record_id)
            else:
                found.add(position)
        return sorted(found, reverse=True), missing


def _missing(singular: str, ids: list[str]) -> JSONObject:
    what = f"some {singular.upper()} objects"
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get {what}, they may be deleted or not exist.",
        "context": {"ids": ids},
    }


def _inputs(given: JSONObject, most: int) -> list[str]:
    inputs = given.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise refusals.invalid("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > most:
        raise refusals.invalid(f"{len(inputs)} inputs, at most {most} are allowed")
    ids: list[Any] = [one.get("id") for one in inputs]
    if not all(isinstance(one, str) and one for one in ids):
        raise refusals.invalid("Invalid input JSON: every input needs an id")
    return ids


def _joined(parameters: Parameters, name: str) -> tuple[str, ...]:
    return tuple(part for value in parameters.get(name, ()) for part in value.split(",") if part)


def _last(parameters: Parameters, name: str, default: str) -> str:
    return parameters[name][-1] if parameters.get(name) else default


def _flag(parameters: Parameters, name: str) -> bool:
    value = _last(parameters, name, "false").lower()
    if value not in ("true", "false"):
        raise refusals.invalid(f"{name} must be true or false")
    return value == "true"


def _limit(parameters: Parameters, most: int) -> int:
    text = _last(parameters, "limit", "10")
    if not text.isdecimal() or not 1 <= int(text) <= most:
        message = f"The limit {text} is not between 1 and {most}"
        raise refusals.invalid(message, [{"message": message, "in": "limit"}])
    return int(text)


def _paging(request: Request, after: str) -> bytes:
    kept = [
        part for part in request.query.decode("latin-1").split("&") if not part.startswith("after=")
    ]
    link = f"{request.base_url}{request.path}?{'&'.join([*kept, f'after={after}'])}"
    return orjson.dumps({"next": {"after": after, "link": link}})
