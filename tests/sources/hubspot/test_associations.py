from __future__ import annotations

import orjson
import pytest

from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Response
from crmsync.sources.hubspot.associations import company_reader, linked, primary_companies
from crmsync.sources.hubspot.objects import DEALS
from crmsync.sources.hubspot.read import Stretch
from crmsync.sources.incremental import Mode, Position
from crmsync.sources.readahead import Relay
from tests.sources.hubspot.test_api import api

PRIMARY = {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}
PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}
OWN = {"category": "USER_DEFINED", "typeId": 5, "label": "Reseller"}
APPS = {"category": "INTEGRATOR_DEFINED", "typeId": 5, "label": "Synced"}
NONE_FOUND = {
    "status": "error",
    "category": "OBJECT_NOT_FOUND",
    "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
    "message": "No company is associated with deal 2.",
    "context": {"fromObjectId": ["2"]},
}


def to(company, *kinds):
    return {"toObjectId": company, "associationTypes": list(kinds or (PLAIN,))}


def result(deal, *targets, after=""):
    paging = {"paging": {"next": {"after": after}}} if after else {}
    return {"from": {"id": deal}, "to": list(targets), **paging}


def answer(*results, errors=(), status=200):
    return Response(status, {}, orjson.dumps({"results": results, "errors": list(errors)}))


def primary(*answers, ids=("1",)):
    return primary_companies(api(list(answers)), DEALS, ids)


@pytest.mark.parametrize(
    ("targets", "company"),
    [
        pytest.param([to(7), to(8, PLAIN, PRIMARY)], "8", id="S13-by-type-and-not-the-first"),
        pytest.param([to(7, PRIMARY), to(6)], "7", id="S13-not-the-smallest"),
        pytest.param([to(7, PRIMARY), to(7)], "7", id="S09-the-same-one-twice"),
        pytest.param([to(7)], "7", id="the-only-one"),
        pytest.param([to(1000), to(999)], "999", id="none-primary-the-smallest-number"),
        pytest.param([to(8, OWN), to(7)], "7", id="a-label-of-the-accounts-own-with-number-5"),
        pytest.param([to(8, APPS), to(7)], "7", id="a-label-of-an-app-with-number-5"),
        pytest.param([to("8", {"typeId": "5"})], "8", id="S12-numbers-as-text"),
    ],
)
def test_the_primary_company_is_told_by_the_associations_type(targets, company):
    assert primary(answer(result("1", *targets))) == {"1": company}


@pytest.mark.parametrize(
    "targets", [[], [{"toObjectId": None}], ["x"], None], ids=["none", "null", "text", "no-list"]
)
def test_what_has_no_company_has_none(targets):
    assert primary(answer({"from": {"id": "1"}, "to": targets})) == {}


@pytest.mark.parametrize("status", [200, 207])
def test_s11_deals_without_a_company_are_no_failure(status):
    found = answer(result("1", to(7)), errors=[NONE_FOUND], status=status)

    assert primary(found, ids=("1", "2")) == {"1": "7"}


@pytest.mark.parametrize("status", [200, 207])
def test_what_failed_for_another_reason_is_asked_for_again(status):
    failed = {"category": "INTERNAL_ERROR", "message": "Timeout."}
    broken = answer(result("1", to(7)), errors=[NONE_FOUND, failed], status=status)

    assert primary(broken, answer(result("1", to(7)))) == {"1": "7"}
    with pytest.raises(RetryableError, match=r"in part only: Timeout\."):
        primary_companies(api(lambda _: broken), DEALS, ["1"])


def test_s10_a_deal_with_more_than_a_page_of_companies_is_read_on_until_the_primary():
    hubspot = api(
        [
            answer(result("1", to(9), after="a"), result("2", to(5, PRIMARY), after="z")),
            answer(result("1", to(8), after="b")),
            answer(result("1", to(77, PRIMARY), after="c")),
        ]
    )

    assert primary_companies(hubspot, DEALS, ["1", "2"]) == {"1": "77", "2": "5"}
    asked = [orjson.loads(r.body)["inputs"] for r in hubspot._account._transport.requests]
    assert asked == [
        [{"id": "1"}, {"id": "2"}],
        [{"id": "1", "after": "a"}],
        [{"id": "1", "after": "b"}],
    ]


def test_the_smallest_of_all_pages_is_taken_where_none_is_primary():
    pages = [answer(result("1", to(8), after="a")), answer(result("1", to(9), to(10)))]

    assert primary(*pages) == {"1": "8"}


def test_a_page_of_associations_that_comes_twice_ends_the_read():
    with pytest.raises(FatalError, match="twice"):
        primary_companies(api(lambda _: answer(result("1", to(8), after="a"))), DEALS, ["1"])


def stretch(*ids, deleted=False):
    return Stretch([{"id": one} for one in ids], Position(Mode.FULL), deleted=deleted)


def companies_of(stretches, *answers, read=True):
    hubspot = api(list(answers))
    reader = company_reader(hubspot, ("name",), lambda _: {}) if read else None
    relay = Relay()
    found = list(linked(hubspot, DEALS, relay, iter(stretches), reader))
    relay.close()
    return [dict(one.companies) for one in found], hubspot._account._transport.requests


def test_each_page_gets_its_deals_companies():
    pages = [stretch("1", "2"), stretch("3")]
    links = answer(result("1", to(7)), result("3", to(7)))
    company = answer({"id": "7", "properties": {"name": "Acme", "createdate": "x"}})
    found, requests = companies_of(pages, links, company)

    assert found == [{"1": {"name": "Acme", "id": "7"}}, {"3": {"name": "Acme", "id": "7"}}]
    assert len(requests) == 2


def test_a_company_that_cannot_be_read_has_its_id_alone():
    found, _ = companies_of([stretch("1")], answer(result("1", to(7))), answer())

    assert found == [{"1": {"id": "7"}}]


def test_companies_of_which_nothing_but_the_id_is_wanted_are_not_read():
    found, requests = companies_of([stretch("1")], answer(result("1", to(7))), read=False)

    assert found == [{"1": {"id": "7"}}]
    assert len(requests) == 1


def test_archived_deals_cost_no_request():
    found, requests = companies_of([stretch("1", deleted=True)])

    assert (found, requests) == ([{}], [])


def test_no_reader_is_made_where_no_property_is_wanted():
    assert company_reader(api([]), (), lambda _: {}) is None


def test_a_company_comes_with_what_is_joined_to_it():
    page = answer({"id": "7", "properties": {"hubspot_owner_id": "41"}})
    reader = company_reader(
        api([page]), ("hubspot_owner_id",), lambda held: {"owner": {"id": held["hubspot_owner_id"]}}
    )

    assert reader is not None
    assert reader(["7"]) == {"7": {"hubspot_owner_id": "41", "owner": {"id": "41"}, "id": "7"}}
