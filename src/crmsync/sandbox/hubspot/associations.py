"""Associations between records: batch read, one record's, and those inside of records.

Shapes, limits and type ids are from HubSpot's associations API reference and guide (v4 and
2026-09), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

import orjson

from crmsync.sandbox.exchange import Answer, JSONObject, Request
from crmsync.sandbox.hubspot import refusals
from crmsync.sandbox.hubspot.portal import TYPES, ObjectType, Portal, Records
from crmsync.sandbox.hubspot.search_request import json_object
from crmsync.sandbox.instants import iso

MAX_INPUTS: Final = 1000
MAX_INLINE: Final = 100
"""Associations inside of a record, of each type of object."""

# Rendered for the life of the sandbox; about 250 bytes each.
_MAX_CACHED: Final = 300_000
# "HUBSPOT_DEFINED" type ids by direction: without a label, and the primary company.
_UNLABELLED: Final = {("deals", "companies"): 341, ("companies", "deals"): 342}
_PRIMARY: Final = {("deals", "companies"): 5, ("companies", "deals"): 6}
# Made by this portal's people; the two directions have ids and labels of their own.
_LABELS: Final = {
    ("deals", "companies"): {"category": "USER_DEFINED", "typeId": 27, "label": "Reseller"},
    ("companies", "deals"): {"category": "USER_DEFINED", "typeId": 28, "label": "Resold deal"},
}


class Target(NamedTuple):
    """One record that another is associated with."""

    id: int
    primary: bool
    labelled: bool


class Associations:
    """Answers for associations in either direction."""

    def __init__(self, portal: Portal, page_size: int, partial_status: int) -> None:
        self._portal = portal
        self._page_size = page_size
        self._partial_status = partial_status
        self._rendered: dict[int, bytes] = {}
        portal.links.on_change = self._forget
        self._caches = not portal.hides_archived

    def batch_read(self, request: Request, source: str, target: str) -> Answer:
        """Associations of up to a thousand records; one without any is named in `errors`."""
        start, end = _known(source), _known(target)
        results: list[bytes] = []
        missing: list[str] = []
        for record_id, after in _inputs(json_object(request.body)):
            found = self._result(start, end, record_id, after)
            if found is None:
                missing.append(record_id)
            else:
                results.append(found)
        moment = f'"{iso(0)}"'.encode()
        body = b'{"status":"COMPLETE","results":[' + b",".join(results) + b"]"
        body += b',"startedAt":' + moment + b',"completedAt":' + moment
        if not missing:
            return Answer(200, body + b"}")
        errors = orjson.dumps([_nothing(start, end, record_id) for record_id in missing])
        body += b',"numErrors":%d,"errors":' % len(missing) + errors + b"}"
        return Answer(self._partial_status, body)

    def of_record(self, request: Request, source: str, record_id: str, target: str) -> Answer:
        """A page of one record's associations."""
        start, end = _known(source), _known(target)
        given = {name: values[-1] for name, values in request.parameters().items()}
        limit, after = given.get("limit", "500"), given.get("after", "0")
        if not limit.isdecimal() or not 1 <= int(limit) <= self._page_size:
            raise refusals.invalid(f"The limit {limit} is not between 1 and {self._page_size}")
        records, position = self._find(start, record_id)
        if records is None or position is None:
            raise refusals.not_found()
        targets = self._targets(records, position, end)
        page, paging = _page(targets, _after(after), int(limit), request)
        results = [_described(one, start, end) for one in page]
        return Answer.json(200, {"results": results, **paging})

    def inline(self, records: Records, position: int, asked: Iterable[str], link: str) -> bytes:
        """The `associations` of one record; empty where there is nothing to say.

        A pair with a label shows twice, and labels of the portal's own are not shown: observed,
        "airbytehq/airbyte" issue 30292, read 2026-11-21.
        """
        shown: JSONObject = {}
        for end in dict.fromkeys(TYPES[word] for word in asked if word in TYPES):
            name = f"{records.kind.singular}_to_{end.singular}"
            entries = list(chain.from_iterable(
                [{"id": str(one.id), "type": name}] * one.primary
                + [{"id": str(one.id), "type": f"{name}_unlabeled"}]
                for one in self._targets(records, position, end)
            ))  # fmt: skip
            if entries:
                shown[end.name] = {"results": entries[:MAX_INLINE]}
            if len(entries) > MAX_INLINE:
                after = entries[MAX_INLINE]["id"]
                where = f"{link}/{records.store.ids[position]}/associations/{end.name}"
                shown[end.name]["paging"] = {
                    "next": {"after": after, "link": f"{where}?after={after}"}
                }
        return b',"associations":' + orjson.dumps(shown) if shown else b""

    def warm(self) -> None:
        """Write the companies of every deal once, so that reading them costs little."""
        for deal_id in self._portal.deals.store.ids:
            self._result(TYPES["deals"], TYPES["companies"], str(deal_id), 0)

    def _result(
        self, start: ObjectType, end: ObjectType, record_id: str, after: int
    ) -> bytes | None:
        records, position = self._find(start, record_id)
        if records is None or position is None:
            return None
        cached = self._caches and not after and (start.name, end.name) == ("deals", "companies")
        if cached and position in self._rendered:
            return self._rendered[position] or None
        targets = self._targets(records, position, end)
        page, paging = _page(targets, after, self._page_size)
        result = {"from": {"id": record_id}, "to": [_described(one, start, end) for one in page]}
        rendered = orjson.dumps({**result, **paging}) if page else b""
        if cached and len(self._rendered) < _MAX_CACHED:
            self._rendered[position] = bytes(memoryview(rendered))
        return rendered or None

    def _find(self, kind: ObjectType, record_id: str) -> tuple[Records | None, int | None]:
        records = self._portal.find(kind.name)
        return records, records.store.position(record_id) if records else None

    def _targets(self, records: Records, position: int, end: ObjectType) -> list[Target]:
        """All that a record is associated with, in the order of ids."""
        portal = self._portal
        others = portal.find(end.name)
        if others is None or others is records or not portal.shows(records, position):
            return []
        if others is portal.companies:
            links = [(link.company, link) for link in portal.links.of_deal(position)]
        else:
            links = list(portal.links.of_company(position).items())
        return [
            Target(others.store.ids[place], link.primary, link.labelled)
            for place, link in links
            if portal.shows(others, place)
        ]

    def _forget(self, deal: int) -> None:
        self._rendered.pop(deal, None)


def _described(target: Target, start: ObjectType, end: ObjectType) -> JSONObject:
    """An association; the id is a number here, unlike everywhere else."""
    way = (start.name, end.name)
    types: list[JSONObject] = [
        {"category": "HUBSPOT_DEFINED", "typeId": _UNLABELLED[way], "label": None}
    ]
    if target.labelled:
        types.append(_LABELS[way])
    if target.primary:
        primary = {"category": "HUBSPOT_DEFINED", "typeId": _PRIMARY[way], "label": "Primary"}
        types.insert(target.id % 2, primary)
    return {"toObjectId": target.id, "associationTypes": types}


def _page(
    targets: list[Target], after: int, size: int, request: Request | None = None
) -> tuple[list[Target], JSONObject]:
    rest = [one for one in targets if one.id >= after]
    if len(rest) <= size:
        return rest, {}
    following = str(rest[size].id)
    link = f"{request.base_url}{request.path}" if request else ""
    return rest[:size], {
        "paging": {"next": {"after": following, "link": f"{link}?after={following}"}}
    }


def _nothing(start: ObjectType, end: ObjectType, record_id: str) -> JSONObject:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {end.singular} is associated with {start.singular} {record_id}.",
        "context": {
            "fromObjectId": [record_id],
            "fromObjectType": [start.singular],
            "toObjectType": [end.singular],
        },
    }


def _known(object_type: str) -> ObjectType:
    kind = TYPES.get(object_type)
    if kind is None:
        raise refusals.invalid(f"Unable to infer object type from: {object_type}")
    return kind


def _inputs(given: JSONObject) -> Iterator[tuple[str, int]]:
    """The ids asked for, each once for each `after`."""
    inputs = given.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise refusals.invalid("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > MAX_INPUTS:
        raise refusals.invalid(f"{len(inputs)} inputs, at most {MAX_INPUTS} are allowed")
    asked: dict[tuple[str, int], None] = {}
    for one in inputs:
        record_id = one.get("id")
        if not isinstance(record_id, str) or not record_id.isdecimal():
            raise refusals.invalid("Invalid input JSON: every input needs an id, as text")
        asked[record_id, _after(one.get("after") or "0")] = None
    return iter(asked)


def _after(value: object) -> int:
    if not isinstance(value, str) or not value.isdecimal():
        raise refusals.invalid(f"The after value {value!r} is not valid")
    return int(value)
