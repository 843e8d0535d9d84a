from __future__ import annotations

from functools import cache

import pytest

from crmsync.records import Query
from crmsync.sandbox.hubspot import company_schema, deal_schema
from crmsync.testing.clocks import FakeClock
from crmsync.testing.sources import SourceContract, World
from tests.sources.hubspot.portal import Portal, open_source

PAGE = 30
"""Records of a page: fewer than HubSpot gives, so that small portals fill some."""
COMPANY_PATHS = frozenset({"name", "domain", "owner.email", "record.url"})
EVERY_FIELD = COMPANY_PATHS | {field.name for field in company_schema.PROPERTIES}
CUSTOMERS = {"lifecyclestage": "customer"}
COMPANIES = {
    "list": (90, Query(object="companies", paths=COMPANY_PATHS)),
    "ids and batch read": (90, Query(object="companies", paths=EVERY_FIELD)),
    "search": (
        300,
        Query(object="companies", paths=COMPANY_PATHS, filter={"lifecyclestage": ("customer",)}),
    ),
}
DEAL_PATHS = frozenset(
    [
        "dealname",
        "amount",
        "owner.email",
        "stage.is_won",
        "pipeline.label",
        "company.domain",
        "company.owner.email",
        "record.url",
    ]
)
EVERY_DEAL_FIELD = DEAL_PATHS | {field.name for field in deal_schema.PROPERTIES}
SALES = {"pipeline": "default"}
DEALS = {
    "list": (90, Query(object="deals", paths=DEAL_PATHS)),
    "ids and batch read": (90, Query(object="deals", paths=EVERY_DEAL_FIELD)),
    "search": (150, Query(object="deals", paths=DEAL_PATHS, filter={"pipeline": ("default",)})),
}


@cache
def chosen(companies, deals, **options):
    """Ids of the companies or deals that the filter finds; the seed makes the same every time."""
    portal = Portal(FakeClock(), companies=companies, deals=deals, **options)
    return frozenset(portal.deals(**SALES) if deals else portal.live(**CUSTOMERS))


class TestHubSpot(SourceContract):
    @pytest.fixture(params=COMPANIES)
    def world(self, request, clock):
        companies, query = COMPANIES[request.param]
        portal = Portal(clock, companies=companies, page=PAGE)
        gone = portal.control("/archive", count=20)
        live = frozenset(portal.live())
        return World(
            open=lambda: open_source(portal, clock, max_url_bytes=800),
            query=query,
            live=live & chosen(companies, 0) if query.filter else live,
            gone=frozenset(gone),
            change=lambda one: portal.control("/set", id=one, properties={"city": "Lund"}),
            advance=clock.advance,
            delete=lambda one: portal.control("/archive", id=one),
            merge=lambda one, other: portal.control("/merge", winner=one, loser=other),
        )


class TestHubSpotDeals(SourceContract):
    @pytest.fixture(params=DEALS)
    def world(self, request, clock):
        deals, query = DEALS[request.param]
        options = {"nasty": 1.0, "max_url_bytes": 1000}
        portal = Portal(clock, companies=200, deals=deals, page=PAGE, **options)
        gone = portal.control("/deals/archive", count=20)
        live = frozenset(portal.deals())
        return World(
            open=lambda: open_source(portal, clock, max_url_bytes=800),
            query=query,
            live=live & chosen(200, deals, **options) if query.filter else live,
            gone=frozenset(gone),
            change=lambda one: portal.control("/deals/set", id=one, properties={"amount": "7"}),
            advance=clock.advance,
            delete=lambda one: portal.control("/deals/archive", id=one),
            merge=lambda one, other: portal.control("/deals/merge", winner=one, loser=other),
        )
