from __future__ import annotations

import pytest

from crmsync.destinations.akooda.fields import FIELDS, MERGE, extended
from crmsync.payloads import FieldKind, OnFault

# The attribute table of Akooda's document, in its order.
DOCUMENT = [
    "domain",
    "isEnabled",
    "properties.closedAt",
    "properties.modifiedAt",
    "properties.renewedAt",
    "properties.assignedAt",
    "properties.description",
    "properties.location",
    "properties.stage",
    "properties.segments",
    "properties.displayName",
    "properties.owners",
    "properties.nicknames",
    "properties.linkedinUrl",
    "properties.websiteUrl",
    "properties.twitterUrl",
    "properties.phone",
    "properties.objectId",
    "properties.objectType",
    "properties.objectSource",
    "properties.objectUrl",
    "properties.risk",
    "properties.size",
]
STAGES = (
    "SUBSCRIBER LEAD AWARE OPPORTUNITY PIPELINE CUSTOMER CLOSED_WON EVANGELIST RENEWAL "
    "CLOSED_LOST CHURN"
)


def test_the_fields_are_the_documents_attributes_in_its_order():
    assert list(FIELDS) == DOCUMENT


def test_only_the_domain_is_required():
    assert [name for name, field in FIELDS.items() if field.required] == ["domain"]


@pytest.mark.parametrize("name", ["segments", "displayName", "nicknames", "phone", "objectId"])
def test_less_than_50_characters_are_49(name):
    assert FIELDS[f"properties.{name}"].max_length == 49


@pytest.mark.parametrize("name", ["segments", "nicknames", "owners"])
def test_arrays_and_objects_hold_255(name):
    assert FIELDS[f"properties.{name}"].max_items == 255


@pytest.mark.parametrize("name", ["description", "location"])
def test_texts_hold_100_000(name):
    assert FIELDS[f"properties.{name}"].max_length == 100_000


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("stage", STAGES),
        ("objectType", "COMPANY DEAL ACCOUNT OPPORTUNITY"),
        ("objectSource", "HUBSPOT SALESFORCE PIPEDRIVE"),
        ("risk", "LOW MEDIUM HIGH"),
        ("size", "SMALL MEDIUM LARGE"),
    ],
)
def test_enums_hold_the_lists_of_the_document(name, choices):
    assert FIELDS[f"properties.{name}"].choices == tuple(choices.split())


def test_the_documents_contradicting_roles_are_aliases():
    owners = FIELDS["properties.owners"]
    assert owners.choices == ("ACCOUNT MANAGER", "CUSTOMER SUCCESS MANAGER", "PRODUCT MANAGER")
    assert owners.aliases == {
        "CSM": "CUSTOMER SUCCESS MANAGER",
        "ACCOUNT_OWNER": "ACCOUNT MANAGER",
    }


@pytest.mark.parametrize("name", ["phone", "objectId", "objectUrl", "websiteUrl", "stage"])
def test_what_would_be_wrong_when_cut_is_left_out(name):
    assert FIELDS[f"properties.{name}"].on_fault is OnFault.DROP


@pytest.mark.parametrize("name", ["displayName", "segments", "nicknames", "description"])
def test_names_and_texts_are_clipped(name):
    assert FIELDS[f"properties.{name}"].on_fault is OnFault.CLIP


def test_every_alias_leads_to_a_choice():
    for field in FIELDS.values():
        assert set((field.aliases or {}).values()) <= set(field.choices)


def test_merging_ranks_every_stage_and_role():
    assert set(MERGE.best["properties.stage"]) == set(FIELDS["properties.stage"].choices)
    roles = MERGE.precedence["properties.owners"]
    assert roles[0] == "CUSTOMER SUCCESS MANAGER"
    assert set(roles) == set(FIELDS["properties.owners"].choices)
    assert MERGE.together | MERGE.latest <= set(FIELDS)


def test_values_that_akooda_added_are_written_as_it_would():
    extra = {"properties.stage": ["On boarding", "lead"], "properties.owners": ["Sales  rep"]}
    fields = extended(FIELDS, extra)
    assert fields["properties.stage"].choices[-2:] == ("CHURN", "ON_BOARDING")
    assert fields["properties.owners"].choices[-1] == "SALES REP"
    assert fields["properties.risk"] is FIELDS["properties.risk"]


def test_kinds_are_those_of_the_document():
    kinds = {name.removeprefix("properties."): field.kind for name, field in FIELDS.items()}
    assert kinds["owners"] is FieldKind.ROLES
    assert {kinds[n] for n in ("closedAt", "modifiedAt", "renewedAt", "assignedAt")} == {
        FieldKind.TIMESTAMP
    }
    assert {kinds[n] for n in ("linkedinUrl", "websiteUrl", "twitterUrl", "objectUrl")} == {
        FieldKind.URL
    }
