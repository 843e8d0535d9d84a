from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.errors import ConfigError, CredentialsError
from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.incremental import CLOCK_STEP, Mode, Position, iso
from tests.sources.hubspot.portal import Portal, open_source

QUERY = Query(object="companies", paths=frozenset({"name", "owner.email", "record.url"}))


def read(portal, clock, query=QUERY, **settings):
    with closing(open_source(portal, clock, **settings)) as source:
        return list(source.read(query))


def test_a_full_read_costs_a_request_a_page_and_four_more(portal, clock):
    read(portal, clock)

    kinds = portal.kinds()
    assert kinds.count("list") == 3  # 250 companies, 100 a page
    assert sorted(kind for kind in kinds if kind != "list") == [
        "account", "owners", "owners", "search",
    ]  # fmt: skip


def test_an_unchanged_read_costs_four_requests(portal, clock):
    cursor = read(portal, clock)[-1].cursor
    portal.requests.clear()
    read(portal, clock, replace(QUERY, cursor=cursor))

    assert sorted(portal.kinds()) == ["account", "owners", "owners", "search"]


def test_owners_are_asked_for_only_where_a_path_needs_them(portal, clock):
    read(portal, clock, Query(object="companies", paths=frozenset({"name", "owner.id"})))

    assert "owners" not in portal.kinds()


def test_the_count_is_the_crms_own_and_not_what_was_read(portal, clock):
    portal.control("/archive", count=1)

    assert [page.total for page in read(portal, clock)] == [249, None, None]


def test_the_next_read_begins_when_this_one_began_by_the_crms_clock(portal, clock):
    began = clock.now().replace(microsecond=0)
    (*_, last) = read(portal, clock)

    assert Position(Mode.SINCE, since=iso(began)).encode() == last.cursor


def test_without_a_date_from_the_crm_this_machines_clock_does(portal, clock):
    answer = portal._answer
    portal._answer = lambda request: undated(answer(request))
    (*_, last) = read(portal, clock)

    assert Position(Mode.SINCE, since=iso(clock.now())).encode() == last.cursor


def undated(response):
    return response._replace(headers={k: v for k, v in response.headers.items() if k != "date"})


def test_a_record_comes_with_its_owner_and_its_address(portal, clock):
    (one,) = read(portal, clock, replace(QUERY, ids=(portal.live()[0],)))
    (record,) = one.records

    assert record.url.startswith("https://app-eu1.hubspot.com/contacts/24680135/record/0-2/")
    assert record.joins["owner"]["id"] == record.fields["hubspot_owner_id"]
    assert one.account == "24680135"


def test_an_address_too_long_is_never_sent(portal, clock):
    wide = frozenset({f"a_property_with_a_long_name_{number}" for number in range(500)})
    pages = read(portal, clock, Query(object="companies", paths=wide | {"name"}))

    assert max(len(request.url) for request in portal.requests) < 4000
    assert portal.kinds().count("batch_read") == 3
    assert all("name" in record.fields for page in pages for record in page.records)


@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_every_version_is_spoken(portal, clock, version):
    pages = read(portal, clock, api_version=version)

    assert sum(len(page.records) for page in pages) == 250


def test_a_filter_is_left_to_the_crm(portal, clock):
    customers = portal.live(lifecyclestage="customer")
    query = replace(QUERY, filter={"lifecyclestage": ("customer",)})
    pages = read(portal, clock, query)

    assert [record.id for page in pages for record in page.records] == customers
    assert pages[0].total == len(customers)
    assert "list" not in portal.kinds()


def test_the_account_may_keep_its_id_to_itself(portal, clock):
    def no_account(request):
        return (
            Response(403, {}, b'{"category":"MISSING_SCOPES"}')
            if "details" in request.url
            else None
        )

    portal.disturb = no_account
    first, *_ = read(portal, clock)

    assert first.account == ""
    assert first.records[0].url == ""


def test_a_read_ends_with_the_reason_when_the_token_is_refused(clock):
    portal = Portal(clock, access_token="another")

    with pytest.raises(CredentialsError):
        read(portal, clock)


def test_an_object_that_is_not_there_is_a_fault_of_the_configuration(portal, clock):
    with pytest.raises(ConfigError, match="there are: companies"):
        read(portal, clock, Query(object="contacts"))


def test_the_next_page_is_asked_for_before_this_one_is_worked_on(portal, clock):
    with closing(open_source(portal, clock)) as source:
        pages = source.read(QUERY)
        next(pages)

        assert len([one for one in portal.requests if "after=" in one.url]) == 1
        pages.close()


def test_a_limit_asks_for_no_more_than_it_takes(portal, clock):
    read(portal, clock, replace(QUERY, limit=5))

    (listed,) = [request.url for request in portal.requests if "companies?" in request.url]
    assert "limit=5&" in listed


def test_a_window_is_fixed_while_it_is_walked(portal, clock):
    cursor = Position(Mode.SINCE, since=iso(clock.now() - timedelta(days=3650))).encode()
    first, *_ = read(portal, clock, replace(QUERY, cursor=cursor))
    clock.advance(3600)
    portal.requests.clear()
    read(portal, clock, replace(QUERY, cursor=first.cursor))

    until = first.cursor.partition('"until":"')[2][:19]
    assert until == iso(clock.now() - timedelta(hours=1) + CLOCK_STEP)[:19]
    assert "account" in portal.kinds()


def test_fields_are_described(portal, clock):
    fields = {field.name: field for field in open_source(portal, clock).describe("companies")}

    assert fields["hubspot_owner_id"].reference == "owner"
    assert list(fields) == sorted(fields)


def test_its_requests_are_counted(portal, clock):
    source = open_source(portal, clock)
    list(source.read(QUERY))

    assert source.traffic.requests == len(portal.requests)
