"""A HubSpot account as a source: the parts, put together."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from typing import Final

from typing_extensions import override

from crmsync.adapters import Context
from crmsync.errors import ConfigError
from crmsync.interfaces import CheckResult, Source, Traffic, Transport
from crmsync.receipts import Problem
from crmsync.records import Drift, Page, Query, SourceField
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.associations import ROOM, linked
from crmsync.sources.hubspot.beside import Beside, Reading, ask_beside
from crmsync.sources.hubspot.changes import deal_of
from crmsync.sources.hubspot.checks import checks
from crmsync.sources.hubspot.counts import drift
from crmsync.sources.hubspot.fields import source_fields
from crmsync.sources.hubspot.objects import OBJECTS, ObjectType, wanted
from crmsync.sources.hubspot.read import Stretch, Walk, normalised, read_ids
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.sources.incremental import Mode, Position, decode, is_ahead, open_window
from crmsync.sources.readahead import AHEAD, Relay

_START: Final = Position(Mode.FULL)


class HubSpotSource(Source):
    """A HubSpot account."""

    def __init__(self, settings: HubSpotSettings, context: Context, transport: Transport) -> None:
        self._api = HubSpotApi(settings, context, transport)
        self._clock = context.clock

    @property
    @override
    def traffic(self) -> Traffic:
        return self._api.traffic

    @override
    def check(self, query: Query) -> Iterator[CheckResult]:
        kind = self._kind(query.object)
        query = replace(query, paths=query.paths | query.filter.keys())
        yield from checks(self._api, kind, query, wanted(kind, query.paths))

    @override
    def describe(self, object_name: str) -> Sequence[SourceField]:
        return source_fields(self._api.properties(self._kind(object_name)))

    @override
    def read(self, query: Query) -> Generator[Page, None, None]:
        reading = self._reading(query)
        left = reading.query.limit if reading.kind.history else None
        full = reading.start.full or reading.start.mode is Mode.FULL
        first = True
        with ExitStack() as under_way:
            beside, stretches = self._stretches(reading, under_way)
            for step in stretches:
                records = beside.build(step)
                if left is not None:
                    records = records[:left]
                    left -= len(records)
                yield Page(
                    records,
                    "" if query.ids else step.position.encode(),
                    total=_total(reading, beside, step) if first else None,
                    last=step.last or left == 0,
                    full=full,
                    account=beside.account,
                )
                first = False
                if left == 0:
                    return

    @override
    def drift(self, query: Query, since: datetime) -> Drift:
        kind = self._kind(query.object)
        query = normalised(self._api, kind, query)
        position = _START if query.cursor is None else decode(query.cursor, self._api.name)
        by_crm = self._api.time.now() - (self._clock.now() - since)
        return drift(self._api, kind, query, position, by_crm)

    @override
    def close(self) -> None:
        self._api.close()

    def _reading(self, query: Query) -> Reading:
        kind = self._kind(query.object)
        asked = wanted(kind, query.paths)
        query = normalised(self._api, kind, query)
        if kind.history:  # what happened is not undone by deleting the deal
            query = replace(query, deleted=False)
        return Reading(kind, query, asked, self._start(query.cursor))

    def _stretches(
        self, reading: Reading, under_way: ExitStack
    ) -> tuple[Beside, Iterator[Stretch]]:
        """The rows of the read, under way, with all that is needed to make records of them."""
        api, (kind, query, asked, start) = self._api, reading
        room = ROOM if asked.company else AHEAD
        walk = None if query.ids else Walk(api, kind, query, asked.properties)
        if walk is not None:
            under_way.enter_context(closing(walk))
        relay = under_way.enter_context(closing(Relay()))  # before the walk that it goes through
        stretches = (
            relay.ahead(read_ids(api, kind, _deals(kind, query), asked.properties), room)
            if walk is None
            else walk.stretches(start, relay, room)
        )
        beside = ask_beside(api, reading)
        if asked.company:
            stretches = relay.ahead(linked(api, kind, relay, stretches, beside.read_companies))
        return beside, stretches

    def _start(self, cursor: str | None) -> Position:
        """Where to begin. A window's end is HubSpot's own time, which its answers tell."""
        if cursor is None:
            return _START
        position = decode(cursor, self._api.name)
        if position.mode is not Mode.SINCE:
            return position
        self._api.account_info()
        now = self._api.time.now()
        if is_ahead(position, now, self._api.overlap):
            return _START
        return open_window(position, now)

    def _kind(self, name: str) -> ObjectType:
        kind = OBJECTS.get(name)
        if kind is None:
            message = f'HubSpot\'s "{name}" cannot be read; there are: {", ".join(OBJECTS)}'
            raise ConfigError([Problem("object", "unknown_object", message)])
        return kind


def _deals(kind: ObjectType, query: Query) -> Query:
    """The query for the records that hold what is asked for: a stage change's deal."""
    if not kind.history:
        return query
    return replace(query, ids=tuple(map(deal_of, query.ids)), limit=None)


def _total(reading: Reading, beside: Beside, step: Stretch) -> int | None:
    """HubSpot's own count of what the read asks for; it counts deals, but no changes of them."""
    if reading.kind.history:
        return None
    return step.total if beside.total is None else beside.total
