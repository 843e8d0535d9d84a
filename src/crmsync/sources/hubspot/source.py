"""A HubSpot account as a source: the parts, put together."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Final, NamedTuple

from typing_extensions import override

from crmsync.adapters import Context
from crmsync.errors import ConfigError
from crmsync.interfaces import CheckResult, Source, Traffic, Transport
from crmsync.receipts import Problem
from crmsync.records import Drift, Page, Query, Record, SourceField
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.checks import checks
from crmsync.sources.hubspot.counts import drift, live_total
from crmsync.sources.hubspot.fields import source_fields
from crmsync.sources.hubspot.joins import joiner, owner_references, owners_by_id
from crmsync.sources.hubspot.objects import OBJECTS, ObjectType, Wanted, wanted
from crmsync.sources.hubspot.read import Completion, Stretch, Walk, builder, normalised, read_ids
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.sources.incremental import Mode, Position, decode, open_window
from crmsync.sources.readahead import Ahead

_START: Final = Position(Mode.FULL)


class _Beside(NamedTuple):
    """What a read needs to know besides the records.

    Attributes:
        build: From rows to records, joined and with addresses.
        total: The CRM's own count, None where the pages bring it or there is none.
        account: The account's id.
    """

    build: Callable[[Stretch], tuple[Record, ...]]
    total: int | None
    account: str


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
        yield from checks(self._api, kind, query, wanted(kind, query.paths))

    @override
    def describe(self, object_name: str) -> Sequence[SourceField]:
        return source_fields(self._api.properties(self._kind(object_name)))

    @override
    def read(self, query: Query) -> Generator[Page, None, None]:
        kind = self._kind(query.object)
        query = normalised(self._api, kind, query)
        asked = wanted(kind, query.paths)
        start = self._start(query.cursor)
        if query.ids:
            steps = read_ids(self._api, kind, query, asked.properties)
        else:
            steps = Walk(self._api, kind, query, asked.properties).stretches(start)
        with closing(Ahead(steps)) as stretches:
            beside = self._beside(kind, asked, None if _brings_total(query, start) else start)
            full = start.full or start.mode is Mode.FULL
            first = True
            for step in stretches:
                total = step.total if beside.total is None else beside.total
                yield Page(
                    beside.build(step),
                    "" if query.ids else step.position.encode(),
                    total=total if first else None,
                    last=step.last,
                    full=full,
                    account=beside.account,
                )
                first = False

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

    def _start(self, cursor: str | None) -> Position:
        """Where to begin. A window's end is HubSpot's own time, which its answers tell."""
        if cursor is None:
            return _START
        position = decode(cursor, self._api.name)
        if position.mode is not Mode.SINCE:
            return position
        self._api.account_info()
        return open_window(position, self._api.time.now())

    def _beside(self, kind: ObjectType, asked: Wanted, start: Position | None) -> _Beside:
        """Ask for everything else at once, while the first page is under way."""
        api = self._api
        with ThreadPoolExecutor(5, "crmsync-hubspot") as pool:
            info = pool.submit(api.account_info)
            total = pool.submit(live_total, api, kind, start) if start else None
            fields = pool.submit(api.properties, kind) if asked.dotted else None
            joined = asked.owners or asked.dotted
            lists = [
                pool.submit(lambda gone: list(api.owners(archived=gone)), gone)
                for gone in ((False, True) if joined else ())
            ]
            owners = owners_by_id(*(one.result() for one in lists)) if lists else {}
            others = owner_references(fields.result(), asked.dotted) if fields else {}
            return _Beside(
                builder(
                    kind,
                    joiner({**asked.references, **others}, owners),
                    info.result().url_prefix(kind),
                    Completion(asked.properties, lambda: api.properties(kind)),
                ),
                total.result() if total else None,
                info.result().portal,
            )

    def _kind(self, name: str) -> ObjectType:
        kind = OBJECTS.get(name)
        if kind is None:
            message = f'HubSpot\'s "{name}" cannot be read; there are: {", ".join(OBJECTS)}'
            raise ConfigError([Problem("object", "unknown_object", message)])
        return kind


def _brings_total(query: Query, start: Position) -> bool:
    """Whether the pages themselves tell how many records there are, or nothing does."""
    by_list = start.mode is Mode.GONE or (start.mode is Mode.FULL and not query.filter)
    return bool(query.ids) or not by_list
