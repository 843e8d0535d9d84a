"""The read itself: one request a step, from any position to the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from crmsync.errors import ConfigError
from crmsync.exchanges import Exchange
from crmsync.receipts import Problem
from crmsync.records import NO_JOINS, Query
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.answers import Listing, Unread, row_id
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.objects import (
    BATCH_PAGE,
    HISTORY_PAGE,
    ID,
    LIST_PAGE,
    MAX_FILTERS,
    MERGED,
    SEARCH_PAGE,
    ObjectType,
)
from crmsync.sources.incremental import Mode, Position, epoch_ms, iso, window_start
from crmsync.sources.paging import Tokens, highest
from crmsync.sources.readahead import Relay
from crmsync.transport.strict import MalformedError


class Stretch(NamedTuple):
    """One page's rows, not yet made into records.

    Attributes:
        rows: As HubSpot gave them.
        position: Right after this page.
        total: The count of all that match what was asked, None from a list.
        last: Whether nothing comes after.
        deleted: Whether the rows are archived records.
        companies: The rows' primary companies, by the row's id.
    """

    rows: Sequence[JSONObject]
    position: Position
    total: int | None = None
    last: bool = False
    deleted: bool = False
    companies: Mapping[str, Mapping[str, object]] = NO_JOINS


class Walk:
    """Reads on from a position, page by page, each the answer to one or two requests.

    A page depends on the position alone, so a resumed read equals one that was never cut.

    As soon as a page of a list has come, the next one is asked for, by the token at the
    answer's end alone, and is on its way while this one is read and worked on. Where it tells
    another token then, that page is asked for instead.
    """

    def __init__(
        self, api: HubSpotApi, kind: ObjectType, query: Query, properties: Sequence[str]
    ) -> None:
        self._api = api
        self._kind = kind
        self._query = query
        self._properties = properties
        self._filters = wanted_filters(query.filter)
        self._fits = api.fits(kind, properties)
        self._left = None if kind.history else query.limit  # a row is not one record there
        self._tokens = {mode: Tokens(api.name) for mode in Mode}
        self._begun = api.time.monotonic()
        self._ahead: Exchange[Unread] | None = None

    def stretches(self, start: Position, relay: Relay, room: int) -> Iterator[Stretch]:
        """Every page from *start* on; the last one, or the one that meets the limit, is last.

        The first is asked for at once. Where the next one can only be told by reading a page
        whole, they are read ahead, so many as there is *room* for.
        """
        if self._left is not None or self._is_searched(start) or not self._fits:
            return relay.ahead(self._steps(start), room)
        self._ahead = self._ask(start)
        return self._listing(start)

    def close(self) -> None:
        """Let go of what was asked for ahead. To be called when nobody takes pages any more."""
        if self._ahead is not None:
            self._ahead.drop()
            self._ahead = None

    def _listing(self, position: Position) -> Iterator[Stretch]:
        """Lists, one after the other, each page asked for before the one before it is read."""
        while self._ahead is not None:
            asked, self._ahead = self._ahead, None
            page = asked.answer()
            if page.after:
                self._ahead = self._ask(position._replace(after=page.after))
            step = self._read(position, page)
            position = step.position
            if step.last or page.after != position.after:
                self.close()
            if self._ahead is None and not step.last:
                self._ahead = self._ask(position)
            yield step

    def _ask(self, position: Position) -> Exchange[Unread]:
        return self._api.ask(self._url(position))

    def _steps(self, position: Position) -> Iterator[Stretch]:
        while True:
            step = self._step(position)
            if self._left is not None:
                step = step._replace(rows=step.rows[: self._left])
                self._left -= len(step.rows)
                step = step._replace(last=step.last or self._left <= 0)
            yield step
            if step.last:
                return
            position = step.position

    def _step(self, position: Position) -> Stretch:
        if self._is_searched(position):
            window = self._window(position) if position.mode is Mode.WINDOW else []
            return self._keyset(position, window)
        return self._listed(position, self._api.list(self._url(position)))

    def _read(self, position: Position, page: Unread) -> Stretch:
        """What came as a page; where it is none, what comes when it is asked for again."""
        try:
            return self._listed(position, self._api.read(page))
        except MalformedError:
            return self._step(position)

    def _is_searched(self, position: Position) -> bool:
        if position.mode is Mode.GONE:
            return False
        return position.mode is Mode.WINDOW or bool(self._filters)

    def _window(self, position: Position) -> list[JSONObject]:
        """What changed in the window.

        It has no end where changes are records: a deal that is changed again while the walk is
        under way would leave the window, and its earlier change would be in no window at all.
        """
        cursor = self._kind.cursor
        start = epoch_ms(window_start(position, self._api.overlap))
        end = epoch_ms(datetime.fromisoformat(position.until))
        since = [property_filter(cursor, "GTE", start)]
        return since if self._kind.history else [*since, property_filter(cursor, "LT", end)]

    def _url(self, position: Position) -> str:
        """Where a list's page is asked for."""
        gone = position.mode is Mode.GONE
        history = self._kind.history if self._fits and not gone else ()
        properties = self._properties if self._fits else (ID,)
        return self._api.list_url(
            self._kind,
            # What is archived comes with what was merged into it: that was listed nowhere before.
            (self._kind.cursor, MERGED) if gone else properties,
            after=position.after,
            archived=gone,
            history=history,
            limit=self._size(HISTORY_PAGE if history else LIST_PAGE),
        )

    def _listed(self, position: Position, page: Listing) -> Stretch:
        if page.after:
            self._tokens[position.mode].add(page.after)
        onward, gone = position._replace(after=page.after), position.mode is Mode.GONE
        last = row_id(page.rows[-1]) if page.rows and not gone else ""
        if last.isdecimal():  # a list is in the order of ids
            onward = onward._replace(last=last)
        rows = page.rows if self._fits or gone else self._whole(page.rows)
        return self._after(onward, Stretch(rows, position, deleted=gone), more=bool(page.after))

    def _whole(self, rows: Sequence[JSONObject]) -> Sequence[JSONObject]:
        """The listed records with all of their properties, asked for by POST."""
        ids = [row_id(row) for row in rows]
        by_id: dict[str, JSONObject] = {}
        for part in batches(self._kind, ids):
            found = self._api.batch_read(
                self._kind, part, self._properties, history=self._kind.history
            )
            by_id.update((row_id(row), row) for row in found)
        return [by_id[one] for one in ids if one in by_id]

    def _keyset(self, position: Position, window: list[JSONObject]) -> Stretch:
        """A page of a search, by id: no offset, so there is no limit of 10,000 rows."""
        filters = [*window, *self._filters]
        if position.last:
            filters.append(property_filter(ID, "GT", position.last))
        body: JSONObject = {
            "filterGroups": [{"filters": filters}] if filters else [],
            "sorts": [{"propertyName": ID, "direction": "ASCENDING"}],
            "properties": [ID] if self._kind.history else list(self._properties),
            "limit": self._size(SEARCH_PAGE),
        }
        page = self._api.search(self._kind, body)
        rows = self._whole(page.rows) if self._kind.history else page.rows
        last = position.last
        if page.rows:
            last = highest(self._api.name, map(row_id, page.rows), last)
        return self._after(
            position._replace(last=last),
            Stretch(rows, position, total=page.total),
            more=bool(page.rows and page.after),
        )

    def _after(self, onward: Position, step: Stretch, *, more: bool) -> Stretch:
        if not onward.since:  # a full read's first page: its start is when the next one begins
            onward = onward._replace(since=iso(self._api.time.at(self._begun)))
        if more:
            return step._replace(position=onward)
        if self._query.deleted and onward.mode is not Mode.GONE:
            return step._replace(position=onward.gone)
        return step._replace(position=onward.complete, last=True)

    def _size(self, most: int) -> int:
        return most if self._left is None else max(1, min(most, self._left))


def read_ids(
    api: HubSpotApi, kind: ObjectType, query: Query, properties: Sequence[str]
) -> Iterator[Stretch]:
    """The records with certain ids, at most 100 a page; those that are gone if asked for."""
    ids = tuple(dict.fromkeys(query.ids))[: query.limit]
    none = Position(Mode.SINCE)
    for part in batches(kind, ids):
        last = part[-1] == ids[-1]
        rows = api.batch_read(kind, part, properties, history=kind.history)
        found = {row_id(row) for row in rows}
        missing = [one for one in part if one not in found]
        if not (query.deleted and missing):
            yield Stretch(rows, none, last=last)
            continue
        yield Stretch(rows, none)
        gone = api.batch_read(kind, missing, (kind.cursor, MERGED), archived=True)
        yield Stretch(gone, none, last=last, deleted=True)


def batches(kind: ObjectType, ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids in parts of which each is one batch read."""
    size = HISTORY_PAGE if kind.history else BATCH_PAGE
    return (ids[start : start + size] for start in range(0, len(ids), size))


def normalised(api: HubSpotApi, kind: ObjectType, query: Query) -> Query:
    """The query with its filter as search takes it: without what only joins can tell.

    What is left out is the mapping's to look at: it filters every record again. IN takes
    lower-case values for text, and the exact ones for choices: only the account's own
    properties tell which a field is. (developers.hubspot.com/docs, "Search the CRM",
    read 2026-11-21.)
    """
    pushed = own_filter(kind, query.filter)
    if any(len(values) > 1 for values in pushed.values()):
        texts = {
            str(row.get("name")) for row in api.properties(kind) if row.get("type") == "string"
        }
        pushed = {
            name: tuple(value.lower() for value in values) if name in texts else values
            for name, values in pushed.items()
        }
    return query if pushed == query.filter else replace(query, filter=pushed)


def own_filter(
    kind: ObjectType, asked: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """The part of a filter that is about the record's own properties, by their names."""
    named = ((kind.own_property(path), values) for path, values in asked.items())
    return {name: values for name, values in named if name}


def wanted_filters(wanted: Mapping[str, tuple[str, ...]]) -> list[JSONObject]:
    """A query's filter as search takes it.

    Raises:
        ConfigError: It names more fields than search can take beside a read's own filters.
    """
    most = MAX_FILTERS - 3
    if len(wanted) > most:
        problem = Problem(
            "filter", "too_many_filters", f"names {len(wanted)} fields; HubSpot takes {most}"
        )
        raise ConfigError([problem], hint="leave some out, or filter by a list in HubSpot")
    return [
        property_filter(name, "EQ", values[0])
        if len(values) == 1
        else {"propertyName": name, "operator": "IN", "values": list(values)}
        for name, values in sorted(wanted.items())
    ]


def property_filter(name: str, operator: str, value: str) -> JSONObject:
    """One condition of a search."""
    return {"propertyName": name, "operator": operator, "value": value}
