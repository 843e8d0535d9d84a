from __future__ import annotations

from contextlib import closing

import pytest

from crmsync.errors import ConfigError
from crmsync.records import Query
from tests.sources.pipedrive.company import Company, open_source


def one(company, clock, *paths, name="deals", record=None):
    wanted = (record or company.live(name)[0],)
    with closing(open_source(company, clock)) as source:
        ((found,),) = [
            page.records
            for page in source.read(Query(object=name, paths=frozenset(paths), ids=wanted))
        ]
    return found


def test_there_are_deals_organizations_and_persons(company, clock):
    with pytest.raises(ConfigError, match="deals, organizations, persons"):
        list(open_source(company, clock).read(Query(object="leads")))


def test_only_what_paths_reach_is_asked_for(company, clock):
    one(company, clock, "title", "record.url", "owner", "organization.id", "stage.id")
    paths = {request.url.partition("?")[0].rpartition("/api/")[2] for request in company.requests}

    assert paths == {"v2/deals", "v1/users/me"}


def test_a_deal_is_joined_with_all_that_it_points_to(company, clock):
    record = one(
        company, clock, "owner.email", "stage.label", "stage.position", "pipeline.label",
        "person.emails", "organization.name", "organization.owner.email",
        "organization.Homepage", "person.Role",
    )  # fmt: skip
    deal = company.record("deals", record.id)
    acme = company.record("organizations", deal["org_id"])

    assert record.joins["organization"]["name"] == acme["name"]
    assert record.joins["organization"]["owner"]["email"]
    assert record.joins["organization"]["Homepage"].startswith("https://")
    assert record.joins["person"]["emails"][0]["value"]
    assert "Role" in record.joins["person"]
    assert record.joins["stage"]["position"] >= 1
    assert record.joins["pipeline"]["label"] in {"Sales pipeline", "Renewals"}


def test_a_deal_is_joined_through_its_custom_fields_too(company, clock):
    reseller, manager = company.key("deals", "Reseller"), company.key("deals", "Account manager")
    deal, other = company.live("deals")[0], company.live("organizations")[3]
    custom = {reseller: int(other), manager: 22000005}
    company.control("/set", id=deal, properties={"custom_fields": custom})
    record = one(
        company, clock, "Reseller.name", "Reseller", "Account manager.email",
        "creator_user_id.active", record=deal,
    )  # fmt: skip

    assert record.fields["Reseller.name"] == company.record("organizations", other)["name"]
    assert record.fields["Reseller"] == int(other)
    assert record.fields["Account manager.email"] == "astrid.nystrom@crm-user.example.com"
    assert record.fields["creator_user_id.active"] is True


def test_an_organization_is_joined_with_its_owner_and_its_persons_addresses(company, clock):
    record = one(company, clock, "owner.email", "persons.emails", "industry", name="organizations")

    assert record.joins["owner"]["email"]
    assert record.joins["persons"]["emails"]
    assert record.fields["industry"] in {"Software", "Retail", "Manufacturing", "Energy"}
    assert record.url == f"https://acme-sandbox.pipedrive.com/organization/{record.id}"


def test_a_person_is_joined_with_the_organization(company, clock):
    record = one(company, clock, "organization.name", "emails", name="persons")

    assert record.joins["organization"]["name"]


def test_a_field_on_demand_is_asked_for_where_it_is_reached(company, clock):
    record = one(company, clock, "products_count")

    assert record.fields["products_count"] == int(record.id) % 7
    assert company.asked("/deals")[0]["include_fields"] == "products_count"


def test_what_a_filter_names_is_reached_too_custom_fields_by_their_names(company, clock):
    with closing(open_source(company, clock)) as source:
        query = Query(object="deals", filter={"Contract number": ("C-1",), "owner.name": ("Ann",)})
        (page,) = source.read(query)

    assert all("Contract number" in record.fields for record in page.records)
    assert all("owner" in record.joins for record in page.records)


def test_the_account_is_the_company_and_there_is_no_total(company, clock):
    with closing(open_source(company, clock)) as source:
        (page,) = source.read(Query(object="deals"))

    assert (page.account, page.total) == ("7654321", None)


def test_tokens_are_counted_as_pipedrive_counts_them(company, clock):
    with closing(open_source(company, clock)) as source:
        paths = frozenset({"owner.email", "stage.label", "organization.Homepage", "person.name"})
        list(source.read(Query(object="deals", paths=paths, deleted=True)))

        assert source.tokens == company.tokens()
        assert source.traffic.requests == len(company.requests)


def test_a_read_is_the_same_whatever_the_order_of_its_paths(clock):
    paths = ["title", "owner.email", "organization.name"]
    first, second = (one(Company(clock), clock, *order) for order in (paths, paths[::-1]))

    assert first == second
