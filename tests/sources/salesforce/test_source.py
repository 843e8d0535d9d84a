from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace

import pytest

from crmsync.errors import ConfigError, CredentialsError, FatalError
from crmsync.records import Query
from tests.sources.salesforce.doorway import refused
from tests.sources.salesforce.org import BULK, REST, SalesforceOrg

QUERY = Query(object="Account", paths=frozenset({"Name", "owner.email", "record.url"}))
ORG = "00D"


def test_a_page_names_the_org_and_a_record_its_address(org):
    (page, *_) = org.pages(QUERY)
    record = page.records[0]

    assert page.account.startswith(ORG)
    assert record.url.endswith(f"/lightning/r/Account/{record.id}/view")


def test_the_lightning_address_may_be_configured(org):
    url = "https://acme.lightning.force.com"
    record = next(iter(org.records(QUERY, lightning_url=url).values()))

    assert record.url == f"{url}/lightning/r/Account/{record.id}/view"


def test_an_object_is_described_once_however_often_it_is_asked_for(org):
    with closing(org.source()) as source:
        source.describe("Account")
        list(source.read(QUERY))
        list(source.read(QUERY))

    assert org.kinds().count("describe") == 2  # Account, User


def test_any_object_of_the_org_can_be_read(org):
    found = org.records(Query(object="Subscription__c", paths=frozenset({"Account__r.Name"})))

    assert sorted(found) == org.live("Subscription__c")


def test_an_object_that_cannot_be_queried_is_a_fault_of_the_configuration(org):
    row = b'{"name":"Account","queryable":false,"fields":[]}'
    org.disturb = lambda request: (
        org._answer(request)._replace(body=row) if request.url.endswith("/describe") else None
    )

    with pytest.raises(ConfigError, match="cannot be queried"):
        org.pages(QUERY)


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_a_session_that_dies_in_the_middle_is_replaced(clock, settings):
    org = SalesforceOrg(clock, companies=5000, salesforce_session_calls=4)

    assert len(org.records(QUERY, bulk_rows=600, **settings)) == 5000
    assert org.kinds().count("token") > 1


def test_a_right_that_is_lost_in_the_middle_ends_the_read_and_leaves_no_thread(clock):
    org = SalesforceOrg(clock, companies=5000)
    before = set(threading.enumerate())
    org.disturb = lambda request: (
        refused(403, "API_DISABLED_FOR_ORG") if "/results" in request.url else None
    )

    with pytest.raises(CredentialsError):
        org.pages(QUERY, **BULK)
    assert set(threading.enumerate()) <= before


def test_a_cursor_of_another_job_format_is_refused(org):
    cursor = '{"mode":"full","since":"2026-01-01T00:00:00.000Z","after":"x"}'

    with pytest.raises(FatalError) as caught:
        org.pages(replace(QUERY, cursor=cursor))
    assert "--full" in caught.value.hint


def test_the_requests_of_a_read_are_counted(org):
    with closing(org.source()) as source:
        list(source.read(QUERY))

        assert source.traffic.requests == len(org.requests)
