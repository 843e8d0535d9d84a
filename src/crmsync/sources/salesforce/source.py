"""A Salesforce org as a source: the parts, put together."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Final

from typing_extensions import override

from crmsync.adapters import Context
from crmsync.errors import ConfigError
from crmsync.interfaces import CheckResult, Source, Traffic, Transport
from crmsync.receipts import Problem
from crmsync.records import Drift, Page, Query, SourceField
from crmsync.sources.incremental import Mode, Position, decode, is_ahead, open_window
from crmsync.sources.readahead import Ahead
from crmsync.sources.salesforce.api import Org, SalesforceApi
from crmsync.sources.salesforce.by_ids import read_ids
from crmsync.sources.salesforce.checks import Checks
from crmsync.sources.salesforce.counts import drift
from crmsync.sources.salesforce.fields import source_fields
from crmsync.sources.salesforce.joins import Wanted, heads, wanted
from crmsync.sources.salesforce.lookups import contacts_of, emails_of_all, stages
from crmsync.sources.salesforce.objects import REST_PAGE, Described, described
from crmsync.sources.salesforce.read import Stretch, Walk
from crmsync.sources.salesforce.rows import Beside, Builder, Emails
from crmsync.sources.salesforce.settings import SalesforceSettings

_START: Final = Position(Mode.FULL)


class SalesforceSource(Source):
    """A Salesforce org."""

    def __init__(
        self, settings: SalesforceSettings, context: Context, transport: Transport
    ) -> None:
        self._api = SalesforceApi(settings, context, transport)
        self._settings = settings
        self._clock = context.clock
        self._described: dict[str, Described] = {}
        self._hidden: dict[str, Described] = {}

    @property
    @override
    def traffic(self) -> Traffic:
        return self._api.traffic

    @override
    def check(self, query: Query) -> Iterator[CheckResult]:
        checks = Checks(self._api, self._describe, query, self._settings.ends)
        first = checks.sign_in()
        yield first
        if not first.passed:
            return
        second = checks.object()
        yield second
        if second.passed:
            kind = self._kind(query.object)
            asked = self._wanted(kind, query)
            yield from checks.rights()
            yield from checks.paths(kind, asked)
            if asked.listed:
                yield checks.stages()
        yield checks.limits()

    @override
    def describe(self, object_name: str) -> Sequence[SourceField]:
        return source_fields(self._describe(object_name))

    @override
    def read(self, query: Query) -> Generator[Page, None, None]:
        kind = self._kind(query.object)
        asked = self._wanted(kind, query)
        start = self._start(kind, query.cursor)
        if query.ids:
            yield from self._pages(
                read_ids(self._api, kind, query, asked), kind, asked, query, start
            )
            return
        walk = Walk(self._api, self._settings, kind, query, asked)
        with closing(walk.stretches(start)) as steps:
            yield from self._pages(steps, kind, asked, query, start)

    def _pages(
        self,
        steps: Iterator[Stretch],
        kind: Described,
        asked: Wanted,
        query: Query,
        start: Position,
    ) -> Generator[Page, None, None]:
        org = self._api.identity()
        full = start.full or start.mode is Mode.FULL
        with closing(Ahead(steps)) as stretches:
            whole = start.mode is Mode.FULL and not _is_small(query)
            builder = Builder(asked, kind.stamp, self._beside(kind, asked, org, whole=whole))
            for step in stretches:
                yield Page(
                    builder.records(step.table, deleted=step.deleted),
                    "" if query.ids else step.position.encode(),
                    total=step.total,
                    last=step.last,
                    full=full,
                    account=org.id,
                    anew=step.anew,
                )

    @override
    def drift(self, query: Query, since: datetime) -> Drift:
        kind = self._kind(query.object)
        position = _START if query.cursor is None else decode(query.cursor, self._api.name)
        by_crm = self._api.time.now() - (self._clock.now() - since)
        return drift(self._api, kind, query, position, by_crm)

    @override
    def close(self) -> None:
        self._api.close()

    def _start(self, kind: Described, cursor: str | None) -> Position:
        """Where to begin. A window's end is Salesforce's own time, which its answers tell."""
        if cursor is None:
            return _START
        position = decode(cursor, self._api.name)
        if position.mode is not Mode.SINCE:
            return position
        if position.after:  # the last read's job: nobody resumes that any more
            self._api.delete_job(position.after)
        if not kind.stamp:  # nothing tells what changed
            return _START
        now = self._api.time.now()
        if is_ahead(position, now, self._api.overlap):
            return _START
        return open_window(position, now)

    def _beside(self, kind: Described, asked: Wanted, org: Org, *, whole: bool) -> Beside:
        """Ask for everything else, while the first page is under way.

        Only a *whole* pass asks for all contacts at once.
        """
        found: Mapping[str, list[str]] | None = None
        if asked.contacts and whole:
            account = "IsPersonAccount" in kind.fields
            found = emails_of_all(self._api, self._settings, without_persons=account)
        return Beside(
            address=_address(org, kind.name),
            stages=stages(self._api, self._describe) if asked.listed else {},
            emails=self._emails(found) if asked.contacts else None,
        )

    def _emails(self, found: Mapping[str, list[str]] | None) -> Emails:
        if found is not None:
            return lambda _: found
        return lambda ids: contacts_of(self._api, ids)

    def _wanted(self, kind: Described, query: Query) -> Wanted:
        paths = {*query.paths, *query.filter}
        self._prepare(heads(kind, paths))
        return wanted(kind, paths, self._parent)

    def _prepare(self, names: Iterable[str]) -> None:
        """Describe several objects side by side."""
        missing = [name for name in names if name not in self._described]
        if len(missing) > 1:
            with ThreadPoolExecutor(len(missing), "crmsync-salesforce") as pool:
                list(pool.map(self._parent, missing))

    def _describe(self, name: str) -> Described:
        if name not in self._described:
            self._described[name] = described(self._api.describe(name))
        return self._described[name]

    def _parent(self, name: str) -> Described:
        """An object that a path leads through; one that is hidden shows no field.

        So only what is mapped from it is missing, as with a hidden field; `check` tells why.
        """
        if name in self._hidden:
            return self._hidden[name]
        try:
            return self._describe(name)
        except ConfigError:
            self._hidden[name] = Described(name=name, fields={}, queryable=False)
            return self._hidden[name]

    def _kind(self, name: str) -> Described:
        kind = self._describe(name)
        if not kind.queryable:
            message = f'Salesforce\'s "{name}" cannot be queried'
            raise ConfigError(
                [Problem("object", "unknown_object", message)],
                hint="take the object that holds the records themselves",
            )
        return kind


def _is_small(query: Query) -> bool:
    """Whether only some records are asked for: not worth reading all contacts for."""
    return bool(query.ids) or (query.limit is not None and query.limit <= REST_PAGE)


def _address(org: Org, name: str) -> tuple[str, str]:
    """What a record's address begins and ends with.

    Lightning's addresses name the object; those of the instance open the record, too
    (Salesforce Developers, "Link to a Record Page", read 2026-11-21).
    """
    if org.lightning:
        return f"{org.lightning}/lightning/r/{name}/", "/view"
    return (f"{org.instance}/" if org.instance else "", "")
