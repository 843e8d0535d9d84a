"""What a read of deals costs, and that nothing is asked for that no path needs."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from math import ceil

import orjson
import pytest

from crmsync.records import Query
from crmsync.sources.hubspot.beside import Reading
from crmsync.sources.hubspot.objects import COMPANIES, DEALS, STAGE_CHANGES, wanted
from crmsync.sources.incremental import Mode, Position
from tests.sources.hubspot.portal import Portal, open_source

PATHS = frozenset(
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
QUERY = Query(object="deals", paths=PATHS)


@pytest.fixture
def portal(clock):
    return Portal(clock, deals=300)


def read(portal, clock, query=QUERY):
    with closing(open_source(portal, clock)) as source:
        return list(source.read(query))


def of_paths(portal, clock, *paths):
    portal.requests.clear()
    read(portal, clock, Query(object="deals", paths=frozenset(paths)))
    return Counter(portal.kinds())


def asked(portal, kind):
    sent = zip(portal.kinds(), portal.requests, strict=True)
    return [orjson.loads(request.body) for found, request in sent if found == kind]


def test_twenty_thousand_deals_with_their_companies_cost_the_fewest_requests(clock):
    portal = Portal(clock, companies=3000, deals=20_000)
    pages = read(portal, clock)
    needed = {record.joins["company"]["id"] for page in pages for record in page.records}
    kinds = Counter(portal.kinds())

    assert kinds["list"] == 200
    assert kinds["associations"] == 20
    assert kinds["batch_read"] <= ceil(len(needed) / 100) + 2
    assert len(portal.requests) <= 200 + 20 + ceil(len(needed) / 100) + 10


def test_a_company_is_read_once_however_many_deals_it_has(clock):
    portal = Portal(clock, companies=300, deals=3000)
    read(portal, clock)
    ids = [one["id"] for body in asked(portal, "batch_read") for one in body["inputs"]]

    assert len(ids) == len(set(ids)) <= 300


@pytest.mark.parametrize(
    ("paths", "others"),
    [
        (["dealname", "deal_currency_code", "amount"], {}),
        (["stage.id", "pipeline.id", "owner.id"], {}),
        (["stage.label"], {"pipelines": 1}),
        (["owner.email"], {"owners": 2}),
        (["company.id"], {"associations": 1}),
        (["company.domain"], {"associations": 1, "batch_read": 2}),
        (["company.owner.email"], {"associations": 1, "batch_read": 2, "owners": 2}),
        (["sales_engineer.email"], {"owners": 2, "properties": 1}),
    ],
)
def test_nothing_is_asked_for_that_no_path_needs(portal, clock, paths, others):
    assert of_paths(portal, clock, *paths) == {"list": 3, "search": 1, "account": 1, **others}


def test_of_companies_only_the_mapped_properties_are_asked_for(portal, clock):
    read(portal, clock)

    assert {tuple(body["properties"]) for body in asked(portal, "batch_read")} == {
        ("domain", "hubspot_owner_id")
    }


def test_archived_deals_are_joined_to_no_company(clock):
    portal = Portal(clock, companies=50, deals=200)
    gone = portal.control("/deals/archive", count=200)
    records = [
        r for page in read(portal, clock, replace(QUERY, deleted=True)) for r in page.records
    ]

    assert {record.id for record in records if record.deleted} == set(gone)
    assert Counter(portal.kinds())["associations"] == 0


def test_any_property_that_refers_to_an_owner_is_joined(portal, clock):
    (page, *_) = read(
        portal, clock, Query(object="deals", paths=frozenset({"sales_engineer.name"}))
    )
    held = [record for record in page.records if record.fields["sales_engineer"]]

    assert held
    assert all(record.joins["sales_engineer"]["name"] for record in held)


def test_each_cursor_resumes_after_its_page_although_later_pages_were_read(clock):
    portal = Portal(clock, companies=50, deals=1500)
    with closing(open_source(portal, clock)) as source:
        pages = source.read(QUERY)
        first = next(pages)
        ahead = Counter(portal.kinds())["list"]
        pages.close()
    rest = read(portal, clock, replace(QUERY, cursor=first.cursor))

    assert ahead > 1
    assert [r.id for r in (*first.records, *(r for page in rest for r in page.records))] == (
        portal.deals()
    )


START = Position(Mode.FULL)
WINDOW = Position(Mode.WINDOW, since="2026-01-01T00:00:00Z", until="2026-01-02T00:00:00Z")
ONE_PATH = frozenset({"stage.is_won"})


@pytest.mark.parametrize(
    ("kind", "query", "start", "counted"),
    [
        (COMPANIES, {}, START, True),
        (DEALS, {}, START, True),
        (DEALS, {}, Position(Mode.GONE), True),
        (DEALS, {"filter": {"pipeline": ("x",)}}, START, False),
        (DEALS, {"ids": ("1",)}, START, False),
        (DEALS, {}, WINDOW, False),
        (STAGE_CHANGES, {}, START, False),
    ],
)
def test_a_list_is_counted_by_a_request_of_its_own(kind, query, start, counted):
    reading = Reading(kind, Query(object=kind.name, **query), wanted(kind, ONE_PATH), start)

    assert reading.is_counted is counted


@pytest.mark.parametrize(
    "wanted_values",
    [{"company.industry": ("BANKING",)}, {"stage.is_won": ("true",)}, {"owner.email": ("a@b.se",)}],
)
def test_a_filter_that_hubspot_cannot_apply_reads_and_counts_everything(
    portal, clock, wanted_values
):
    pages = read(portal, clock, replace(QUERY, filter=wanted_values))

    assert pages[0].total == len(portal.deals()) == sum(len(page.records) for page in pages)
    assert "list" in portal.kinds()


def test_the_part_of_a_filter_that_hubspot_can_apply_is_pushed_to_it(portal, clock):
    both = {"pipeline": ("default",), "company.industry": ("BANKING",)}
    pages = read(portal, clock, replace(QUERY, filter=both))

    found = [record.id for page in pages for record in page.records]
    assert found == portal.deals(pipeline="default")
    assert pages[0].total == len(found)


def test_a_filter_on_an_owner_of_companies_is_pushed_too(portal, clock):
    query = Query(object="companies", filter={"owner.id": ("41000001",)})
    pages = read(portal, clock, query)

    assert [record.id for page in pages for record in page.records] == (
        portal.live(hubspot_owner_id="41000001")
    )
