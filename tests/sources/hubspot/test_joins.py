from __future__ import annotations

import pytest

from crmsync.reports import JSONObject
from crmsync.sources.hubspot.joins import joiner, owner_references, owners_by_id, together

ADA: JSONObject = {
    "id": "41",
    "email": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "type": "PERSON",
    "userId": 9,
}
GONE: JSONObject = {
    "id": "42",
    "email": "gone@example.com",
    "firstName": "",
    "lastName": None,
    "type": "PERSON",
    "userId": None,
}
OWNERS = owners_by_id([ADA], [GONE])


def test_an_owner_has_what_paths_reach_for():
    assert OWNERS["41"] == {
        "id": "41",
        "active": True,
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "type": "PERSON",
    }


def test_an_owner_without_a_name_has_none():
    assert OWNERS["42"]["name"] is None


def test_an_owner_who_left_is_there_and_not_active():
    assert OWNERS["42"]["active"] is False


def test_an_owner_in_both_lists_is_active():
    assert owners_by_id([ADA], [ADA])["41"]["active"] is True


@pytest.mark.parametrize(
    ("held", "joins"),
    [
        ("41", {"owner": OWNERS["41"]}),
        ("99", {"owner": {"id": "99"}}),  # an id that no owner has stays, alone
        ("", {}),
        (None, {}),
        (41, {"owner": OWNERS["41"]}),
    ],
)
def test_a_reference_is_joined(held, joins):
    assert joiner({"owner": "hubspot_owner_id"}, OWNERS)({"hubspot_owner_id": held}) == joins


def test_a_missing_reference_joins_nothing():
    assert joiner({"owner": "hubspot_owner_id"}, OWNERS)({}) == {}


def test_several_references_are_joined_each_under_its_name():
    join = joiner({"owner": "hubspot_owner_id", "csm_owner": "csm_owner"}, OWNERS)

    assert join({"hubspot_owner_id": "41", "csm_owner": "42"}) == {
        "owner": OWNERS["41"],
        "csm_owner": OWNERS["42"],
    }
    assert join({"hubspot_owner_id": None, "csm_owner": "42"}) == {"csm_owner": OWNERS["42"]}


@pytest.mark.parametrize("references", [{"owner": "a"}, {"owner": "a", "csm": "b"}])
def test_equal_references_share_one_mapping(references):
    join = joiner(references, OWNERS)

    assert join({"a": "41", "b": "42"}) is join({"a": "41", "b": "42"})


@pytest.mark.parametrize("held", [["41"], {"id": "41"}])
def test_a_reference_of_a_shape_that_cannot_be_is_kept_as_text(held):
    join = joiner({"owner": "a", "csm": "b"}, OWNERS)

    assert join({"a": held, "b": "41"}) == {"owner": {"id": str(held)}, "csm": OWNERS["41"]}


def test_a_property_that_refers_to_owners_is_found_by_its_description():
    properties: list[JSONObject] = [
        {"name": "csm_owner", "referencedObjectType": "OWNER"},
        {"name": "address", "referencedObjectType": None},
        {"name": "other_owner", "referencedObjectType": "OWNER"},
    ]

    assert owner_references(properties, ["csm_owner", "address", "typo"]) == {
        "csm_owner": "csm_owner"
    }


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [({"a": {}}, {"b": {}}, {"a": {}, "b": {}}), ({"a": {}}, {}, {"a": {}}), ({}, {}, {})],
)
def test_what_two_join_is_joined_together(one, other, both):
    assert together(lambda _: one, lambda _: other)({}) == both


def test_what_one_of_two_joins_costs_no_copy():
    shared = {"owner": OWNERS["41"]}

    assert together(lambda _: shared, lambda _: {})({}) is shared
