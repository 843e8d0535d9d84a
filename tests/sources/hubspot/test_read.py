from __future__ import annotations

import pytest

from crmsync.errors import ConfigError
from crmsync.records import Query
from crmsync.sources.hubspot.objects import DEALS, OBJECTS, STAGE_CHANGES
from crmsync.sources.hubspot.read import (
    batches,
    normalised,
    own_filter,
    wanted_filters,
)
from tests.sources.hubspot.portal import open_source


def test_one_wanted_value_is_an_equal_and_several_are_a_choice():
    assert wanted_filters({"b": ("x",), "a": ("y", "z")}) == [
        {"propertyName": "a", "operator": "IN", "values": ["y", "z"]},
        {"propertyName": "b", "operator": "EQ", "value": "x"},
    ]


def test_more_filters_than_search_takes_are_a_fault_of_the_configuration():
    with pytest.raises(ConfigError, match="names 4 fields; HubSpot takes 3"):
        wanted_filters(dict.fromkeys("abcd", ("x",)))


def test_choices_of_text_are_compared_in_lower_case_and_those_of_enumerations_are_not(
    portal, clock
):
    query = Query(
        object="companies", filter={"city": ("Lund", "Oslo"), "industry": ("COMPUTER", "BANKING")}
    )
    with_types = normalised(open_source(portal, clock)._api, OBJECTS["companies"], query)

    assert with_types.filter == {"city": ("lund", "oslo"), "industry": ("COMPUTER", "BANKING")}


def test_one_wanted_value_needs_no_look_at_the_types(portal, clock):
    query = Query(object="companies", filter={"city": ("Lund",)})

    assert normalised(open_source(portal, clock)._api, OBJECTS["companies"], query) is query
    assert portal.requests == []


def test_what_only_joins_can_tell_is_left_to_the_mapping(portal, clock):
    wanted = {"pipeline": ("default",), "company.industry": ("BANKING",), "stage.is_won": ("true",)}
    query = Query(object="deals", filter=wanted)

    assert normalised(open_source(portal, clock)._api, DEALS, query).filter == {
        "pipeline": ("default",)
    }
    assert portal.requests == []


def test_a_reference_is_filtered_by_the_property_that_holds_it():
    assert own_filter(
        DEALS, {"owner": ("41",), "stage.id": ("demo",), "owner.email": ("a@b.c",)}
    ) == {
        "hubspot_owner_id": ("41",),
        "dealstage": ("demo",),
    }


@pytest.mark.parametrize(
    ("kind", "sizes"), [(DEALS, [100, 20]), (STAGE_CHANGES, [50, 50, 20])], ids=["plain", "history"]
)
def test_ids_are_read_in_batches_as_large_as_they_may_be(kind, sizes):
    ids = [str(number) for number in range(120)]

    assert [len(part) for part in batches(kind, ids)] == sizes
