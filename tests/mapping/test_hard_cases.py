"""Hard inputs through the shipped HubSpot mapping and Akooda's real field table.

The ids are those of the list of hard cases that the project keeps: D domains, S strings,
E enums, T timestamps, O owners, N numbers, P phones, U addresses, L locations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from crmsync.destinations.akooda import PLUGIN
from crmsync.mapper import Mapped
from crmsync.mapping.compiled import CompiledMapping
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import effective, load_preset
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Contribution
from crmsync.receipts import Outcome, Severity
from crmsync.records import Record

CHANGED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JO = {"id": "9", "email": "jo@acme.com", "active": True}


def compiled(
    overrides: Mapping[str, object] | None = None, missing_key: str = "skip"
) -> CompiledMapping:
    raw = effective(load_preset("hubspot", "companies", "akooda"), overrides or {})
    rules, problems = parse_rules(raw, path="syncs.s.fields")
    assert problems == []
    return compile_mapping(
        rules,
        plugin=PLUGIN,
        path="syncs.s.fields",
        filter={},
        object_name="companies",
        missing_key=missing_key,
    )


PRESET = compiled()


@cache
def properties() -> tuple[str, ...]:
    return tuple(path for path in sorted(PRESET.paths) if "." not in path)


def company(
    joins: Mapping[str, Mapping[str, object]] | None = None, record_id: str = "42", **fields: object
) -> Record:
    """A company of which HubSpot answered every property, most of them null."""
    known: dict[str, object] = dict.fromkeys(properties())
    known.update({"domain": "acme.com", "name": "Acme", **fields})
    return Record(id=record_id, fields=known, joins=joins or {}, modified_at=CHANGED)


def sent(field: str, given: Record, overrides: Mapping[str, object] | None = None) -> object:
    mapper = compiled(overrides) if overrides else PRESET
    return mapper.map(given).fields.get(field if field == "domain" else f"properties.{field}")


def warned(mapped: Mapped) -> list[tuple[str, str]]:
    assert all(problem.severity is Severity.WARNING for problem in mapped.problems)
    return [(p.field.removeprefix("properties."), p.code) for p in mapped.problems]


@pytest.mark.parametrize(
    ("fields", "key", "problems"),
    [
        pytest.param(
            {"domain": "gmail.com", "website": "http://www.acme.it/"},
            "acme.it",
            [("domain", "FREEMAIL")],
            id="D08-free-mail-falls-through-to-the-website",
        ),
        pytest.param(
            {"domain": None, "hs_additional_domains": "gmail.com;acme.se"},
            "acme.se",
            [],
            id="D09-free-mail-first-of-several",
        ),
        pytest.param(
            {"domain": "192.168.0.1", "website": "http://acme.it"},
            "acme.it",
            [("domain", "IP")],
            id="D10-ip-falls-through",
        ),
        pytest.param(
            {"domain": "acme.com", "website": "https://linkedin.com/company/acme"},
            "acme.com",
            [],
            id="D21-the-second-path-is-not-looked-at",
        ),
        *(
            pytest.param({"domain": word, "website": "acme.it"}, "acme.it", [], id=f"D25-{word}")
            for word in ("n/a", "none", "-", "TBD", "unknown", "xxx")
        ),
        pytest.param(
            {"domain": None, "website": "http://www.acme.it/"}, "acme.it", [], id="D32-website"
        ),
        pytest.param(
            {"domain": "gmail.com", "hs_additional_domains": "acme.io;acme.dev"},
            "acme.io",
            [("domain", "FREEMAIL"), ("domain", "FIRST_OF_SEVERAL")],
            id="D33-additional-domains",
        ),
    ],
)
def test_the_domain_comes_from_the_first_path_that_has_one(fields, key, problems):
    mapped = PRESET.map(company(**fields))
    assert (mapped.key, mapped.fields["domain"], mapped.outcome) == (key, key, None)
    assert [one for one in warned(mapped) if one[0] == "domain"] == problems


def test_d09_of_a_persons_addresses_the_first_that_is_no_free_mail_counts():
    emails = [{"value": "a@gmail.com", "primary": True}, {"value": "a@acme.se"}]
    given = Record(id="1", joins={"person": {"emails": emails}}, fields=company().fields)
    rule = {"domain": {"from": "person.emails", "transforms": "domain"}}
    assert sent("domain", given, rule) == "acme.se"


def test_d13_two_spellings_of_one_domain_are_one_key():
    keys = {PRESET.map(company(domain=name)).key for name in ("münchen.de", "xn--mnchen-3ya.de")}
    assert keys == {"xn--mnchen-3ya.de"}


@pytest.mark.parametrize(
    ("missing_key", "outcome"),
    [("skip", Outcome.SKIPPED), ("quarantine", Outcome.INVALID)],
    ids=["D36-skipped", "D36-quarantined"],
)
def test_a_company_without_a_domain_ends_with_every_reason(missing_key, outcome):
    given = company(domain="gmail.com", website="http://10.0.0.5:3000")
    mapped = compiled(missing_key=missing_key).map(given)
    (problem,) = mapped.problems
    assert (mapped.outcome, problem.code) == (outcome, "MISSING_DOMAIN")
    assert problem.message == (
        "no domain: domain: gmail.com is free mail and says nothing about a company; "
        'website: "10.0.0.5" is an IP address and no domain; hs_additional_domains is empty'
    )


def contributed(
    record_id: str, sync: str = "h", rank: tuple[int, int] = (0, 0), **fields: object
) -> Contribution:
    mapped = PRESET.map(company(None, record_id, **fields))
    return Contribution(sync, record_id, rank, 0, mapped.fields)


def test_d34_three_companies_with_one_domain_become_one_payload():
    three = [
        contributed("10", name=None, phone="+39 06 1234 5678", industry="BANKING"),
        contributed("9", name=None, industry="RETAIL", lifecyclestage="lead"),
        contributed("11", name="Acme", lifecyclestage="customer"),
    ]
    fields, winner = PRESET.merge(three)
    assert winner.record_id == fields["properties.objectId"] == "9"
    assert fields["properties.segments"] == ["RETAIL", "BANKING"]
    assert fields["properties.stage"] == "LEAD"
    assert fields["properties.displayName"] == "Acme"
    assert "properties.phone" in fields


def test_d35_a_domain_in_two_crms_keeps_the_first_sources_object():
    mine = contributed("10", "hubspot")
    other = contributed("2", "salesforce", (0, 1), industry="BANKING")
    salesforce = {
        "properties.objectSource": "SALESFORCE",
        "properties.objectUrl": "https://sf.test/2",
    }
    other = other._replace(fields={**other.fields, **salesforce})
    fields, _ = PRESET.merge([other, mine])
    assert fields["properties.objectSource"] == "HUBSPOT"
    assert fields["properties.objectId"] == "10"
    assert "properties.objectUrl" not in fields
    assert fields["properties.segments"] == ["BANKING"]


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


def owners(*emails: str) -> dict[str, object]:
    pairs = [{"key": f"o{i}.email", "value": {"const": "CSM"}} for i, _ in enumerate(emails)]
    return {"properties.owners": {"pairs": pairs}}


def test_s24_of_256_owners_255_are_kept_with_a_warning():
    emails = [f"jo{i}@acme.com" for i in range(256)]
    given = company(joins={f"o{i}": {"email": email} for i, email in enumerate(emails)})
    mapped = compiled(owners(*emails)).map(given)
    kept = mapped.fields["properties.owners"]
    assert kept == dict.fromkeys(emails[:255], "CUSTOMER SUCCESS MANAGER")
    assert warned(mapped) == [("owners", "TOO_MANY")]


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


def test_s29_an_object_of_256_keys_is_cut_with_a_warning():
    given = company(roles={f"jo{i}@acme.com": "CSM" for i in range(256)})
    mapped = compiled({"properties.owners": "roles"}).map(given)
    kept = mapped.fields["properties.owners"]
    assert isinstance(kept, dict)
    assert len(kept) == 255
    assert warned(mapped) == [("owners", "TOO_MANY")]


CLOSED = {
    "properties.stage": {
        "from": "probability",
        "values": {"1.0": "CLOSED_WON", "0.0": "CLOSED_LOST"},
        "otherwise": "PIPELINE",
    }
}


@pytest.mark.parametrize(
    ("probability", "stage"), [("0.0", "CLOSED_LOST"), ("1.0", "CLOSED_WON"), ("0.4", "PIPELINE")]
)
def test_e03_a_stage_is_told_by_its_probability_and_not_by_its_id(probability, stage):
    given = company(dealstage="closedwon", probability=probability)
    assert sent("stage", given, CLOSED) == stage


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("Prospect", id="E04-prospect"),
        pytest.param("Partner", id="E04-partner"),
        pytest.param("1234567", id="E05-custom-stage"),
    ],
)
def test_a_stage_that_nobody_mapped_is_left_out_and_named(value):
    mapped = PRESET.map(company(lifecyclestage=value))
    assert "properties.stage" not in mapped.fields
    assert warned(mapped) == [("stage", "UNMAPPED_VALUE")]
    assert value in mapped.problems[0].message


def test_e04_a_stage_outside_the_list_goes_where_a_person_maps_it():
    rule = {"from": "lifecyclestage", "values": {"prospect": "LEAD"}}
    given = company(lifecyclestage="Prospect")
    assert sent("stage", given, {"properties.stage": rule}) == "LEAD"


@pytest.mark.parametrize(
    ("lifecycle", "stage"),
    [
        ("subscriber", "SUBSCRIBER"),
        ("lead", "LEAD"),
        ("marketingqualifiedlead", "AWARE"),
        ("salesqualifiedlead", "OPPORTUNITY"),
        ("opportunity", "OPPORTUNITY"),
        ("customer", "CUSTOMER"),
        ("evangelist", "EVANGELIST"),
        ("Customer", "CUSTOMER"),
        ("other", None),
    ],
)
def test_each_of_hubspots_lifecycle_stages_has_its_place(lifecycle, stage):
    assert sent("stage", company(lifecyclestage=lifecycle)) == stage


def role(value: object) -> dict[str, object]:
    pair = {"key": "owner.email", "value": value, "when": "owner.active"}
    return {"properties.owners": {"pairs": [pair]}}


@pytest.mark.parametrize(
    ("written", "sent_role"),
    [
        pytest.param("CSM", "CUSTOMER SUCCESS MANAGER", id="E06-short"),
        pytest.param("Customer Success Manager", "CUSTOMER SUCCESS MANAGER", id="E06-words"),
        pytest.param("customer_success_manager", "CUSTOMER SUCCESS MANAGER", id="E06-underscores"),
        pytest.param("Account Owner", "ACCOUNT MANAGER", id="E07-alias"),
        pytest.param("Sales Rep", None, id="E08-unknown"),
    ],
)
def test_a_role_is_sent_in_akoodas_spelling(written, sent_role):
    given = company(joins={"owner": JO}, job=written)
    expected = {"jo@acme.com": sent_role} if sent_role else None
    assert sent("owners", given, role("job")) == expected


def test_e08_an_unknown_role_becomes_the_one_a_person_set():
    rule = {"from": "job", "values": {"csm": "CSM"}, "otherwise": "ACCOUNT MANAGER"}
    given = company(joins={"owner": JO}, job="Sales Rep")
    assert sent("owners", given, role(rule)) == {"jo@acme.com": "ACCOUNT MANAGER"}


@pytest.mark.parametrize(
    ("source", "value", "problems"),
    [
        pytest.param("hubspot", "HUBSPOT", [], id="E09"),
        pytest.param("zoho", None, [("objectSource", "NOT_IN_ENUM")], id="E10"),
    ],
)
def test_a_source_outside_the_list_costs_its_field_and_not_the_record(source, value, problems):
    mapped = compiled({"properties.objectSource": "crm"}).map(company(crm=source))
    assert (mapped.outcome, mapped.fields.get("properties.objectSource")) == (None, value)
    assert warned(mapped) == problems


def test_e12_a_risk_is_never_guessed():
    mapped = compiled({"properties.risk": "risk"}).map(company(risk="med"))
    assert "properties.risk" not in mapped.fields
    assert warned(mapped) == [("risk", "NOT_IN_ENUM")]


def test_e13_a_type_of_several_words_is_mapped():
    rule = {"from": "Type", "values": {"Customer - Direct": "CUSTOMER"}}
    given = company(Type="customer - direct ")
    assert sent("stage", given, {"properties.stage": rule}) == "CUSTOMER"


def test_t15_a_close_date_of_what_is_open_is_left_out_by_a_condition():
    rule = {"properties.closedAt": {"from": "closedate", "when": "hs_is_closed"}}
    given = company(closedate="2031-01-01", hs_is_closed="false")
    assert sent("closedAt", given, rule) is None


def test_t16_a_close_date_in_the_future_is_sent_with_a_warning():
    mapped = PRESET.map(company(closedate="2031-01-01"))
    assert mapped.fields["properties.closedAt"] == "2031-01-01T00:00:00.000Z"
    assert warned(mapped) == [("closedAt", "FUTURE_CLOSED_AT")]


def test_o01_an_owner_is_known_by_the_address_in_lower_case():
    owner = {**JO, "email": "John.Doe@Example.COM "}
    given = company(joins={"owner": owner})
    assert sent("owners", given) == {"john.doe@example.com": "ACCOUNT MANAGER"}


def test_o02_of_two_roles_the_customer_success_manager_stays():
    pairs = [
        {"key": "owner.email", "value": {"const": "ACCOUNT MANAGER"}},
        {"key": "csm_owner.email", "value": {"const": "CSM"}},
    ]
    mapper = compiled({"properties.owners": {"pairs": pairs}})
    mapped = mapper.map(company(joins={"owner": JO, "csm_owner": JO}))
    assert mapped.fields["properties.owners"] == {"jo@acme.com": "CUSTOMER SUCCESS MANAGER"}
    assert ("owners", "DUPLICATE") in warned(mapped)


@pytest.mark.parametrize(
    ("owner", "problems"),
    [
        pytest.param({**JO, "email": None}, [], id="O03-no-email"),
        pytest.param({**JO, "active": False}, [], id="O04-archived"),
        pytest.param({"id": "9"}, [("owners", "UNKNOWN_OWNER")], id="O05-not-in-the-list"),
        *(
            pytest.param({**JO, "email": email}, [("owners", "BAD_EMAIL")], id=f"O06-{email}")
            for email in ("a@localhost", "a@b", "not an email")
        ),
    ],
)
def test_an_owner_who_cannot_be_sent_is_left_out_and_owners_with_them(owner, problems):
    mapped = PRESET.map(company(joins={"owner": owner}))
    assert (mapped.outcome, "properties.owners" in mapped.fields) == (None, False)
    assert warned(mapped) == problems


def test_o07_an_owners_address_is_ascii():
    given = company(joins={"owner": {**JO, "email": "jo@münchen.de"}})
    assert sent("owners", given) == {"jo@xn--mnchen-3ya.de": "ACCOUNT MANAGER"}


def test_o08_without_an_owner_there_is_no_object_of_owners():
    assert "properties.owners" not in PRESET.map(company()).fields


def test_o09_an_owner_may_use_free_mail():
    given = company(joins={"owner": {**JO, "email": "me@gmail.com"}})
    assert sent("owners", given) == {"me@gmail.com": "ACCOUNT MANAGER"}


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


def test_an_account_may_take_more_stages_than_the_document():
    stage = PLUGIN.fields["properties.stage"]
    wider = replace(stage, choices=(*stage.choices, "PARTNER"))
    plugin = replace(PLUGIN, fields={**PLUGIN.fields, stage.name: wider})
    rules, _ = parse_rules({"domain": "domain", stage.name: "kind"}, path="x")
    mapper = compile_mapping(rules, plugin=plugin, path="x", filter={})
    assert mapper.map(company(kind="partner")).fields[stage.name] == "PARTNER"
