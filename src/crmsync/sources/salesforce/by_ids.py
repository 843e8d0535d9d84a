"""Reads certain records, by their ids: in as few queries as their addresses allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crmsync.records import Query
from crmsync.reports import JSONObject
from crmsync.sources.incremental import Mode, Position
from crmsync.sources.salesforce import soql
from crmsync.sources.salesforce.api import QueryPage, SalesforceApi
from crmsync.sources.salesforce.joins import Wanted
from crmsync.sources.salesforce.objects import DELETED, ID, IDS_A_QUERY, Described, long_id
from crmsync.sources.salesforce.read import Stretch
from crmsync.sources.salesforce.rows import of_json


def read_ids(
    api: SalesforceApi, kind: Described, query: Query, wanted: Wanted
) -> Iterator[Stretch]:
    """The records with certain ids, of 15 or 18 characters; those that are gone if asked for."""
    ids = tuple(dict.fromkeys(filter(None, map(long_id, query.ids))))[: query.limit]
    none = Position(Mode.SINCE)
    missing: list[str] = []
    for part in _chunks(api, kind, wanted.columns, ids):
        table = of_json(_by_ids(api, kind, wanted.columns, part), wanted.columns)
        missing += set(part).difference(map(str, table.columns[ID]))
        yield Stretch(table, none)
    columns = {name: wanted.columns[name] for name in kind.always}
    if query.deleted and DELETED in kind.fields:
        for part in _chunks(api, kind, columns, sorted(missing)):
            gone = _by_ids(api, kind, columns, part, deleted=True)
            rows = [row for row in gone if row.get(DELETED) is True]
            yield Stretch(of_json(rows, columns), none, deleted=True)
    yield Stretch(of_json([], wanted.columns), none, last=True)


def _chunks(
    api: SalesforceApi, kind: Described, columns: Mapping[str, str], ids: Sequence[str]
) -> Iterator[Sequence[str]]:
    size = IDS_A_QUERY
    while size > 1 and not api.fits(_id_query(kind, columns, ids[:size])):
        size //= 2
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _by_ids(
    api: SalesforceApi,
    kind: Described,
    columns: Mapping[str, str],
    ids: Sequence[str],
    *,
    deleted: bool = False,
) -> Sequence[JSONObject]:
    """The rows with these ids. Too many columns for one address are asked for in parts."""
    text = _id_query(kind, columns, ids)
    if api.fits(text) or len(columns) <= len(kind.always):
        return _all_rows(api, api.query(text, deleted=deleted))
    names = [name for name in columns if name != ID]
    half = len(names) // 2
    parts = [
        {ID: "id", **{one: columns[one] for one in some}} for some in (names[:half], names[half:])
    ]
    first, second = (_by_ids(api, kind, part, ids, deleted=deleted) for part in parts)
    others = {row.get(ID): row for row in second}
    return [_united(row, others[row.get(ID)]) for row in first if row.get(ID) in others]


def _united(one: JSONObject, other: JSONObject) -> JSONObject:
    """Two parts of one row; a parent's fields may be in both."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        mine, theirs = one[name], other[name]
        if isinstance(mine, dict) and isinstance(theirs, dict):
            both[name] = _united(mine, theirs)
    return both


def _all_rows(api: SalesforceApi, page: QueryPage) -> Sequence[JSONObject]:
    rows = list(page.rows)
    while page.more:
        page = api.more(page.more)
        rows += page.rows
    return rows


def _id_query(kind: Described, columns: Mapping[str, str], ids: Sequence[str]) -> str:
    return soql.select(columns, kind.name, where=[soql.among(ID, ids)] if ids else ())
