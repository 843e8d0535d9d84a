from __future__ import annotations

import pytest

from crmsync.sources.salesforce.objects import described, long_id

ROW: dict[str, object] = {
    "name": "Account",
    "fields": [
        {"name": "Id", "type": "id"},
        {"name": "OwnerId", "type": "reference", "referenceTo": ["User"],
         "relationshipName": "Owner"},
        {"name": "LastModifiedDate", "type": "datetime"},
        {"name": "CreatedDate", "type": "datetime"},
        {"name": "BillingAddress", "type": "address"},
        {"name": "BillingCity", "type": "string", "compoundFieldName": "BillingAddress"},
        {"name": "Home__c", "type": "location"},
        {"name": "Home__Latitude__s", "type": "double", "compoundFieldName": "Home__c"},
        {"name": "Type", "type": "picklist", "picklistValues": [
            {"value": "A", "label": "a", "active": True},
            {"value": "B", "label": "b", "active": False}]},
        "nonsense",
    ],
}  # fmt: skip


def test_a_record_is_dated_by_the_best_stamp_that_is_described():
    kind = described(ROW)

    assert kind.stamp == "LastModifiedDate"
    assert kind.always == ("Id", "LastModifiedDate")
    assert described({"name": "X", "fields": []}).stamp == ""


def test_a_reference_has_two_names():
    kind = described(ROW)

    assert kind.relation("Owner") is kind.relation("OwnerId") is kind.fields["OwnerId"]
    assert kind.relation("Type") is None


def test_parts_of_compound_fields_are_named_as_rest_names_them():
    kind = described(ROW)

    assert {name: one.name for name, one in kind.parts("BillingAddress").items()} == {
        "city": "BillingCity"
    }
    assert list(kind.parts("Home__c")) == ["latitude"]


def test_only_active_choices_are_told():
    assert described(ROW).fields["Type"].options == (("A", "a"),)


@pytest.mark.parametrize("row", [{}, {"fields": None}, {"fields": "x"}])
def test_an_odd_description_has_no_fields(row):
    assert described(row).fields == {}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("001Qy00000003X4", "001Qy00000003X4IAI"),
        ("001Qy00000003X4IAI", "001Qy00000003X4IAI"),
        ("001Qy00000003X4iai", "001Qy00000003X4IAI"),
        ("999999999999", ""),
        ("001Qy0000000'X4", ""),
        ("001Qy0000000éX4", ""),
    ],
)
def test_an_id_has_eighteen_characters_or_is_none(text, whole):
    assert long_id(text) == whole
