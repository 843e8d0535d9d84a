"""Each other field of a HubSpot company through the shipped mapping.

The ids are those of the list of hard cases that the project keeps: S strings,
T timestamps, N numbers, P phones, U addresses, L locations.
"""

from __future__ import annotations

import pytest

from crmsync.records import Record
from tests.mapping.hubspot_companies import PRESET, company, compiled, properties, sent, warned


@pytest.mark.parametrize("name", ["   ", None, ""], ids=["S12-blank", "S13-null", "S13-empty"])
def test_a_company_without_a_name_is_called_by_its_domain(name):
    assert sent("displayName", company(name=name)) == "acme.com"


def test_s13_a_name_that_was_not_answered_is_the_domain_too():
    fields = {key: value for key, value in company().fields.items() if key != "name"}
    mapped = PRESET.map(Record(id="42", fields=fields))
    assert mapped.fields["properties.displayName"] == "acme.com"
    assert warned(mapped) == [("displayName", "NOT_ANSWERED")]


def test_nothing_that_is_empty_is_sent_as_null():
    mapped = PRESET.map(company())
    assert None not in mapped.fields.values()
    assert dict(mapped.fields) == {
        "domain": "acme.com",
        "properties.displayName": "Acme",
        "properties.websiteUrl": "https://acme.com",
        "properties.objectId": "42",
        "properties.objectType": "COMPANY",
        "properties.objectSource": "HUBSPOT",
    }
    assert mapped.problems == ()


NICKNAMES = {"properties.nicknames": {"list": ["name", "record.id"]}}


@pytest.mark.parametrize(
    ("name", "nicknames"),
    [
        pytest.param("Acme", ["42"], id="S23-the-display-name-is-no-nickname"),
        pytest.param("A" * 49, ["42"], id="S23-longest-name"),
    ],
)
def test_a_nickname_repeats_no_display_name(name, nicknames):
    assert sent("nicknames", company(name=name), NICKNAMES) == nicknames


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(4802619497, "4802619497", id="S25-int"),
        pytest.param(4802619497.0, "4802619497", id="S27-float"),
        pytest.param("x" * 60, None, id="S26-never-cut"),
    ],
)
def test_an_object_id_is_text_and_whole(value, text):
    assert sent("objectId", company(hs=value), {"properties.objectId": "hs"}) == text


def test_s26_an_object_id_that_is_left_out_leaves_the_url_and_a_warning():
    given = company(hs="x" * 60)._replace(url="https://app.hubspot.com/42")
    mapped = compiled({"properties.objectId": "hs"}).map(given)
    assert mapped.fields["properties.objectUrl"] == "https://app.hubspot.com/42"
    assert warned(mapped) == [("objectId", "DROPPED_TOO_LONG")]


def test_t15_a_close_date_of_what_is_open_is_left_out_by_a_condition():
    rule = {"properties.closedAt": {"from": "closedate", "when": "hs_is_closed"}}
    given = company(closedate="2031-01-01", hs_is_closed="false")
    assert sent("closedAt", given, rule) is None


def test_t16_a_close_date_in_the_future_is_sent_with_a_warning():
    mapped = PRESET.map(company(closedate="2031-01-01"))
    assert mapped.fields["properties.closedAt"] == "2031-01-01T00:00:00.000Z"
    assert warned(mapped) == [("closedAt", "FUTURE_CLOSED_AT")]


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        pytest.param({"city": "Cambridge", "country": "US"}, "Cambridge, United States", id="L01"),
        pytest.param({"city": "Leeds", "country": "UK"}, "Leeds, United Kingdom", id="L02-uk"),
        pytest.param({"country": "SVERIGE"}, "Sweden", id="L02-native"),
        pytest.param({"country": "Korea"}, "Korea", id="L02-ambiguous"),
        pytest.param({"country": "US"}, "United States", id="L03"),
        pytest.param({"city": "1 High St\r\nLeeds"}, "1 High St Leeds", id="L04"),
        pytest.param({"city": " ", "state": "", "country": None}, None, id="L05"),
        pytest.param({"city": "Bari", "state": "Apulia"}, "Bari, Apulia", id="city-and-state"),
    ],
)
def test_a_location_is_its_parts_with_the_country_spelled_out(fields, location):
    assert sent("location", company(**fields)) == location


@pytest.mark.parametrize(
    ("field", "fields", "value"),
    [
        pytest.param("size", {"numberofemployees": "51-200"}, "MEDIUM", id="N03"),
        pytest.param("size", {"numberofemployees": "0"}, None, id="N01"),
        pytest.param(
            "segments", {"industry": "COMPUTER_SOFTWARE"}, ["COMPUTER_SOFTWARE"], id="S21"
        ),
        pytest.param(
            "description", {"description": "<p>Hello <b>world</b></p>"}, "Hello world", id="S15"
        ),
        pytest.param("description", {"about_us": "We make"}, "We make", id="second-description"),
        pytest.param(
            "twitterUrl", {"twitterhandle": "@acme"}, "https://twitter.com/acme", id="U04"
        ),
        pytest.param(
            "linkedinUrl",
            {"linkedin_company_page": "linkedin.com/company/acme"},
            "https://linkedin.com/company/acme",
            id="U06",
        ),
        pytest.param("websiteUrl", {"website": "acme.com/x"}, "https://acme.com/x", id="U01"),
        pytest.param("websiteUrl", {"website": None}, "https://acme.com", id="no-website"),
        pytest.param("websiteUrl", {"website": "ftp://x"}, "https://acme.com", id="U02"),
        pytest.param("phone", {"phone": "n/a"}, None, id="P07"),
        pytest.param("phone", {"phone": "720-343-1234"}, "720-343-1234", id="P02"),
        pytest.param(
            "modifiedAt",
            {"hs_lastmodifieddate": "2022-05-14T02:50:03.614Z"},
            "2022-05-14T02:50:03.614Z",
            id="T01",
        ),
        pytest.param(
            "assignedAt",
            {"hubspot_owner_assigneddate": "1654692924602"},
            "2022-06-08T12:55:24.602Z",
            id="T06",
        ),
    ],
)
def test_each_line_of_the_preset_sends_what_hubspot_holds(field, fields, value):
    assert sent(field, company(**fields)) == value


def test_the_records_address_is_sent_where_it_is_known():
    given = company()._replace(url="https://app.hubspot.com/contacts/1/record/0-2/42")
    assert sent("objectUrl", given) == "https://app.hubspot.com/contacts/1/record/0-2/42"


@pytest.mark.parametrize(
    "value", [{"nested": {"x": 1}}, [["a"]], 10**400, "\ud83d", float("inf"), b"bytes"], ids=repr
)
def test_35_a_value_of_another_type_never_stops_the_record(value):
    fields = dict.fromkeys(properties(), value)
    fields["domain"] = "acme.com"
    assert PRESET.map(Record(id="42", fields=fields)).key == "acme.com"


def test_36_a_field_that_the_crm_no_longer_has_is_named():
    fields = {key: value for key, value in company().fields.items() if key != "phone"}
    assert warned(PRESET.map(Record(id="42", fields=fields))) == [("phone", "NOT_ANSWERED")]


def test_37_a_field_that_nobody_maps_is_ignored():
    assert PRESET.map(company(brand_new="x")) == PRESET.map(company())
