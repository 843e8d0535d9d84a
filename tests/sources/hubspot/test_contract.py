from __future__ import annotations

import pytest

from crmsync.records import Query
from crmsync.testing.sources import SourceContract, World
from tests.sources.hubspot.portal import Portal, open_source

PATHS = frozenset({"name", "domain", "owner.email", "record.url"})
WIDE = PATHS | {f"made_up_property_number_{number}" for number in range(60)}
CUSTOMERS = {"lifecyclestage": "customer"}
WAYS = {
    "list": (250, Query(object="companies", paths=PATHS)),
    "ids and batch read": (250, Query(object="companies", paths=WIDE)),
    "search": (
        3000,
        Query(object="companies", paths=PATHS, filter={k: (v,) for k, v in CUSTOMERS.items()}),
    ),
}


class TestHubSpot(SourceContract):
    @pytest.fixture(params=WAYS)
    def world(self, request, clock):
        companies, query = WAYS[request.param]
        portal = Portal(clock, companies=companies)
        gone = portal.control("/archive", count=20)
        return World(
            open=lambda: open_source(portal, clock, max_url_bytes=800),
            query=query,
            live=frozenset(portal.live(**CUSTOMERS if query.filter else {})),
            gone=frozenset(gone),
            change=lambda one: portal.control("/set", id=one, properties={"city": "Lund"}),
        )
