from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime

import orjson
import pytest

from crmsync.destinations.datatalks import PLUGIN
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import Preset, effective, load_preset, preset_text, presets
from crmsync.mapping.spec import parse_rules
from crmsync.records import Record
from tests.destinations.datatalks.account import settings

PRESETS = [preset for preset in presets() if preset.destination == "datatalks"]
COMPANIES = Preset("hubspot", "companies", "datatalks")
DEALS = Preset("hubspot", "deals", "datatalks")
OWNER = {"id": "1", "email": "jo@acme.com", "active": True}
CHANGED = datetime(2026, 11, 21, 12, tzinfo=UTC)


def mapper(preset: Preset, overrides: dict[str, object]):
    written = effective(load_preset(*preset), overrides)
    rules, faults = parse_rules(written, path="fields")
    assert faults == []
    plugin = PLUGIN.tailor(PLUGIN, settings()).knowing(written)
    return compile_mapping(
        rules, plugin=plugin, path="fields", filter={}, object_name=preset.object
    )


def sent(preset: Preset, record: Record, overrides: dict[str, object]):
    result = mapper(preset, overrides).map(record)
    assert {problem.code for problem in result.problems} <= {"NOT_ANSWERED"}
    return orjson.loads(PLUGIN.encode(result.fields))


def suggestions(preset: Preset) -> dict[str, object]:
    """The rules that stand in the preset's comments."""
    lines = re.findall(r"^# ([a-z_]+ = .+)$", preset_text(preset), re.MULTILINE)
    return tomllib.loads("\n".join(line for line in lines if "…" not in line))


def test_each_crm_has_its_presets():
    assert [(preset.source, preset.object) for preset in PRESETS] == [
        ("hubspot", "companies"),
        ("hubspot", "deals"),
        ("pipedrive", "deals"),
        ("pipedrive", "organizations"),
        ("salesforce", "Account"),
        ("salesforce", "Opportunity"),
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=".".join)
def test_what_a_comment_suggests_is_a_rule_that_fits(preset):
    suggested = suggestions(preset)
    assert len(suggested) >= 4
    assert mapper(preset, suggested).paths >= {"owner.email"}


def test_records_of_different_crms_and_objects_never_share_an_id():
    ids = [mapper(preset, {}).map(Record("7")).key for preset in PRESETS]
    assert ids == [
        "hubspot:7",
        "hubspot:deal:7",
        "pipedrive:deal:7",
        "pipedrive:7",
        *["salesforce:7"] * 2,  # Salesforce's own ids tell accounts and opportunities apart
    ]


def test_a_hubspot_company_becomes_a_flat_record():
    company = {
        "name": "Acme AB",
        "domain": "acme.se",
        "website": "",
        "description": "<p>Sells <b>anvils</b></p>",
        "city": "Stockholm",
        "country": "SE",
        "lifecyclestage": "customer",
        "industry": "RETAIL",
        "phone": "+46 8 123 456",
        "numberofemployees": "250",
        "closedate": "2022-06-08T12:55:24Z",
        "hs_lastmodifieddate": "2026-11-21T12:00:00Z",
    }
    joins = {"owner": OWNER}
    record = Record("7", company, joins, CHANGED, "https://crm.test/7")
    assert sent(COMPANIES, record, {}) == {
        "group_key": "abc123",
        "data": {
            "crm_id": "hubspot:7",
            "company_domain": "acme.se",
            "company_name": "Acme AB",
            "company_description": "Sells anvils",
            "company_city": "Stockholm",
            "company_country": "Sweden",
            "stage": "CUSTOMER",
            "segments": ["RETAIL"],
            "owner_emails": ["jo@acme.com"],
            "owner_roles": ["ACCOUNT MANAGER"],
            "phone": "+46 8 123 456",
            "website": "https://acme.se",
            "crm_type": "COMPANY",
            "crm_source": "HUBSPOT",
            "crm_url": "https://crm.test/7",
            "employees": 250,
            "size": "LARGE",
            "closed_at": "2022-06-08T12:55:24.000Z",
            "modified_at": "2026-11-21T12:00:00.000Z",
        },
    }


def test_an_attribute_is_renamed_by_writing_it_under_its_new_name():
    rules: dict[str, object] = {
        "company_domain": False,
        "foretag_doman": {"from": "domain", "transforms": "domain"},
    }
    data = sent(COMPANIES, Record("7", {"domain": "acme.se"}), rules)["data"]
    assert data["foretag_doman"] == "acme.se"
    assert "company_domain" not in data


def test_a_pipedrive_organization_has_its_persons_domain():
    joins: dict[str, dict[str, object]] = {
        "persons": {"emails": ["a@gmail.com", "b@acme.se"]},
        "owner": {**OWNER, "active": False},
    }
    mapped = mapper(Preset("pipedrive", "organizations", "datatalks"), {}).map(
        Record("7", {"name": "Acme"}, joins=joins)
    )
    assert mapped.fields["company_domain"] == "acme.se"
    assert "owners" not in mapped.fields


def test_a_salesforce_accounts_partners_have_no_stage():
    preset = Preset("salesforce", "Account", "datatalks")
    data = sent(preset, Record("0019000000DmehKAAR", {"Type": "Partner"}), {})["data"]
    assert data["crm_id"] == "salesforce:0019000000DmehKAAR"
    assert "stage" not in data


STAGE = {"id": "4711", "position": 3}
WON = {**STAGE, "is_won": True, "is_closed": True, "is_lost": False, "is_open": False}
OPEN = {**STAGE, "is_won": False, "is_closed": False, "is_lost": False, "is_open": True}
DAY = "2026-03-04T05:06:07Z"
CLOSED = {"closedate": DAY, "CloseDate": DAY, "IsClosed": True, "won_time": DAY}
WORTH = {"dealstage": "4711", "amount": "1500.50", "Amount": 1500.5, "value": 1500.5}
COMPANY = {
    "id": 9,
    "domain": "acme.se",
    "Website": "https://acme.se",
    "website": "https://acme.se",
    "name": "Acme AB",
    "Name": "Acme AB",
}
COMPANY_JOINS = dict.fromkeys(("company", "Account", "organization"), COMPANY)
DEAL_PRESETS = [one for one in PRESETS if one.object in ("deals", "Opportunity")]


def deal(flags: dict[str, object], **fields: object) -> Record:
    """A deal as any of the CRMs gives it: each preset takes the names that are its own."""
    joins = {**COMPANY_JOINS, "owner": OWNER, "stage": flags, "status": flags}
    return Record("7", {**WORTH, **fields}, joins, CHANGED, "https://crm.test/7")


@pytest.mark.parametrize("preset", DEAL_PRESETS, ids=".".join)
def test_a_won_deal_says_who_bought_what_it_is_worth_and_when(preset):
    data = sent(preset, deal(WON, **CLOSED), {})["data"]
    assert data["stage"] == "CLOSED_WON"
    assert data["closed_at"] == "2026-03-04T05:06:07.000Z"
    assert data["amount"] in ("1500.50", "1500.5")
    assert (data["company_name"], data["company_domain"]) == ("Acme AB", "acme.se")
    assert data["owner_emails"] == ["jo@acme.com"]


@pytest.mark.parametrize("preset", DEAL_PRESETS, ids=".".join)
def test_an_open_deals_close_date_is_a_forecast_and_stays_here(preset):
    data = sent(preset, deal(OPEN, **{**CLOSED, "IsClosed": False, "won_time": None}), {})["data"]
    assert data["stage"] == "PIPELINE"
    assert "closed_at" not in data


@pytest.mark.parametrize("currency", ["SEK", None])
def test_n04_a_deals_amount_is_text_and_its_currency_its_own_or_none(currency):
    data = sent(DEALS, deal(OPEN, amount="1500.00", deal_currency_code=currency), {})["data"]
    assert data["amount"] == "1500.00"
    assert data.get("currency") == currency


def test_deals_can_be_known_by_their_company():
    suggested = suggestions(DEALS)
    assert mapper(DEALS, {"crm_id": suggested["crm_id"]}).map(deal(OPEN)).key == "hubspot:9"
