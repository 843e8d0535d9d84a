from __future__ import annotations

from crmsync.reports import JSONObject
from crmsync.sources.hubspot.fields import source_fields

STAGE: JSONObject = {
    "name": "lifecyclestage",
    "label": "Lifecycle stage",
    "type": "enumeration",
    "description": "How far it came",
    "hubspotDefined": True,
    "options": [{"value": "lead", "label": "Lead"}, {"value": "1234", "label": "A; b"}],
}


def test_a_field_has_what_a_person_needs():
    (field,) = source_fields([STAGE])

    assert (field.name, field.label, field.type) == (
        "lifecyclestage", "Lifecycle stage", "enumeration",
    )  # fmt: skip
    assert field.options == (("lead", "Lead"), ("1234", "A; b"))
    assert field.description == "How far it came"
    assert not field.custom


def test_fields_are_sorted_and_archived_ones_left_out():
    rows: list[JSONObject] = [
        {"name": "b"},
        {"name": "a"},
        {"name": "c", "archived": True},
        {"label": "no name"},
    ]

    assert [field.name for field in source_fields(rows)] == ["a", "b"]


def test_a_field_that_refers_to_owners_says_so():
    (field,) = source_fields([{"name": "csm_owner", "referencedObjectType": "OWNER"}])

    assert field.reference == "owner"
    assert field.custom


def test_a_type_that_is_not_known_keeps_hubspots_word():
    assert source_fields([{"name": "a", "type": "object_coordinates"}])[0].type == (
        "object_coordinates"
    )
