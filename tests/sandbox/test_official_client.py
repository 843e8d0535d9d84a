"""HubSpot's own client is the judge of the simulator."""

from __future__ import annotations

import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    hubspot = pytest.importorskip("hubspot")
    from hubspot.crm import deals
    from hubspot.crm.associations import v4
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


@pytest.fixture
def selling(dealing):
    return hubspot.Client.create(access_token="pat-made-up", host=f"{dealing.url}/hubspot")


def test_it_pages_through_all_deals(selling):
    found = selling.crm.deals.get_all(properties=["dealname", "dealstage"])
    assert len({record.id for record in found}) == 400
    assert found[0].properties["dealstage"]


def test_it_reads_deals_with_their_companies_and_histories(selling):
    api = selling.crm.deals.basic_api
    (record,) = api.get_page(
        limit=1, associations=["companies"], properties_with_history=["dealstage"]
    ).results
    assert record.associations["companies"].results[0].type.startswith("deal_to_company")
    history = record.properties_with_history["dealstage"]
    assert history[0].value == record.properties["dealstage"]
    assert api.get_by_id(record.id, associations=["companies"]).associations


def test_it_searches_deals(selling):
    request = deals.PublicObjectSearchRequest(
        filter_groups=[
            {"filters": [{"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"}]}
        ],
        properties=["hs_is_closed_won"],
        limit=5,
    )
    page = selling.crm.deals.search_api.do_search(public_object_search_request=request)
    assert page.total > 5
    assert {record.properties["hs_is_closed_won"] for record in page.results} == {"true"}


def test_it_reads_batches_of_deals_with_history(selling):
    ids = [record.id for record in selling.crm.deals.basic_api.get_page(limit=3).results]
    body = deals.BatchReadInputSimplePublicObjectId(
        inputs=[deals.SimplePublicObjectId(id=one) for one in [*ids, "77"]],
        properties=["amount"],
        properties_with_history=["dealstage"],
    )
    answer = selling.crm.deals.batch_api.read(batch_read_input_simple_public_object_id=body)
    assert sorted(record.id for record in answer.results) == ids
    assert answer.num_errors == 1
    assert answer.results[0].properties_with_history["dealstage"][0].source_type


def test_it_reads_associations_some_of_which_are_missing(selling):
    ids = [record.id for record in selling.crm.deals.basic_api.get_page(limit=5).results]
    body = v4.BatchInputPublicFetchAssociationsBatchRequest(
        inputs=[v4.PublicFetchAssociationsBatchRequest(id=one) for one in [*ids, "77"]]
    )
    answer = selling.crm.associations.v4.batch_api.get_page(
        "deals", "companies", batch_input_public_fetch_associations_batch_request=body
    )
    assert {result._from.id for result in answer.results} == set(ids)
    kinds = [kind.type_id for kind in answer.results[0].to[0].association_types]
    assert {341, 5} <= set(kinds)
    assert answer.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
    one = selling.crm.associations.v4.basic_api.get_page("deals", ids[0], "companies")
    assert one.results[0].to_object_id == answer.results[0].to[0].to_object_id


def test_it_lists_pipelines_and_deal_properties(selling):
    pipelines = selling.crm.pipelines.pipelines_api.get_all("deals").results
    assert [len(pipeline.stages) for pipeline in pipelines] == [7, 6, 6]
    assert pipelines[2].stages[4].metadata == {"isClosed": "true", "probability": "1.0"}
    names = [prop.name for prop in selling.crm.properties.core_api.get_all("deals").results]
    assert {"dealstage", "sales_engineer"} <= set(names)
