"""A Salesforce source on an org in memory, and what its records are."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from crmsync.adapters import Context
from crmsync.records import Page, Query, Record
from crmsync.sandbox.salesforce.store import BINNED, LIVE
from crmsync.sources.incremental import Mode, Position, iso
from crmsync.sources.salesforce.source import SalesforceSource
from crmsync.testing.clocks import FakeClock
from tests.sources.salesforce.doorway import Doorway, settings_of

REST, BULK = {"bulk_threshold": 1_000_000}, {"bulk_threshold": 0}


class SalesforceOrg(Doorway):
    """An org, and the reads that a test makes of it."""

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        super().__init__(clock, **options)
        self.clock = clock

    def source(self, **settings: object) -> SalesforceSource:
        context = Context(name="salesforce", clock=self.clock, retry_for=60.0, max_wait=60.0)
        return SalesforceSource(settings_of(**settings), context, self)

    def pages(self, query: Query, **settings: object) -> list[Page]:
        with closing(self.source(**settings)) as source:
            return list(source.read(query))

    def records(self, query: Query, **settings: object) -> dict[str, Record]:
        return {one.id: one for page in self.pages(query, **settings) for one in page.records}

    def changed(self, query: Query, **settings: object) -> dict[str, Record]:
        """What an incremental read brings whose window began now."""
        return self.records(replace(query, cursor=since(self.clock)), **settings)

    def live(self, name: str = "Account", **values: object) -> list[str]:
        """Ids of the live records that have these values, in order."""
        return self._ids(name, LIVE, values)

    def gone(self, name: str = "Account") -> list[str]:
        return self._ids(name, BINNED, {})

    def values(self, one: str, name: str = "Account") -> dict[str, Any]:
        table = self.salesforce._world.org.tables[name]
        at = table.position(one)
        assert at is not None
        return dict(table.values(at))

    def childless(self, name: str = "Account") -> list[str]:
        """Ids of live records that are nobody's parent: deleting them changes no other."""
        parents = {self.values(one, name).get("ParentId") for one in self.live(name)}
        return [one for one in self.live(name) if one not in parents]

    def soql(self) -> list[str]:
        """Every query that was asked, by REST and by Bulk."""
        found = []
        for request in self.requests:
            given = parse_qs(urlsplit(request.url).query).get("q")
            if given:
                found += given
            elif request.method == "POST" and request.url.endswith("/jobs/query"):
                found.append(orjson.loads(request.body)["query"])
        return found

    def _ids(self, name: str, status: int, values: dict[str, object]) -> list[str]:
        table = self.salesforce._world.org.tables[name]
        places = [place for place, found in enumerate(table.status) if found == status]
        return [
            table.ids[place]
            for place in places
            if not values or values.items() <= table.values(place).items()
        ]


def since(clock: FakeClock) -> str:
    return Position(Mode.SINCE, since=iso(clock.now())).encode()
