from __future__ import annotations

from contextlib import closing

import orjson
import pytest

from crmsync.errors import FatalError
from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.pipedrive.contacts import FEW, Contacts
from tests.sources.pipedrive.company import Company, open_source

EMAILS = frozenset({"persons.emails"})


def of(company, clock, ids):
    with closing(open_source(company, clock)) as source:
        return Contacts(source._api).of(ids)


@pytest.fixture
def organization(company):
    """One whose two persons have three addresses, two of them alike."""
    one, *_ = company.live("organizations")
    for person in company.live("persons"):
        if str(company.record("persons", person)["org_id"]) == one:
            company.control("/delete", object="persons", id=person)
    for emails in (
        [{"value": "second@x.se", "primary": False}, {"value": "First@x.se", "primary": True}],
        [{"value": "first@x.se", "primary": True}, {"value": "", "primary": False}],
    ):
        given = {"org_id": int(one), "emails": emails, "name": "P"}
        company.control("/create", object="persons", properties=given)
    return one


def test_primary_addresses_come_first_and_each_once(company, clock, organization):
    assert of(company, clock, [organization]) == {
        organization: {"emails": ("First@x.se", "second@x.se")}
    }


def test_few_organizations_are_asked_for_one_by_one_and_many_by_one_walk(
    company, clock, organization
):
    few = company.live("organizations")[:FEW]
    by_one = of(company, clock, few)
    asked = company.asked("/persons")
    company.requests.clear()
    by_walk = of(company, clock, company.live("organizations"))

    assert [one["org_id"] for one in asked] == few
    assert len(company.asked("/persons")) == 1
    assert by_one == {one: by_walk[one] for one in few if one in by_walk}


def test_a_walk_is_made_once_a_read(clock):
    company = Company(clock, companies=1200)
    with closing(open_source(company, clock)) as source:
        list(source.read(Query(object="organizations", paths=EMAILS)))

    assert len(company.asked("/persons")) == 3


def test_nobody_is_asked_for_where_no_path_needs_them(company, clock):
    with closing(open_source(company, clock)) as source:
        list(source.read(Query(object="organizations", paths=frozenset({"name"}))))

    assert company.asked("/persons") == []


def test_persons_of_another_organization_end_the_read(company, clock):
    row = {"id": 1, "org_id": 999, "emails": []}
    answer = Response(200, {}, orjson.dumps({"success": True, "data": [row]}))
    company.disturb = lambda request: answer if "org_id=" in request.url else None

    with pytest.raises(FatalError, match="ignores org_id"):
        of(company, clock, company.live("organizations")[:1])
