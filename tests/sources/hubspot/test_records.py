from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.records import Alike
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.objects import DEALS, OBJECTS
from crmsync.sources.hubspot.read import Stretch
from crmsync.sources.hubspot.records import Completion, builder, parse_moment
from crmsync.sources.incremental import Mode, Position

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


def test_property_without_a_value_is_told_from_one_that_does_not_exist():
    asked_for = []

    def describe():
        asked_for.append(1)
        return [{"name": "name"}, {"name": "phone"}]

    complete = Completion(("name", "phone", "renamed"), describe)

    assert [*complete([{"name": "A"}])] == [{"name": "A", "phone": None}]
    assert [*complete([{"name": None, "phone": "1"}])] == [{"name": None, "phone": "1"}]
    assert len(asked_for) == 1


def test_a_property_that_is_left_out_after_a_whole_record_is_missed_all_the_same():
    complete = Completion(("name", "phone"), lambda: [{"name": "name"}, {"name": "phone"}])

    for _ in range(2):
        assert [*complete([{"name": "A", "phone": "1"}])] == [{"name": "A", "phone": "1"}]
        assert [*complete([{"phone": "1"}])] == [{"name": None, "phone": "1"}]


def test_a_record_among_whole_ones_is_missed_something_all_the_same():
    complete = Completion(("name", "phone"), lambda: [{"name": "name"}, {"name": "phone"}])
    whole: JSONObject = {"name": "A", "phone": "1"}

    for _ in range(2):
        assert [*complete([whole, {"name": "B"}, whole])] == [
            whole,
            {"name": "B", "phone": None},
            whole,
        ]


def test_complete_rows_ask_for_no_description():
    complete = Completion(("name",), lambda: pytest.fail("asked without need"))

    assert [*complete([{"name": None, "createdate": "x"}])] == [{"name": None, "createdate": "x"}]


@pytest.mark.parametrize(
    ("fields", "alike"),
    [
        pytest.param([{"name": "A", "phone": "1"}] * 2, True, id="the-same-names"),
        pytest.param([{"name": "A", "phone": "1"}, {"name": "B"}], False, id="one-left-out"),
        pytest.param([{"phone": "1", "name": "A"}], False, id="another-order"),
        pytest.param([{"name": "A", "phone": "1", "x": "1"}], False, id="one-more"),
    ],
)
def test_records_are_told_to_be_alike_where_they_have_a_whole_ones_names(fields, alike):
    complete = Completion(("name", "phone"), lambda: [{"name": "name"}, {"name": "phone"}])
    build = builder(OBJECTS["companies"], lambda _: {}, "", complete)
    _, records = [
        build(Stretch([{"id": "1", "properties": one} for one in page], NOWHERE))
        for page in ([{"name": None, "phone": None}], fields)
    ]

    assert isinstance(records, Alike) is alike
    assert [one.fields.keys() for one in records] == [{"name", "phone", *one} for one in fields]


def test_a_record_has_its_company_beside_what_else_is_joined():
    build = builder(DEALS, lambda _: {"owner": {"id": "9"}}, "")
    companies = {"1": {"id": "7"}}
    one, two = build(Stretch([{"id": "1"}, {"id": "2"}], NOWHERE, companies=companies))

    assert one.joins == {"owner": {"id": "9"}, "company": {"id": "7"}}
    assert two.joins == {"owner": {"id": "9"}}


def test_records_that_are_unlike_are_read_as_if_each_were_alone():
    rows: list[JSONObject] = [
        {"id": "1", "properties": {"hs_lastmodifieddate": "2026-01-02T03:04:05.678Z"}},
        {"id": 2, "properties": {"hs_lastmodifieddate": "1767323045678"}, "archived": True},
        {"id": "3", "properties": {"hs_lastmodifieddate": "2026-01-02T03:04:05.678"}},
        {"id": "4", "properties": {"hs_merged_object_ids": "7;8"}, "updatedAt": "1767323045678"},
        {"id": "5", "properties": None},
    ]
    build = builder(OBJECTS["companies"], lambda _: {}, "")

    assert build(Stretch(rows, NOWHERE)) == tuple(map(built, rows))


def test_moments_without_a_zone_are_utc_on_a_page_of_them_alone():
    row: JSONObject = {"id": "1", "properties": {"hs_lastmodifieddate": "2026-01-02T03:04:05.678"}}

    assert built(row).modified_at == NOW
