"""Reads the body of a search, refusing what HubSpot refuses.

Limits are from HubSpot's "Search the CRM" guide, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.hubspot.operators import Test, any_of, compile_filter
from crmsync.sandbox.hubspot.refusals import invalid, no_property
from crmsync.sandbox.hubspot.schema import Property
from crmsync.sandbox.hubspot.search import ASSOCIATIONS, Groups, Query

MAX_GROUPS: Final = 5
MAX_FILTERS_IN_GROUP: Final = 6
MAX_FILTERS: Final = 18
MAX_LIMIT: Final = 200
MAX_REACHABLE: Final = 10_000
MAX_QUERY: Final = 3_000


class SearchRequest(NamedTuple):
    """A search that can be answered.

    Attributes:
        properties: As asked for, unknown ones included.
    """

    query: Query
    properties: tuple[str, ...]
    limit: int
    after: int


def json_object(body: bytes) -> JSONObject:
    """The request's body as an object.

    Raises:
        RefusedError: 400, it is none.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid(f"Invalid input JSON: {error}") from error
    if not isinstance(value, dict):
        raise invalid("Invalid input JSON: an object is wanted")
    return value


def names(value: object, key: str) -> tuple[str, ...]:
    """A list of property names; missing and null are empty.

    Raises:
        RefusedError: 400, it is something else.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise invalid(f"Invalid input JSON: {key} must be a list of property names")
    return tuple(value)


def read_search(body: bytes, properties: Mapping[str, Property]) -> SearchRequest:
    """Read a search.

    Raises:
        RefusedError: 400, with the reason.
    """
    given = json_object(body)
    limit = _whole(given.get("limit", 10), "limit")
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(f"The limit {limit} is not between 1 and {MAX_LIMIT}")
    after = _whole(given.get("after") or 0, "after")
    if after + limit > MAX_REACHABLE:
        raise invalid(f"There was a problem with the request. Paging past {MAX_REACHABLE} results.")
    text = given.get("query") or ""
    if not isinstance(text, str) or len(text) > MAX_QUERY:
        raise invalid(f"query must be text of at most {MAX_QUERY} characters")
    sort, descending = _sort(given.get("sorts"), properties)
    query = Query(
        key=orjson.dumps([given.get(key) for key in ("filterGroups", "sorts", "query")]),
        groups=_groups(given.get("filterGroups"), properties),
        words=tuple(text.lower().split()),
        sort=sort,
        descending=descending,
    )
    return SearchRequest(query, names(given.get("properties"), "properties"), limit, after)


def _whole(value: Any, key: str) -> int:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise invalid(f"Invalid input JSON: {key} must be a whole number")
    return value


def _groups(given: object, properties: Mapping[str, Property]) -> Groups:
    groups = _objects(given, "filterGroups")
    filters = [_objects(group.get("filters"), "filters") for group in groups]
    if len(groups) > MAX_GROUPS:
        raise invalid(f"{len(groups)} filterGroups, at most {MAX_GROUPS} are allowed")
    if max(map(len, filters), default=0) > MAX_FILTERS_IN_GROUP:
        raise invalid(f"at most {MAX_FILTERS_IN_GROUP} filters are allowed in a filterGroup")
    if sum(map(len, filters)) > MAX_FILTERS:
        raise invalid(f"at most {MAX_FILTERS} filters are allowed in all")
    return tuple(tuple(_filter(one, properties) for one in group) for group in filters)


def _filter(given: JSONObject, properties: Mapping[str, Property]) -> tuple[Property, Test]:
    name = given.get("propertyName")
    if not isinstance(name, str):
        raise invalid("Invalid input JSON: a filter needs propertyName")
    if name.startswith(ASSOCIATIONS):
        prop = Property(name, "enumeration")
        return prop, any_of(compile_filter(prop, given), given["operator"])
    if name not in properties:
        raise no_property(name)
    return properties[name], compile_filter(properties[name], given)


def _objects(given: object, key: str) -> list[JSONObject]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise invalid(f"Invalid input JSON: {key} must be a list of objects")
    return given


def _sort(given: object, properties: Mapping[str, Property]) -> tuple[Property, bool]:
    if not given:
        return properties["createdate"], False
    if not isinstance(given, list) or len(given) > 1:
        raise invalid("only one sort is allowed")
    sort = given[0] if isinstance(given[0], dict) else {"propertyName": given[0]}
    name, direction = sort.get("propertyName"), sort.get("direction", "ASCENDING")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise invalid(f"Invalid input JSON: direction {direction!r}")
    if not isinstance(name, str) or name not in properties:
        raise no_property(str(name))
    return properties[name], direction == "DESCENDING"
