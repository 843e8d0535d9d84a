from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.errors import ConfigError
from crmsync.records import Query
from crmsync.sources.hubspot.objects import DEALS, OBJECTS, STAGE_CHANGES
from crmsync.sources.hubspot.read import (
    Completion,
    Stretch,
    batches,
    builder,
    normalised,
    own_filter,
    parse_moment,
    wanted_filters,
)
from crmsync.sources.incremental import Mode, Position
from tests.sources.hubspot.portal import open_source

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
NOWHERE = Position(Mode.SINCE)


def built(row, *, deleted=False, prefix=""):
    build = builder(OBJECTS["companies"], lambda _: {}, prefix)
    (record,) = build(Stretch([row], NOWHERE, deleted=deleted))
    return record


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-02T03:04:05.678Z", NOW),
        ("2026-01-02T03:04:05Z", NOW.replace(microsecond=0)),
        ("1767323045678", NOW),
        ("1.767323045678e12", NOW),
        ("2026-01-02T03:04:05.678", NOW),
        ("2026-01-02T04:04:05.678+01:00", NOW),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("1e999", None),
        ("nan", None),
        ("9" * 30, None),
        (["2026"], None),
    ],
)
def test_a_moment_is_read_in_each_form_that_occurs(value, expected):
    assert parse_moment(value) == expected


def test_missing_null_and_empty_stay_three_things():
    record = built({"id": "1", "properties": {"name": None, "domain": ""}})

    assert record.fields == {"name": None, "domain": ""}


@pytest.mark.parametrize("properties", [None, [], "x"])
def test_a_record_without_properties_still_comes(properties):
    assert built({"id": "1", "properties": properties}) == built({"id": "1"})


def test_merged_ids_are_split():
    row = {"id": "1", "properties": {"hs_merged_object_ids": "7;8;"}}

    assert built(row).merged_ids == ("7", "8")


def test_a_record_says_when_it_was_changed():
    assert (
        built({"id": "1", "properties": {"hs_lastmodifieddate": "1767323045678"}}).modified_at
        == NOW
    )
    assert built({"id": "1", "updatedAt": "2026-01-02T03:04:05.678Z"}).modified_at == NOW


def test_a_record_has_an_address_where_the_account_is_known():
    assert built({"id": "1"}, prefix="https://app/record/").url == "https://app/record/1"
    assert built({"id": "1"}).url == ""


@pytest.mark.parametrize(
    ("row", "deleted", "expected"),
    [({}, False, False), ({"archived": True}, False, True), ({}, True, True)],
)
def test_a_record_that_is_archived_says_so(row, deleted, expected):
    assert built({"id": "1", **row}, deleted=deleted).deleted is expected


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


def test_property_without_a_value_is_told_from_one_that_does_not_exist():
    asked_for = []

    def describe():
        asked_for.append(1)
        return [{"name": "name"}, {"name": "phone"}]

    complete = Completion(("name", "phone", "renamed"), describe)

    assert complete({"name": "A"}) == {"name": "A", "phone": None}
    assert complete({"name": None, "phone": "1"}) == {"name": None, "phone": "1"}
    assert len(asked_for) == 1


def test_a_property_that_is_left_out_after_a_whole_record_is_missed_all_the_same():
    complete = Completion(("name", "phone"), lambda: [{"name": "name"}, {"name": "phone"}])

    for _ in range(2):
        assert complete({"name": "A", "phone": "1"}) == {"name": "A", "phone": "1"}
        assert complete({"phone": "1"}) == {"name": None, "phone": "1"}


def test_complete_rows_ask_for_no_description():
    complete = Completion(("name",), lambda: pytest.fail("asked without need"))

    assert complete({"name": None, "createdate": "x"}) == {"name": None, "createdate": "x"}


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


def test_a_record_has_its_company_beside_what_else_is_joined():
    build = builder(DEALS, lambda _: {"owner": {"id": "9"}}, "")
    companies = {"1": {"id": "7"}}
    one, two = build(Stretch([{"id": "1"}, {"id": "2"}], NOWHERE, companies=companies))

    assert one.joins == {"owner": {"id": "9"}, "company": {"id": "7"}}
    assert two.joins == {"owner": {"id": "9"}}
