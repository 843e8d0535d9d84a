"""What a read needs besides the records, asked for at once while the first page is under way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

from crmsync.records import Query, Record
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.associations import CompanyReader, company_reader
from crmsync.sources.hubspot.changes import change_builder
from crmsync.sources.hubspot.counts import live_total
from crmsync.sources.hubspot.joins import (
    Joined,
    Owners,
    joiner,
    owner_references,
    owners_by_id,
    together,
)
from crmsync.sources.hubspot.objects import COMPANIES, ObjectType, Wanted
from crmsync.sources.hubspot.read import Stretch
from crmsync.sources.hubspot.records import Completion, builder
from crmsync.sources.hubspot.stages import Pipelines, stage_joiner
from crmsync.sources.incremental import Mode, Position, window_start

ValueT = TypeVar("ValueT")

_AT_ONCE: Final = 7


class Reading(NamedTuple):
    """One read: what of, which records, what of them, and from where on."""

    kind: ObjectType
    query: Query
    asked: Wanted
    start: Position

    @property
    def is_counted(self) -> bool:
        """Whether HubSpot must be asked for its count: a list brings none, a search does."""
        by_list = self.start.mode is Mode.GONE or (
            self.start.mode is Mode.FULL and not self.query.filter
        )
        return by_list and not self.query.ids and not self.kind.history


class Beside(NamedTuple):
    """What a read needs to know besides the records.

    Attributes:
        build: From rows to records, joined and with addresses.
        read_companies: Reads what is wanted of companies; None where nothing is.
        total: The CRM's own count, None where the pages bring it or there is none.
        account: The account's id.
    """

    build: Callable[[Stretch], tuple[Record, ...]]
    read_companies: CompanyReader | None
    total: int | None
    account: str


def ask_beside(api: HubSpotApi, reading: Reading) -> Beside:
    """Ask for everything that this read needs, and for nothing else."""
    kind, asked, start = reading.kind, reading.asked, reading.start
    company = asked.company
    with ThreadPoolExecutor(_AT_ONCE, "crmsync-hubspot") as pool:
        info = pool.submit(api.account_info)
        total = pool.submit(live_total, api, kind, start) if reading.is_counted else None
        pipelines = pool.submit(api.pipelines, kind) if asked.pipelines else None
        fields = _fields(pool, api, kind, asked)
        company_fields = _fields(pool, api, COMPANIES, company)
        owners = _owners(pool, api) if asked.lists_owners else {}
        stages = Pipelines(pipelines.result() if pipelines else ())
        join = _joiner(asked, fields, owners)
        if asked.stages:
            join = together(join, stage_joiner(asked.stages, stages))
        build = builder(
            kind,
            join,
            info.result().url_prefix(kind),
            Completion(asked.properties, lambda: api.properties(kind)),
        )
        return Beside(
            _of_changes(api, reading, build, stages) if kind.history else build,
            company_reader(api, company.reached, _joiner(company, company_fields, owners))
            if company
            else None,
            total.result() if total else None,
            info.result().portal,
        )


def _fields(
    pool: ThreadPoolExecutor, api: HubSpotApi, kind: ObjectType, asked: Wanted | None
) -> Future[Sequence[JSONObject]] | None:
    return pool.submit(api.properties, kind) if asked and asked.dotted else None


def _owners(pool: ThreadPoolExecutor, api: HubSpotApi) -> Owners:
    def read(gone: bool) -> Iterable[JSONObject]:  # noqa: FBT001 - mapped over both
        return list(api.owners(archived=gone))

    return owners_by_id(*pool.map(read, (False, True)))


def _joiner(
    asked: Wanted, fields: Future[Sequence[JSONObject]] | None, owners: Owners
) -> Callable[[JSONObject], Joined]:
    others = owner_references(fields.result(), asked.dotted) if fields else {}
    return joiner({**asked.references, **others}, owners)


def _of_changes(
    api: HubSpotApi,
    reading: Reading,
    build: Callable[[Stretch], tuple[Record, ...]],
    stages: Pipelines,
) -> Callable[[Stretch], tuple[Record, ...]]:
    start = reading.start
    since = window_start(start, api.overlap) if start.mode is Mode.WINDOW else None
    return change_builder(build, stages, since=since, ids=frozenset(reading.query.ids))
