"""Queries over REST: first pages, next pages, single records."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from crmsync.sandbox.exchange import JSON_TYPE, Answer, Request
from crmsync.sandbox.salesforce import ids, refusals
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.parser import parse
from crmsync.sandbox.salesforce.paths import Parents, Resolved, resolve
from crmsync.sandbox.salesforce.query import Finder, select
from crmsync.sandbox.salesforce.rendering import Renderer, Rows
from crmsync.sandbox.salesforce.store import GONE, LIVE

# Pages of 200 to 2,000 rows, 2,000 if nothing is said, fewer where rows are wide: REST API
# Developer Guide, "Query Options Header", read 2026-11-21.
MIN_PAGE: Final = 200
MAX_PAGE: Final = 2000
_MAX_PAGE_BYTES: Final = 8_000_000
# Ten query cursors a user; the one used longest ago is released: SOQL and SOSL limits, read
# 2026-11-21.
MAX_CURSORS: Final = 10
_BATCH: Final = re.compile(rb"batchsize\s*=\s*(\d+)", re.IGNORECASE)


class _Cursor(NamedTuple):
    """An open query: what was found, and how it is written."""

    positions: list[int]
    rows: Rows
    size: int
    until: float
    version: str


class Reading:
    """Answers queries.

    Args:
        locator_s: So many seconds a next page can be asked for.
    """

    def __init__(
        self, org: Org, parents: Parents, renderer: Renderer, locator_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._org = org
        self._parents = parents
        self._renderer = renderer
        self._locator_s = locator_s
        self._clock = clock
        self._cursors: OrderedDict[str, _Cursor] = OrderedDict()
        self._opened = 0

    def expire(self) -> None:
        """End all open queries."""
        self._cursors.clear()

    def first(self, request: Request, version: str, *, deleted: bool) -> Answer:
        """Run a query and answer its first page."""
        given = request.parameters().get("q", [""])[-1]
        if not given.strip():
            raise refusals.malformed("SOQL statements cannot be empty or null")
        query = parse(given)
        if query.aggregates:
            raise refusals.malformed("the sandbox knows no aggregate function but COUNT() alone")
        selection = select(self._org, query)
        positions = Finder(self._org, self._parents, query, deleted=deleted).positions()
        if query.counting:
            return _page(len(positions), [], None)
        table = self._org.tables[selection.kind.name]
        rows = self._renderer.json(table, selection.paths, version)
        size = _page_size(request)
        cursor = _Cursor(positions, rows, size, self._clock() + self._locator_s, version)
        return self._page(cursor, None, 0)

    def next(self, locator: str) -> Answer:
        """Answer a further page."""
        name, _, offset = locator.partition("-")
        cursor = self._cursors.get(name)
        if cursor is None or not offset.isdecimal() or cursor.until < self._clock():
            raise refusals.refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        self._cursors.move_to_end(name)
        return self._page(cursor, name, int(offset))

    def _page(self, cursor: _Cursor, name: str | None, offset: int) -> Answer:
        positions = cursor.positions[offset : offset + cursor.size]
        rows = _no_more_than(cursor.rows.get(positions), _MAX_PAGE_BYTES)
        following = offset + len(rows)
        if following >= len(cursor.positions):
            return _page(len(cursor.positions), rows, None)
        name = name or self._open(cursor)
        path = f"/services/data/v{cursor.version}/query/{name}-{following}"
        return _page(len(cursor.positions), rows, path)

    def _open(self, cursor: _Cursor) -> str:
        self._opened += 1
        name = ids.make("01g", self._opened)
        self._cursors[name] = cursor
        while len(self._cursors) > MAX_CURSORS:
            self._cursors.popitem(last=False)
        return name

    def record(self, request: Request, version: str, name: str, record_id: str) -> Answer:
        """One record with all fields, or those that are asked for."""
        kind = self._org.kinds.get(name)
        if kind is None:
            raise refusals.not_found()
        table = self._org.tables[name]
        place = table.position(record_id)
        if place is None or table.status[place] == GONE:
            raise refusals.not_found()
        if table.status[place] != LIVE:
            raise refusals.refused(404, "ENTITY_IS_DELETED", "entity is deleted")
        asked = request.parameters().get("fields")
        if asked:
            paths = [resolve(self._org, kind, tuple(f.split("."))) for f in asked[-1].split(",")]
        else:
            paths = [Resolved((), field) for field in kind.fields.values()]
        rows = self._renderer.json(table, tuple(paths), version)
        return Answer(200, rows.get([place])[0], JSON_TYPE)


def _page(total: int, rows: list[bytes], following: str | None) -> Answer:
    done = b"true" if following is None else b"false"
    onward = b"" if following is None else b'"nextRecordsUrl":"%s",' % following.encode()
    records = b",".join(rows)
    body = b'{"totalSize":%d,"done":%s,%s"records":[%s]}' % (total, done, onward, records)
    return Answer(200, body, JSON_TYPE)


def _page_size(request: Request) -> int:
    match = _BATCH.search(request.headers.get(b"sforce-query-options", b""))
    return max(MIN_PAGE, min(MAX_PAGE, int(match[1]))) if match else MAX_PAGE


def _no_more_than(rows: list[bytes], size: int) -> list[bytes]:
    """The first rows of so many bytes together, but at least one."""
    total = 0
    for count, row in enumerate(rows):
        total += len(row)
        if total > size and count:
            return rows[:count]
    return rows
