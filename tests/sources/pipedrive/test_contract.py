from __future__ import annotations

from functools import cache

import pytest

from crmsync.records import Query
from crmsync.testing.clocks import FakeClock
from crmsync.testing.sources import SourceContract, World, ids
from tests.sources.pipedrive.company import Company, open_source

DEALS = frozenset(
    {"title", "owner.email", "stage.position", "person.emails", "organization.name", "record.url"}
)
ORGANIZATIONS = frozenset({"name", "owner.email", "persons.emails", "record.url"})


PAGE = 60
"""Records of a page: a tenth of what Pipedrive gives, so that small companies fill some."""


@cache
def of_the_second_pipeline(deals):
    """Ids of its deals; the seed makes the same every time."""
    company = Company(FakeClock(), deals=deals)
    made = [*company.live("deals"), *company.deleted()]
    return frozenset(one for one in made if company.record("deals", one)["pipeline_id"] == 2)


class TestDeals(SourceContract):
    @pytest.fixture(params=["all", "of one pipeline"])
    def world(self, request, clock):
        deals = 150 if request.param == "all" else 330
        company = Company(clock, deals=deals, page=PAGE)
        chosen = {} if request.param == "all" else {"pipeline_id": ("2",)}
        company.control("/delete", count=20)
        live = frozenset(company.live("deals"))
        return World(
            open=lambda: open_source(company, clock),
            query=Query(object="deals", paths=DEALS, filter=chosen),
            live=live & of_the_second_pipeline(deals) if chosen else live,
            gone=frozenset(company.deleted()),
            change=lambda one: company.control("/set", id=one, properties={"title": "Changed"}),
            advance=clock.advance,
            delete=lambda one: company.control("/delete", id=one),
            merge=lambda one, other: company.control(
                "/merge", winner=sole(company, one), loser=other
            ),
        )


def sole(company, one):
    """The record itself, or one beside it: an archived deal cannot be merged into."""
    if one not in company.archived():
        return one
    return next(live for live in company.live("deals") if live not in company.archived())


class TestOrganizations(SourceContract):
    @pytest.fixture
    def world(self, clock):
        company = Company(clock, companies=2 * PAGE + 10, deals=0, page=PAGE)
        name = "organizations"
        return World(
            open=lambda: open_source(company, clock),
            query=Query(object=name, paths=ORGANIZATIONS),
            live=frozenset(company.live(name)),
            gone=frozenset(),
            change=lambda one: company.control(
                "/set", object=name, id=one, properties={"name": "Changed"}
            ),
            delete=lambda one: company.control("/delete", object=name, id=one),
            merge=lambda one, other: company.control(
                "/merge", object=name, winner=one, loser=other
            ),
        )

    def test_ids_finds_deleted_records_when_asked(self, world):
        """There is no list of deleted organizations: they are left out, and so found missing."""
        one = max(world.live)
        world.delete(one)

        assert ids(world.pages(ids=(min(world.live), one), deleted=True)) == [min(world.live)]
