from __future__ import annotations

from functools import cache

import pytest

from crmsync.records import Query
from crmsync.testing.clocks import FakeClock
from crmsync.testing.sources import SourceContract, World
from tests.sources.salesforce.org import BULK, REST, SalesforceOrg

ACCOUNT = frozenset({"Name", "Website", "owner.email", "record.url", "contacts.emails"})
DEAL = frozenset({"Name", "Account.Website", "Account.Owner.Email", "stage.label", "owner.active"})
TYPE = "Customer - Direct"
PIECES = {**BULK, "bulk_rows": 85}
"""Parts of a result that are no multiple of a page."""
WAYS = {
    "accounts by REST": (Query(object="Account", paths=ACCOUNT), REST),
    "accounts by Bulk": (Query(object="Account", paths=ACCOUNT), PIECES),
    "accounts by Bulk, side by side": (
        Query(object="Account", paths=ACCOUNT),
        {**BULK, "bulk_parallel": 3},
    ),
    "opportunities by REST": (Query(object="Opportunity", paths=DEAL), REST),
    "opportunities by Bulk": (Query(object="Opportunity", paths=DEAL), PIECES),
}


LARGE = {"companies": 520, "deals": 520}
"""Three pages of a query, which has 200 records or more."""
SMALL = {"companies": 130, "deals": 130, "salesforce_bulk_page": 40}
"""Several parts of a Bulk job's result."""


@cache
def childless(name):
    """Ids of records that nothing points to; the seed makes the same every time."""
    return SalesforceOrg(FakeClock(), **LARGE).childless(name)


class TestSalesforce(SourceContract):
    @pytest.fixture(params=WAYS)
    def world(self, request, clock):
        query, settings = WAYS[request.param]
        name = query.object
        org = SalesforceOrg(clock, **(LARGE if settings is REST else SMALL))
        org.control("/delete", object=name, ids=childless(name)[:8])
        return World(
            open=lambda: org.source(**settings),
            query=query,
            live=frozenset(org.live(name)),
            gone=frozenset(org.gone(name)),
            change=lambda one: org.control("/set", object=name, id=one, fields={"Name": "New"}),
            advance=clock.advance,
            delete=lambda one: org.control("/delete", object=name, id=one),
            merge=(lambda one, other: org.control("/merge", winner=one, loser=other))
            if name == "Account"
            else None,
        )
