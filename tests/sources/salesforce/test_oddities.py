"""What bit others who read Salesforce, each with its number in our list (signing in: elsewhere)."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest

from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.incremental import iso
from crmsync.sources.salesforce.objects import PAGE, REST_PAGE
from tests.sources.salesforce.doorway import refused
from tests.sources.salesforce.org import BULK, REST, SalesforceOrg, since

ACCOUNT = Query(object="Account", paths=frozenset({"Name", "Website", "owner.email"}))
DEAL = Query(object="Opportunity", paths=frozenset({"Name", "Account.Website", "stage.label"}))
EVERYTHING = frozenset({
    "Name", "Description", "BillingStreet", "NumberOfEmployees", "AnnualRevenue", "Phone",
    "Health_Score__c", "Renewal_Date__c", "CreatedDate", "LastActivityDate", "CSM__r.Email",
    "CSM__c", "Parent.Name", "BillingAddress", "BillingAddress.city", "owner.active", "Type",
    "owner.name", "Owner.Name", "contacts.emails", "IsPersonAccount", "CurrencyIsoCode",
})  # fmt: skip


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_s28_twelve_thousand_records_of_one_moment_end(clock, settings):
    org = SalesforceOrg(clock, companies=12_000)
    at = clock.now() - timedelta(minutes=1)
    org.control("/touch", object="Account", count=12_000, at=iso(at))
    found = org.changed(replace(ACCOUNT, paths=frozenset({"Name"})), **settings)

    assert sorted(found) == org.live()
    assert len(org.requests) <= ceil(12_000 / REST_PAGE) + 5


def test_s28_a_run_that_was_cut_between_ties_goes_on_there(clock):
    org = SalesforceOrg(clock, companies=3 * PAGE)
    org.control("/touch", object="Account", count=3 * PAGE, at=iso(clock.now()))
    pages = org.pages(replace(ACCOUNT, cursor=since(clock)), **REST)
    rest = org.records(replace(ACCOUNT, cursor=pages[0].cursor), **REST)

    assert len(pages[0].records) == PAGE
    assert sorted({one.id for one in pages[0].records} | rest.keys()) == org.live()


@pytest.mark.fault(28)
def test_s29_what_was_committed_late_is_found_by_the_next_read(org, clock):
    (first,) = org.pages(replace(ACCOUNT, cursor=since(clock)))
    clock.advance(60)
    stamped = clock.now() - timedelta(minutes=8)  # before the first read began, seen after it
    (late,) = org.control("/touch", object="Account", count=1, at=iso(stamped))["ids"]

    assert first.records == ()
    assert list(org.records(replace(ACCOUNT, cursor=first.cursor))) == [late]


def test_s30_a_formula_that_moved_no_stamp_is_found_by_the_next_full_pass(org, clock):
    one = org.live()[7]
    query = replace(ACCOUNT, paths=frozenset({"Health_Score__c"}))
    org.control("/set", object="Account", id=one, fields={"Health_Score__c": 12.5}, stamp=False)

    assert one not in org.changed(query)
    assert org.records(query)[one].fields["Health_Score__c"] == 12.5


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_s31_compound_fields_are_read_by_their_parts(org, settings):
    paths = frozenset({"BillingAddress.city", "BillingAddress"})
    found = org.records(replace(ACCOUNT, paths=paths), **settings)
    one = org.live()[3]
    city = org.values(one)["BillingCity"]

    assert found[one].fields["BillingAddress.city"] == city
    assert found[one].fields["BillingAddress"]["city"] == city
    assert not [text for text in org.soql() if "BillingAddress" in text]


def test_s32_nul_newlines_and_long_texts_come_through_bulk(clock):
    org = SalesforceOrg(clock, companies=60)
    huge, odd = org.live()[:2]
    text = 'a "quoted", line\r\n\nand another\x00\u2028' + "é" * 3
    org.control("/set", id=huge, fields={"Description": "x" * 132_000})
    org.control("/set", id=odd, fields={"Description": text})
    found = org.records(replace(ACCOUNT, paths=frozenset({"Description"})), **BULK)

    assert len(found) == 60
    assert len(str(found[huge].fields["Description"])) == 132_000
    assert found[odd].fields["Description"] == text.replace("\0", "")


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_s33_odd_numbers_and_far_dates_harm_nothing(org, settings):
    one, other, third = org.live()[:3]
    org.control(
        "/set", id=one, fields={"NumberOfEmployees": 250.0, "Renewal_Date__c": "0001-01-01"}
    )
    org.control(
        "/set", id=other, fields={"NumberOfEmployees": 1.5, "Renewal_Date__c": "4000-12-31"}
    )
    org.control("/set", id=third, fields={"NumberOfEmployees": None})
    paths = frozenset({"NumberOfEmployees", "Renewal_Date__c"})
    found = org.records(replace(ACCOUNT, paths=paths), **settings)

    assert [found[key].fields["NumberOfEmployees"] for key in (one, other, third)] == [
        250,
        1.5,
        None,
    ]
    assert found[one].fields["Renewal_Date__c"] == "0001-01-01"


def test_s34_a_record_is_the_same_by_rest_and_by_bulk(clock):
    options = {"salesforce_person_accounts": True, "salesforce_multi_currency": True}
    org = SalesforceOrg(clock, companies=800, nasty=3.0, **options)
    query = replace(ACCOUNT, paths=EVERYTHING)

    assert org.records(query, **REST) == org.records(query, **BULK)


def test_s34_an_opportunity_is_the_same_by_rest_and_by_bulk(clock):
    org = SalesforceOrg(clock, deals=800, nasty=3.0)
    paths = {"Amount", "CloseDate", "IsWon", "Probability", "LastStageChangeDate", "Account"}
    more = {"Account.Name", "Account.Owner.Email", "owner.email", "stage.probability", "Owner.Name"}
    query = replace(DEAL, paths=DEAL.paths | paths | more)

    assert org.records(query, **REST) == org.records(query, **BULK)


def test_s36_a_hidden_field_is_asked_for_in_no_query_and_named_by_check(org):
    org.control("/hide_field", object="Account", name="Phone")
    org.control("/hide_field", object="User", name="Email")
    query = replace(ACCOUNT, paths=frozenset({"Name", "Phone", "Owner.Email"}))
    record = next(iter(org.records(query).values()))
    faults = [line for line in org.source().check(query) if not line.passed]

    assert not [text for text in org.soql() if "Phone" in text or "Email" in text]
    assert "Phone" not in record.fields
    assert ['"Phone" of Account' in faults[1].message, '"Email" of User' in faults[0].message] == [
        True, True,
    ]  # fmt: skip
    assert all("field-level security" in line.hint for line in faults)


def test_s36_an_object_that_is_hidden_costs_only_what_is_mapped_from_it(org):
    org.disturb = lambda request: (
        refused(404, "NOT_FOUND") if "/sobjects/User/" in request.url else None
    )
    query = Query(object="Account", paths=frozenset({"Name", "owner.email", "CreatedBy.Name"}))
    found = org.records(query)

    assert sorted(found) == org.live()
    assert all(record.fields["Name"] for record in found.values())
    with closing(org.source()) as source:
        faults = [one.message for one in source.check(query) if not one.passed]
    assert [text for text in faults if '"User" that this user may see' in text]


def test_s37_what_only_some_orgs_have_is_asked_for_where_it_is_described(clock):
    query = replace(ACCOUNT, paths=frozenset({"Name", "CurrencyIsoCode"}))
    plain = SalesforceOrg(clock, nasty=10.0)
    rich = SalesforceOrg(
        clock, nasty=10.0, salesforce_person_accounts=True, salesforce_multi_currency=True
    )
    persons = {one for one, record in rich.records(query).items() if record.person}

    assert not any(record.person for record in plain.records(query).values())
    assert persons == set(rich.live(IsPersonAccount=True)) != set()
    assert not [text for text in plain.soql() if "IsPersonAccount" in text or "Currency" in text]


def test_s38_a_query_too_long_for_an_address_goes_by_bulk(org):
    one = org.live()[5]
    names = (str(org.values(one)["Name"]), *(f"a company of number {n}" for n in range(2000)))
    found = org.records(replace(ACCOUNT, filter={"Name": names}), **REST)

    assert list(found) == [one]
    assert "job_create" in org.kinds()


def test_s38_ids_are_asked_for_in_addresses_that_are_short_enough(clock):
    org = SalesforceOrg(clock, companies=900)
    found = org.records(replace(ACCOUNT, ids=tuple(org.live())))

    assert sorted(found) == org.live()
    assert max(len(request.url) for request in org.requests) < 16_384
    assert len(org.requests) <= 9


def test_s41_a_first_read_goes_back_to_the_first_record(clock):
    org = SalesforceOrg(clock, companies=50)
    old = iso(datetime(1999, 1, 1, tzinfo=UTC))
    org.control("/touch", object="Account", count=50, at=old)

    assert sorted(org.records(ACCOUNT)) == org.live()


@pytest.mark.fault(40)
def test_s42_deleted_and_merged_records_come_after_the_live_ones(org, clock):
    winner, loser, gone = org.childless()[:3]
    org.control("/merge", winner=winner, loser=loser)
    org.control("/delete", id=gone)
    found = org.changed(replace(ACCOUNT, deleted=True))

    assert {one for one, record in found.items() if record.deleted} == {loser, gone}
    assert not found[winner].deleted
    assert found[loser].fields["MasterRecordId"] == winner


def test_s42_what_was_purged_is_not_told_and_missing_in_a_full_pass(org):
    (gone,) = org.childless()[:1]
    org.control("/delete", id=gone)
    org.control("/purge", id=gone)

    assert gone not in org.changed(replace(ACCOUNT, deleted=True))
    assert gone not in org.records(replace(ACCOUNT, deleted=True))


@pytest.mark.fault(40)
def test_s42_what_was_undeleted_comes_as_a_change(org):
    (back,) = org.childless()[:1]
    org.control("/delete", id=back)
    org.control("/undelete", id=back)
    found = org.changed(replace(ACCOUNT, deleted=True))

    assert [record.deleted for one, record in found.items() if one == back] == [False]


def test_s43_ids_may_have_fifteen_characters(org):
    one = org.live()[5]

    assert list(org.records(replace(ACCOUNT, ids=(one[:15], one)))) == [one]


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_s43_owners_may_be_queues_or_have_left(clock, settings):
    org = SalesforceOrg(clock, companies=600, nasty=8.0)
    query = replace(ACCOUNT, paths=frozenset({"owner.email", "owner.active", "owner.name"}))
    owners = [record.joins["owner"] for record in org.records(query, **settings).values()]
    queues = [owner for owner in owners if str(owner["id"]).startswith("00G")]
    people = [owner for owner in owners if not str(owner["id"]).startswith("00G")]

    assert {(owner["email"], owner["active"]) for owner in queues} == {(None, False)}
    assert {owner["active"] for owner in people} == {True, False}
    assert all(owner["email"] for owner in people)


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_s43_a_custom_objects_owner_may_be_a_queue_too(org, settings):
    paths = frozenset({"owner.name", "Owner.Email", "Account__r.Website", "Seats__c"})
    found = org.records(Query(object="Subscription__c", paths=paths), **settings).values()
    owners = [record.joins["owner"] for record in found]

    assert min(found, key=lambda one: one.id).joins["Account__r"]["Website"]
    assert {str(one["id"])[:3] for one in owners} == {"005", "00G"}
    assert all(one["name"] for one in owners)


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_s44_opportunities_without_account_and_accounts_with_parents(clock, settings):
    org = SalesforceOrg(clock, deals=400, nasty=5.0)
    deals = org.records(DEAL, **settings)
    bare = org.live("Opportunity", AccountId=None)
    paths = frozenset({"ParentId", "Parent.Name", "Parent.Website"})
    accounts = org.records(replace(ACCOUNT, paths=paths), **settings).values()

    assert bare
    assert not any("Account" in deals[one].joins for one in bare)
    assert any("Website" in one.joins["Parent"] for one in accounts if one.fields["ParentId"])


def test_all_a_cut_page_is_asked_for_again(org):
    cut = [Response(200, {"content-type": "application/json"}, b'{"totalSize":250,"done":tr')]
    org.disturb = lambda request: cut.pop() if cut and "q=SELECT+Id" in request.url else None

    assert len(org.records(ACCOUNT, **REST)) == 250
