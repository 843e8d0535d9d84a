"""Which records a list request finds: filters, order, and a page by key."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.pipedrive.draws import NEVER
from crmsync.sandbox.pipedrive.query import Key, Query, cursor
from crmsync.sandbox.pipedrive.store import ARCHIVED, DELETED, KEPT_AFTER_DELETION, LIVE, Table
from crmsync.sandbox.pipedrive.world import now


class Page(NamedTuple):
    """Positions of the records on a page, and the cursor of the next one."""

    positions: list[int]
    cursor: str | None


class Lister:
    """Finds records of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._orders: dict[str, tuple[int, list[tuple[int, int, int]]]] = {}

    def page(self, query: Query, *, archived: bool) -> Page:
        """The records that a query finds, live or in the archive."""
        found: Iterable[int] = self._candidates(query)
        for test in self._tests(query, archived=archived):
            found = filter(test, found)
        positions = list(islice(found, query.limit + 1))
        if len(positions) <= query.limit:
            return Page(positions, None)
        positions.pop()
        direction = "desc" if query.descending else "asc"
        scope = f"{self._table.name} {query.sort} {direction}"
        return Page(positions, cursor(scope, self._key(positions[-1], query.sort)))

    def _key(self, position: int, sort: str) -> Key:
        table = self._table
        value = {"id": table.ids, "add_time": table.added, "update_time": table.updated}[sort]
        return Key(value[position], table.ids[position])

    def _candidates(self, query: Query) -> Iterable[int]:
        """Positions after the cursor, in order; of those asked for by id, or of all."""
        if query.ids is not None:
            return self._by_id(query)
        if query.sort == "id":
            return self._by_position(query)
        return self._by_time(query)

    def _by_id(self, query: Query) -> Iterator[int]:
        table = self._table
        found = {table.position(one) for one in query.ids or ()} - {None}
        keyed = sorted(
            ((self._key(place, query.sort), place) for place in found if place is not None),
            reverse=query.descending,
        )
        for key, place in keyed:
            if query.after is None or (
                key < query.after if query.descending else key > query.after
            ):
                yield place

    def _by_position(self, query: Query) -> range:
        ids = self._table.ids
        if query.descending:
            last = bisect_left(ids, query.after.id) if query.after else len(ids)
            return range(last - 1, -1, -1)
        return range(bisect_right(ids, query.after.id) if query.after else 0, len(ids))

    def _by_time(self, query: Query) -> Iterator[int]:
        order = self._order(query.sort)
        if query.descending:
            last = bisect_left(order, query.after) if query.after else len(order)
            return (order[place][2] for place in range(last - 1, -1, -1))
        first = bisect_right(order, (*query.after, len(order))) if query.after else 0
        if query.sort == "update_time" and query.since is not None:
            first = max(first, bisect_left(order, (query.since,)))
        return (order[place][2] for place in range(first, len(order)))

    def _order(self, sort: str) -> list[tuple[int, int, int]]:
        """All records by a time and id. Records without the time come first."""
        table = self._table
        version, order = self._orders.get(sort, (-1, []))
        if version != table.version:
            times = table.added if sort == "add_time" else table.updated
            order = sorted(zip(times, table.ids, range(len(times)), strict=True))
            self._orders[sort] = table.version, order
        return order

    def _tests(self, query: Query, *, archived: bool) -> Iterator[Callable[[int], bool]]:
        """What a record must pass, the cheapest tests first."""
        table, updated = self._table, self._table.updated
        if archived or not query.statuses:
            here = ARCHIVED if archived else LIVE
            yield lambda place: table.status[place] == here
        else:
            yield self._status_test(query.statuses)
        if query.since is not None:
            since = max(query.since, NEVER + 1)
            yield lambda place: updated[place] >= since
        if query.until is not None:
            until = query.until
            yield lambda place: NEVER < updated[place] < until
        if query.equals:
            wanted = tuple(query.equals.items())
            yield lambda place: _holds(table.record(place), wanted)
        if table.restricted:
            yield table.is_visible
        if archived and query.statuses:
            yield lambda place: table.record(place)["status"] in query.statuses

    def _status_test(self, statuses: frozenset[str]) -> Callable[[int], bool]:
        """For deals outside the archive. What was deleted long ago is nowhere."""
        table = self._table
        open_ones = statuses - {"deleted"}
        oldest = now() - KEPT_AFTER_DELETION if "deleted" in statuses else None

        def matches(place: int) -> bool:
            if table.status[place] == LIVE:
                return bool(open_ones) and table.record(place)["status"] in open_ones
            deleted = table.status[place] == DELETED
            return deleted and oldest is not None and table.updated[place] >= oldest

        return matches


def _holds(record: JSONObject, wanted: tuple[tuple[str, int], ...]) -> bool:
    return all(record[name] == value for name, value in wanted)
