from __future__ import annotations

from crmsync.sources.pipedrive.fields import source_fields
from crmsync.sources.pipedrive.objects import OBJECTS
from tests.sources.pipedrive.company import open_source

DEALS = OBJECTS["deals"]


def described(company, clock, name="deals"):
    return {field.name: field for field in open_source(company, clock).describe(name)}


def test_a_custom_field_is_named_by_its_key_and_labelled_by_its_name(company, clock):
    field = described(company, clock)[company.key("deals", "Tier")]

    assert (field.label, field.type, field.custom) == ("Tier", "enum", True)
    assert field.options == (("Gold", "Gold"), ("Silver", "Silver"), ("Bronze", "Bronze"))


def test_choices_are_what_records_hold(company, clock):
    found = described(company, clock)

    assert ("won", "Won") in found["status"].options
    assert ("Hot", "Hot") in found["label_ids"].options


def test_what_can_be_reached_through_a_field_is_told(company, clock):
    found = {field.label: field for field in described(company, clock).values()}

    assert found["Account manager"].reference == "user"
    assert found["Reseller"].reference == "organization"
    assert found["Champion"].reference == "person"
    assert ".currency" in found["Setup fee"].description


def test_standard_fields_that_are_not_described_are_listed_too():
    names = [field.name for field in source_fields(DEALS, [])]

    assert set(names) == DEALS.standard
    assert names == sorted(names)


def test_a_row_without_a_code_is_passed_over():
    assert len(source_fields(DEALS, [{"field_name": "?"}])) == len(DEALS.standard)
