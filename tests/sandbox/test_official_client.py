"""HubSpot's own client is the judge of the simulator."""

from __future__ import annotations

import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    hubspot = pytest.importorskip("hubspot")
    from hubspot.crm.companies import (
        BatchReadInputSimplePublicObjectId,
        PublicObjectSearchRequest,
        SimplePublicObjectId,
    )
    from hubspot.crm.companies.exceptions import ApiException

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def sdk(client):
    return hubspot.Client.create(access_token="pat-made-up", host=f"{client.url}/hubspot")


def test_it_pages_through_all_companies(sdk):
    api = sdk.crm.companies.basic_api
    ids, after = [], None
    while True:
        page = api.get_page(limit=100, after=after, properties=["name", "city"])
        ids += [record.id for record in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert len(set(ids)) == len(ids) == 250
    assert page.results[0].properties["name"]


def test_it_gets_everything_at_once(sdk):
    assert len(sdk.crm.companies.get_all(properties=["name"])) == 250


def test_it_searches(sdk):
    request = PublicObjectSearchRequest(
        filter_groups=[
            {"filters": [{"propertyName": "lifecyclestage", "operator": "EQ", "value": "customer"}]}
        ],
        sorts=["hs_object_id"],
        properties=["lifecyclestage"],
        limit=5,
    )
    page = sdk.crm.companies.search_api.do_search(public_object_search_request=request)
    assert page.total > 5
    assert {record.properties["lifecyclestage"] for record in page.results} == {"customer"}
    assert page.paging.next.after == "5"


def test_it_reads_batches(sdk):
    ids = [record.id for record in sdk.crm.companies.basic_api.get_page(limit=3).results]
    body = BatchReadInputSimplePublicObjectId(
        inputs=[SimplePublicObjectId(id=one) for one in ids],
        properties=["city"],
        properties_with_history=[],
    )
    answer = sdk.crm.companies.batch_api.read(batch_read_input_simple_public_object_id=body)
    assert sorted(record.id for record in answer.results) == ids


def test_it_gets_one_record(sdk):
    first = sdk.crm.companies.basic_api.get_page(limit=1).results[0]
    assert sdk.crm.companies.basic_api.get_by_id(first.id).properties == first.properties


def test_it_lists_owners_and_properties_and_pipelines(sdk):
    assert len(sdk.crm.owners.owners_api.get_page(limit=100).results) == 12
    assert len(sdk.crm.owners.owners_api.get_page(limit=100, archived=True).results) == 3
    names = [prop.name for prop in sdk.crm.properties.core_api.get_all("companies").results]
    assert "csm_owner" in names
    assert len(sdk.crm.pipelines.pipelines_api.get_all("deals").results[0].stages) == 7


def test_it_understands_a_refusal(sdk):
    with pytest.raises(ApiException) as caught:
        sdk.crm.companies.basic_api.get_page(limit=101)
    assert caught.value.status == 400
    assert "VALIDATION_ERROR" in caught.value.body
