"""The shipped mappings on what Salesforce holds."""

from __future__ import annotations

import pytest

from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import load_preset
from crmsync.mapping.spec import parse_rules
from crmsync.plugins import destination_plugin
from crmsync.receipts import Outcome
from crmsync.records import Record


def mapper(name):
    rules, faults = parse_rules(load_preset("salesforce", name, "akooda") or {}, path="x")
    assert faults == []
    plugin = destination_plugin("akooda")
    return compile_mapping(rules, plugin=plugin, path="x", object_name=name, filter={})


ACCOUNT, DEAL = mapper("Account"), mapper("Opportunity")


def account(**values):
    fields = {"Website": "https://www.acme.se", "Name": "Acme"}
    joins = values.pop("joins", {})
    return ACCOUNT.map(Record("001", {**fields, **values}, joins, url="https://x/001"))


def deal(**values):
    joins = {"Account": {"id": "001", "Website": "acme.se", "Name": "Acme"}}
    joins |= {key: values.pop(key) for key in ("stage", "owner") if key in values}
    return DEAL.map(Record("006", values, joins, url="https://x/006"))


TYPES = {
    "Customer": "CUSTOMER", "Customer - Direct": "CUSTOMER", "Customer - Channel": "CUSTOMER",
    "Prospect": "LEAD", "Technology Partner": None, "Competitor": None, "Other": None, None: None,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "stage"), TYPES.items())
def test_an_accounts_stage_is_its_types(kind, stage):
    assert account(Type=kind).fields.get("properties.stage") == stage


def test_an_account_without_a_website_has_most_contacts_domain():
    emails = ["a@gmail.com", "b@acme.se", "c@other.com"]
    found = account(Website=None, joins={"contacts": {"emails": emails}})

    assert found.key == "acme.se"
    assert found.fields["properties.websiteUrl"] == "https://acme.se"


def test_an_account_without_any_domain_is_skipped():
    assert account(Website="http://gmail.com").outcome is Outcome.SKIPPED


def test_a_queue_owns_without_a_word():
    owner = {"id": "00G1", "email": None, "name": "Queue", "active": False}
    found = account(joins={"owner": owner})

    assert "properties.owners" not in found.fields
    assert [one for one in found.problems if one.field == "properties.owners"] == []


STAGES = {
    "won": ({"id": "Anything", "is_won": True, "is_closed": True}, "CLOSED_WON"),
    "lost": ({"id": "Closed Won", "is_won": False, "is_closed": True}, "CLOSED_LOST"),
    "first": ({"id": "Prospecting", "is_won": False, "is_closed": False}, "LEAD"),
    "early": ({"id": "Value Proposition", "is_won": False, "is_closed": False}, "OPPORTUNITY"),
    "late": ({"id": "Negotiation/Review", "is_won": False, "is_closed": False}, "PIPELINE"),
    "own": ({"id": "Pilot", "is_won": False, "is_closed": False}, "PIPELINE"),
}


@pytest.mark.parametrize(("stage", "value"), STAGES.values(), ids=STAGES)
def test_an_opportunitys_flags_count_before_its_stages_name(stage, value):
    assert deal(stage=stage).fields["properties.stage"] == value


@pytest.mark.parametrize(("closed", "there"), [(True, True), (False, False)])
def test_a_close_date_is_a_forecast_until_it_is_closed(closed, there):
    found = deal(CloseDate="2026-01-02", IsClosed=closed).fields

    assert ("properties.closedAt" in found) is there


def test_an_opportunity_goes_by_its_accounts_domain():
    assert deal().key == "acme.se"
    assert DEAL.map(Record("006", {"Name": "Deal"})).outcome is Outcome.SKIPPED
