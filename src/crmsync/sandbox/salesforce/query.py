"""Runs a query: finds positions, in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from crmsync.sandbox.salesforce import ids, refusals
from crmsync.sandbox.salesforce.conditions import test_of
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.paths import Parents, Resolved, column, resolve
from crmsync.sandbox.salesforce.schema import ObjectType, Value
from crmsync.sandbox.salesforce.store import BINNED, GONE
from crmsync.sandbox.salesforce.syntax import And, Comparison, Condition, Not, Or, Query

_CHUNK: Final = 4096


class Selection(NamedTuple):
    """What a query selects, checked.

    Attributes:
        kind: The queried object, as the user may see it.
        paths: The columns in the order asked for; empty for a count.
    """

    kind: ObjectType
    paths: tuple[Resolved, ...]


def select(org: Org, query: Query) -> Selection:
    """Check a query's object and fields.

    Raises:
        RefusedError: They are not all there, or not for this user.
    """
    kind = next((k for n, k in org.kinds.items() if n.lower() == query.entity.lower()), None)
    if kind is None:
        raise refusals.no_object(query.entity)
    paths = [resolve(org, kind, path) for path in query.fields]
    if query.group:
        paths += [
            Resolved((), field)
            for field in kind.fields.values()
            if query.group == "ALL" or field.custom is (query.group == "CUSTOM")
        ]
    if not paths and not query.counting and not query.aggregates:
        raise refusals.malformed("the field list is empty")
    return Selection(kind, tuple(paths))


class Finder:
    """Finds what a query asks for.

    Args:
        deleted: Whether records in the recycle bin are found too (queryAll).
    """

    def __init__(self, org: Org, parents: Parents, query: Query, *, deleted: bool) -> None:
        self._org = org
        self._parents = parents
        self._query = query
        self._kind = select(org, query).kind
        self._table = org.tables[self._kind.name]
        self._hidden = {GONE} if deleted else {GONE, BINNED}
        self._order = [
            (resolve(org, self._kind, one.path), one.descending, one.nulls_last)
            for one in query.order
        ]
        for path, _, _ in self._order:
            if not path.field.filterable:
                message = f"field '{path.field.name}' can not be sorted in a query call"
                raise refusals.malformed(message)
        self._keep = self._compile(query.where) if query.where else None

    def positions(self) -> list[int]:
        """All hits, in order; LIMIT and OFFSET are taken into account."""
        candidates, ordered = self._candidates()
        limit, offset = self._query.limit, self._query.offset
        if ordered:
            wanted = None if limit is None else offset + limit
            hits = list(islice(self._hits(candidates), wanted))
        else:
            hits = self._sorted(sorted(self._hits(candidates)))
        return hits[offset : None if limit is None else offset + limit]

    def _hits(self, candidates: Sequence[int]) -> Iterable[int]:
        """Those that are there and fulfil the condition, chunk by chunk."""
        status, hidden = self._table.status, self._hidden
        # A whole scan pays for a set of all hits anyway, a limited one should stop early.
        chunk = len(candidates) if self._query.limit is None else _CHUNK
        for start in range(0, len(candidates), chunk or 1):
            piece = candidates[start : start + chunk]
            there = [place for place in piece if status[place] not in hidden]
            yield from self._keep(there) if self._keep else there

    def _candidates(self) -> tuple[Sequence[int], bool]:
        """Positions that may be hits, and whether they are in the order asked for."""
        names = [(path.name, descending) for path, descending, _ in self._order]
        table, where = self._table, self._query.where
        stamp = _bound(where, "systemmodstamp") if where else None
        by_stamp = names in ([("SystemModstamp", False)], [("SystemModstamp", False), _BY_ID])
        if by_stamp or (stamp is not None and names not in ([], [_BY_ID])):
            positions, stamps = table.by_stamp()
            start = 0 if stamp is None else bisect_left(stamps, stamp)
            return positions[start:], by_stamp
        first = _bound(where, "id") if where else None
        start = bisect_left(table.ids, (ids.parse(str(first)) or "")[: ids.SHORT])
        return range(start, len(table)), names in ([], [_BY_ID])

    def _sorted(self, positions: list[int]) -> list[int]:
        for path, descending, nulls_last in reversed(self._order):
            values = column(self._parents, self._table, path)
            nulls = [place for place in positions if values[place] is None]
            rest = [place for place in positions if values[place] is not None]
            rest.sort(key=_sort_key(values), reverse=descending)
            positions = rest + nulls if nulls_last else nulls + rest
        return positions

    def _compile(self, condition: Condition) -> Callable[[Sequence[int]], list[int]]:
        match condition:
            case Comparison():
                return self._compare(condition)
            case And(parts):
                return _all_of([self._compile(part) for part in parts])
            case Or(parts):
                return _any_of([self._compile(part) for part in parts])
            case Not(part):
                inside = self._compile(part)
                return lambda places: _without(places, inside(places))

    def _compare(self, comparison: Comparison) -> Callable[[Sequence[int]], list[int]]:
        path = resolve(self._org, self._kind, comparison.path)
        test = test_of(path, comparison)
        table, parents = self._table, self._parents
        if path.name == "IsDeleted":
            status = table.status
            return lambda places: [p for p in places if test(status[p] == BINNED)]

        def keep(places: Sequence[int]) -> list[int]:
            values = column(parents, table, path)
            return [place for place in places if test(values[place])]

        return keep


_BY_ID: Final = ("Id", False)


def _all_of(
    keeps: list[Callable[[Sequence[int]], list[int]]],
) -> Callable[[Sequence[int]], list[int]]:
    def keep(places: Sequence[int]) -> list[int]:
        kept = list(places)
        for one in keeps:
            kept = one(kept)
        return kept

    return keep


def _any_of(
    keeps: list[Callable[[Sequence[int]], list[int]]],
) -> Callable[[Sequence[int]], list[int]]:
    def keep(places: Sequence[int]) -> list[int]:
        hits: set[int] = set()
        for one in keeps:
            hits.update(one(places))
        return [place for place in places if place in hits]

    return keep


def _without(places: Sequence[int], kept: list[int]) -> list[int]:
    out = set(kept)
    return [place for place in places if place not in out]


def _bound(condition: Condition, name: str) -> Any:
    """The least value of a field that a condition lets through; None where it does not say."""
    match condition:
        case Comparison(path, ("=" | ">" | ">="), values) if [p.lower() for p in path] == [name]:
            return values[0].value
        case And(parts):
            bounds = [b for part in parts if (b := _bound(part, name)) is not None]
            return max(bounds, default=None)
        case Or(parts):
            bounds = [_bound(part, name) for part in parts]
            return None if None in bounds else min(bounds)
        case _:
            return None


def _sort_key(values: Sequence[Value]) -> Callable[[int], Any]:
    def key(place: int) -> Any:
        value = values[place]
        return value.lower() if isinstance(value, str) else value

    return key
