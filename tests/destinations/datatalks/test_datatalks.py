"""The plugin as the engine and the mapping use it."""

from __future__ import annotations

import pytest

from crmsync.destinations.datatalks import PLUGIN
from crmsync.destinations.shrinking import shrink
from crmsync.engine.plans import SyncPlan
from crmsync.engine.slots import Given, Slot, digest_of, refresh, stand_on
from crmsync.records import Record
from crmsync.state import Delivery
from crmsync.testing.fakes import KeepingDestination, ListSource
from tests.destinations.datatalks.account import mapping, settings


def test_attributes_of_a_mapping_become_fields_of_the_plugin():
    plugin = PLUGIN.knowing(["epost", "company_name", "a.b"])
    assert plugin.fields.keys() - PLUGIN.fields.keys() == {"epost"}
    assert plugin.fields["company_name"] is PLUGIN.fields["company_name"]


def test_without_news_the_plugin_stays_the_same():
    assert PLUGIN.knowing(PLUGIN.fields) is PLUGIN


@pytest.mark.parametrize("flatten", [True, False])
def test_an_account_decides_whether_objects_are_flattened(flatten):
    plugin = PLUGIN.tailor(PLUGIN, settings(flatten=flatten)).knowing(["own"])
    assert plugin.fields["own"].nested is flatten


def test_explain_shows_what_the_destination_made_itself():
    steps = mapping({"address": "a"}, flatten=True).trace(Record("7", {"a": {"city": "X"}}))
    shown = {step.field: step.value for step in steps}
    assert shown == {
        "crm_id": "7",
        "address": None,
        "address_city": "X",
        "group_key": "abc123",
    }


def test_explain_shows_why_there_is_no_group():
    rule = {"group_key": "se1", "when": {"country": "Sweden"}}
    steps = mapping({"country": "c"}, group_key=None, groups=[rule]).trace(Record("7", {"c": "NO"}))
    assert [step.field for step in steps] == ["crm_id", "country", "group_key"]
    assert steps[-1].value is None
    assert [problem.code for problem in steps[-1].problems] == ["NO_GROUP_KEY"]


def test_a_payload_is_shrunk_past_attributes_that_nobody_knows():
    fields = {"crm_id": "1", "other": "y" * 500, "company_description": "x" * 500}
    shrunk = shrink(fields, 100, PLUGIN.fields)
    assert shrunk is not None
    assert len(str(shrunk["company_description"])) < 420
    assert shrunk["other"] == fields["other"]


def test_an_attribute_of_ones_own_that_is_gone_is_sent_empty_once():
    plan = SyncPlan(
        name="s",
        source="crm",
        object="companies",
        destination="datatalks",
        mapper=mapping({"tags": "tags", "epost": "mail"}),
        plugin=PLUGIN.knowing(["tags", "epost"]),
        method="upsert",
        open_source=ListSource,
        open_destination=KeepingDestination,
    )
    left = {"crm_id": "7", "group_key": "abc123"}
    body = PLUGIN.encode({**left, "tags": ["A"], "epost": "jo@acme.com"})
    slot = Slot("7", {("s", "7"): Given(1, PLUGIN.encode(left))})
    stand_on(slot, Delivery(digest_of(body), body), plan)
    refresh(slot, plan)
    assert PLUGIN.decode(slot.sent) == {**left, "tags": [], "epost": None}
    assert PLUGIN.decode(slot.body) == left


def test_owners_that_became_a_list_of_addresses_are_not_cleared_with_them():
    left = {"crm_id": "7", "group_key": "abc123", "owner_emails": ["jo@acme.com"]}
    held = {**left, "owner_emails": ["al@acme.com"], "owner_roles": ["CSM"]}
    plan = SyncPlan(
        name="s",
        source="crm",
        object="companies",
        destination="datatalks",
        mapper=mapping({"owner_emails": "mail"}),
        plugin=PLUGIN.knowing(["owner_emails"]),
        method="upsert",
        open_source=ListSource,
        open_destination=KeepingDestination,
    )
    body = PLUGIN.encode(held)
    slot = Slot("7", {("s", "7"): Given(1, PLUGIN.encode(left))})
    stand_on(slot, Delivery(digest_of(body), body), plan)
    refresh(slot, plan)
    assert slot.sent == PLUGIN.encode({**left, "owner_roles": []})
