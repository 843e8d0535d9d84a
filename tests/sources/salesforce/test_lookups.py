from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.records import Query
from crmsync.sources.salesforce import lookups
from tests.sources.salesforce.doorway import settings_of
from tests.sources.salesforce.org import BULK, REST, SalesforceOrg

QUERY = Query(object="Account", paths=frozenset({"contacts.emails"}))


def without_website(org, one):
    org.control("/set", id=one, fields={"Website": None})


def contacts(org):
    held = (org.values(one, "Contact") for one in org.live("Contact"))
    return {row["AccountId"]: row["Email"] for row in held if row["Email"]}


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_an_account_without_a_website_has_its_contacts_addresses(org, settings):
    one, email = next(iter(contacts(org).items()))
    without_website(org, one)
    found = org.records(QUERY, **settings)

    assert found[one].joins == {"contacts": {"emails": [email]}}
    assert {key for key, record in found.items() if record.joins} == {one}


def test_an_incremental_read_asks_for_the_contacts_of_its_pages_alone(org):
    one, email = next(iter(contacts(org).items()))
    without_website(org, one)
    found = org.changed(QUERY)

    assert found[one].joins == {"contacts": {"emails": [email]}}
    assert f"AccountId = '{one}'" in org.soql()[-1]


def test_a_read_where_all_have_websites_asks_for_no_contacts(org):
    one = org.live()[0]
    org.control("/set", id=one, fields={"Phone": "1"})

    assert org.changed(QUERY)[one].joins == {}
    assert not [text for text in org.soql() if "FROM Contact" in text]


def test_contacts_of_person_accounts_are_left_out(clock):
    org = SalesforceOrg(clock, salesforce_person_accounts=True)
    org.records(QUERY)

    assert "Account.IsPersonAccount = FALSE" in next(t for t in org.soql() if "FROM Contact" in t)


@pytest.mark.parametrize("more", [{"limit": 1}, {"ids": ("",)}], ids=["a sample", "ids"])
def test_a_read_of_few_records_asks_for_no_others_contacts(org, more):
    org.control("/change", object="Account", count=250, set={"Website": None})
    one = org.live()[0]
    org.records(replace(QUERY, **{**more, **({"ids": (one,)} if "ids" in more else {})}))

    assert [f"AccountId = '{one}'" in t for t in org.soql() if "FROM Contact" in t] == [True]


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_a_person_has_no_contacts_in_whichever_read(clock, settings):
    org = SalesforceOrg(clock, salesforce_person_accounts=True)
    one = next(iter(contacts(org)))
    org.control("/set", id=one, fields={"Website": None, "IsPersonAccount": True})

    assert org.records(QUERY, **settings)[one].joins == {}
    assert org.changed(QUERY, **settings)[one].joins == {}


def test_very_many_contacts_come_by_a_job_that_is_deleted(clock):
    org = SalesforceOrg(clock, companies=4600)
    org.control("/change", object="Account", count=4600, set={"Website": None})
    source, settings = org.source(), settings_of(bulk_threshold=200)
    found = lookups.emails_of_all(source._api, settings, without_persons=False)

    assert len(found) == len(contacts(org)) > 2000
    assert [kind for kind in org.kinds() if kind.startswith("job")][-1] == "job_delete"


def test_stages_are_known_by_label_and_by_name_retired_ones_too(org):
    source = org.source()
    found = lookups.stages(source._api, source._describe)

    assert found["Evaluation"] == found["Perception Analysis"]
    assert found["Perception Analysis"].label == "Evaluation"
    assert found["Pilot"].is_closed is False


def test_stages_are_read_once_and_only_where_they_are_mapped(org):
    deals = Query(object="Opportunity", paths=frozenset({"Name", "StageName"}))
    org.records(deals)
    assert not [text for text in org.soql() if "OpportunityStage" in text]

    org.records(replace(deals, paths=frozenset({"stage.label", "stage.is_won"})))
    assert len([text for text in org.soql() if "OpportunityStage" in text]) == 1
