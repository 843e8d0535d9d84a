"""What bit others who read HubSpot's deals, each with its number in our list."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from math import ceil

import orjson
import pytest

from crmsync.errors import CredentialsError, RetryableError
from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.incremental import Mode, Position, iso
from tests.sources.hubspot.portal import Portal, open_source
from tests.sources.hubspot.test_oddities import BROKEN, bodies, instead

PATHS = frozenset(
    [
        "dealname",
        "amount",
        "deal_currency_code",
        "owner.email",
        "company.domain",
        "company.name",
        "stage.label",
        "stage.is_won",
        "stage.is_closed",
    ]
)
QUERY = Query(object="deals", paths=PATHS)


@pytest.fixture
def portal(clock):
    return Portal(clock, deals=250)


def read(portal, clock, query=QUERY, **settings):
    with closing(open_source(portal, clock, **settings)) as source:
        return [record for page in source.read(query) for record in page.records]


def since(moment):
    return replace(QUERY, cursor=Position(Mode.SINCE, since=iso(moment)).encode())


def company_of(portal, clock, deal, companies, primary):
    portal.control("/associate", id=deal, companies=companies, primary=primary)
    (record,) = read(portal, clock, replace(QUERY, ids=(deal,)))
    return record.joins.get("company", {})


def test_s01_twelve_thousand_deals_of_one_timestamp_end(clock):
    portal = Portal(clock, companies=100, deals=12_000)
    changed = portal.control("/deals/touch", count=12_000)
    found = read(portal, clock, replace(since(clock.now()), paths=frozenset({"dealname"})))

    assert [record.id for record in found] == sorted(changed, key=int)
    assert len(portal.requests) <= ceil(12_000 / 200) + 5


def test_s03_a_change_that_the_index_shows_late_is_found_by_the_next_read(portal, clock):
    changed = portal.control("/deals/change", count=1)
    portal.disturb = instead(Response(200, {}, b'{"total":0,"results":[]}'), when="/search")
    with closing(open_source(portal, clock)) as source:
        (first,) = source.read(since(clock.now()))
    clock.advance(4 * 60)

    assert first.records == ()
    later = read(portal, clock, replace(QUERY, cursor=first.cursor))
    assert [record.id for record in later] == changed
    assert later[0].joins["company"]["domain"]


def test_s07_only_stage_changes_ask_for_a_history(portal, clock):
    read(portal, clock)
    read(portal, clock, since(clock.now() - timedelta(days=3650)))

    assert not [r for r in portal.requests if "History" in r.url + r.body.decode()]


def test_s08_each_endpoint_is_asked_for_its_own_number(clock):
    portal = Portal(clock, companies=2500, deals=2500)
    read(portal, clock)

    assert [len(body["inputs"]) for body in bodies(portal, "associations")] == [1000, 1000, 500]
    sizes = [len(body["inputs"]) for body in bodies(portal, "batch_read")]
    assert set(sizes[:-1]) == {100}


def test_s09_associations_are_not_taken_from_inside_of_deals(portal, clock):
    read(portal, clock)

    assert not [r for r in portal.requests if "associations=" in r.url]
    assert bodies(portal, "associations")


@pytest.mark.parametrize("status", [200, 207])
def test_s10_the_primary_of_300_companies_is_found_pages_further_on(clock, status):
    portal = Portal(
        clock, companies=300, deals=3, association_page=50, association_errors=str(status)
    )
    deal = portal.deals()[1]
    companies = portal.live()

    assert company_of(portal, clock, deal, companies, companies[-1])["id"] == companies[-1]
    assert len(bodies(portal, "associations")) == 6


@pytest.mark.parametrize("status", ["200", "207"])
def test_s11_a_deal_without_a_company_comes_without_one(clock, status):
    portal = Portal(clock, deals=3, association_errors=status)
    one, other, _ = portal.deals()
    portal.control("/associate", id=one, companies=[])
    records = {record.id: record for record in read(portal, clock)}

    assert "company" not in records[one].joins
    assert records[other].joins["company"]["domain"]


def test_s11_what_is_missing_for_another_reason_ends_the_read(portal, clock):
    error = {"category": "INTERNAL_ERROR", "message": "Something timed out."}
    partial = Response(207, {}, orjson.dumps({"results": [], "errors": [error]}))
    portal.disturb = instead(partial, when="/associations/", times=10**6)

    with pytest.raises(RetryableError, match="in part only"):
        read(portal, clock)


def test_s12_a_company_whose_id_came_as_a_number_is_joined(portal, clock):
    assert '"toObjectId":"' not in portal_answer(portal, clock)
    assert all(record.joins["company"]["domain"] for record in read(portal, clock) if record.joins)


def portal_answer(portal, clock):
    read(portal, clock)
    (request,) = [r for r in portal.requests if "/associations/" in r.url]
    return portal._answer(request).body.decode()


def test_s13_the_company_is_the_primary_one_and_never_the_first(portal, clock):
    one, two, three, *_ = portal.live()
    deal = portal.deals()[0]

    for primary in (two, three, one):
        assert company_of(portal, clock, deal, [one, two, three], primary)["id"] == primary


def test_s13_without_a_primary_one_the_only_company_or_the_oldest_is_taken(portal, clock):
    one, two, *_ = portal.live()
    deal = portal.deals()[0]

    assert company_of(portal, clock, deal, [two], None)["id"] == two
    assert company_of(portal, clock, deal, [two, one], None)["id"] == one


def test_s14_an_owner_who_left_is_joined_to_deals_and_their_companies(portal, clock):
    deal, company = portal.deals()[0], portal.live()[0]
    portal.control("/deals/set", id=deal, properties={"hubspot_owner_id": "41000408"})
    portal.control("/set", id=company, properties={"hubspot_owner_id": "49999999"})
    portal.control("/associate", id=deal, companies=[company])
    paths = PATHS | {"company.owner.email"}
    (record,) = read(portal, clock, replace(QUERY, paths=paths, ids=(deal,)))

    assert record.joins["owner"]["active"] is False
    assert record.joins["company"]["owner"] == {"id": "49999999"}


@pytest.mark.parametrize("associations", ["kept", "hidden"])
def test_s15_an_archived_company_is_joined_by_its_id_at_most(clock, associations):
    portal = Portal(clock, deals=3, archived_associations=associations)
    deal, company = portal.deals()[0], portal.live()[0]
    portal.control("/associate", id=deal, companies=[company])
    portal.control("/archive", id=company)
    record = read(portal, clock)[0]

    assert record.joins.get("company", {"id": company}) == {"id": company}


@pytest.mark.parametrize("value", ["", "1,500,000.00", "1.5E7", "12;500", "TBD", None])
def test_s17_an_amount_comes_as_it_is(portal, clock, value):
    deal = portal.deals()[0]
    portal.control("/deals/set", id=deal, properties={"amount": value})
    (record,) = read(portal, clock, replace(QUERY, ids=(deal,)))

    assert record.fields["amount"] == value


@pytest.mark.parametrize("empties", ["null", "absent"])
def test_s22_a_deal_in_the_accounts_own_currency_has_none(clock, empties):
    portal = Portal(clock, deals=2, empties=empties)
    one, other = portal.deals()
    portal.control("/deals/set", id=one, properties={"deal_currency_code": None})
    portal.control("/deals/set", id=other, properties={"deal_currency_code": "SEK"})
    codes = [record.fields["deal_currency_code"] for record in read(portal, clock)]

    assert codes == [None, "SEK"]


def test_s23_a_merge_of_deals_is_seen_by_the_survivor_with_its_company(portal, clock):
    one, other, *_ = portal.deals()
    company = portal.live()[3]
    portal.control("/associate", id=one, companies=[company])
    (survivor,) = portal.control("/deals/merge", winner=one, loser=other)
    changed = read(portal, clock, since(clock.now()))

    assert [(record.id, sorted(record.merged_ids)) for record in changed] == [
        (survivor, sorted([one, other]))
    ]
    assert changed[0].joins["company"]["id"] == company


def test_s23_a_merge_of_companies_moves_deals_that_only_a_full_pass_reads(portal, clock):
    one, other, *_ = portal.live()
    deal = portal.deals()[0]
    portal.control("/associate", id=deal, companies=[other])
    clock.advance(3600)
    (survivor,) = portal.control("/merge", winner=one, loser=other)
    records = {record.id: record for record in read(portal, clock)}

    assert records[deal].joins["company"]["id"] == survivor


def test_s24_the_search_of_deals_has_no_lower_limit_than_others(clock):
    portal = Portal(clock, companies=100, deals=11_000)
    query = Query(
        object="deals", paths=frozenset({"amount"}), filter={"needs_legal": ("true", "false")}
    )
    pages = len(portal.deals(needs_legal="true")) + len(portal.deals(needs_legal="false"))

    assert len(read(portal, clock, query)) == pages > 9_990


def test_s25_a_companys_property_deleted_since_is_empty(portal, clock):
    portal.control("/forget_property", name="domain")
    record = next(record for record in read(portal, clock) if record.joins.get("company"))

    assert record.joins["company"]["domain"] is None
    assert record.joins["company"]["name"]


def test_s26_a_token_whose_maker_left_ends_the_read_among_the_companies(portal, clock):
    body = b'{"category":"USER_DOES_NOT_HAVE_PERMISSIONS","message":"removed"}'
    portal.disturb = instead(Response(403, {}, body), when="companies/batch/read")

    with pytest.raises(CredentialsError, match="person who made the access token"):
        read(portal, clock)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("when", ["/associations/", "/companies/batch/read", "/pipelines/"])
def test_all_an_answer_that_is_none_is_asked_for_again(portal, clock, broken, when):
    portal.disturb = instead(broken, when=when, times=2)
    records = read(portal, clock)

    assert [record.id for record in records] == portal.deals()
    assert all(record.joins["stage"]["label"] for record in records)


def test_association_changes_move_no_date_and_the_full_pass_finds_them(portal, clock):
    deal, (one, other, *_) = portal.deals()[0], portal.live()
    portal.control("/associate", id=deal, companies=[one])
    clock.advance(3600)
    before = {record.id: record for record in read(portal, clock)}
    portal.control("/associate", id=deal, companies=[other])
    changed = read(portal, clock, since(clock.now()))
    after = {record.id: record for record in read(portal, clock)}

    assert changed == []
    assert before[deal].joins["company"]["id"] == one
    assert after[deal].joins["company"]["id"] == other
    assert after[deal].joins["company"]["domain"]


def test_a_full_pass_of_one_source_reads_associations_anew(portal, clock):
    deal, (one, other, *_) = portal.deals()[0], portal.live()
    found = []
    with closing(open_source(portal, clock)) as source:
        for company in (one, other):
            portal.control("/associate", id=deal, companies=[company])
            pages = source.read(QUERY)
            found += [r.joins["company"]["id"] for p in pages for r in p.records if r.id == deal]

    assert found == [one, other]
