"""Deals with what is joined to them, through the shipped mapping and Akooda's real field table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.destinations.akooda import PLUGIN
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import Preset, load_preset, presets
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Contribution
from crmsync.receipts import Outcome
from crmsync.records import Record
from crmsync.sources.hubspot.stages import Pipelines, stage_joiner
from tests.mapping.hubspot_companies import JO, contributed, warned

HUBSPOT_DEALS = Preset("hubspot", "deals", "akooda")
RULES, PROBLEMS = parse_rules(load_preset(*HUBSPOT_DEALS) or {}, path="preset")
PRESET = compile_mapping(RULES, plugin=PLUGIN, path="preset", filter={}, object_name="deals")
ACME = {"id": "9", "domain": "acme.com", "name": "Acme", "website": None, "industry": "BANKING"}


def stage(stage_id, probability, closed):
    metadata = {"probability": probability, "isClosed": closed}
    return {"id": stage_id, "label": stage_id, "metadata": metadata}


OPEN = ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent", "4711")
SALES = [stage("closedwon", "1.0", "true"), stage("closedlost", "0.0", "true"),
         *(stage(one, "0.4", "false") for one in OPEN)]  # fmt: skip
PARTNERS = [stage("closedwon", "0.0", "true"), stage("contractsent", "1.0", "true"),
            stage("closedlost", "0.5", "false")]  # fmt: skip
JOIN = stage_joiner(
    ["stage"],
    Pipelines([{"id": "default", "stages": SALES}, {"id": "partners", "stages": PARTNERS}]),
)


def deal(company=ACME, owner=None, **fields):
    """A deal of which HubSpot answered every property, most of them null."""
    known = dict.fromkeys(path for path in PRESET.paths if "." not in path)
    known.update({"pipeline": "default", "dealstage": "4711", **fields})
    joins = {**JOIN(known), **({"company": company} if company else {})}
    if owner:
        joins["owner"] = owner
    changed = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return Record(id="42", fields=known, joins=joins, modified_at=changed)


def sent(field, given):
    return PRESET.map(given).fields.get(f"properties.{field}")


def test_the_preset_is_listed_and_without_faults():
    assert HUBSPOT_DEALS in presets()
    assert PROBLEMS == []


def test_the_preset_reads_just_these():
    own = "closedate dealstage description hs_lastmodifieddate hubspot_owner_assigneddate"
    company = """city country domain hs_additional_domains industry linkedin_company_page name
        numberofemployees phone state twitterhandle website"""
    others = (
        "owner.active owner.email record.id record.url stage.is_closed stage.is_open stage.is_won"
    )
    assert PRESET.paths == {
        *own.split(), *others.split(), *(f"company.{name}" for name in company.split()),
    }  # fmt: skip


def test_a_deal_is_sent_under_its_companys_domain_with_the_companys_values():
    mapped = PRESET.map(deal(owner=JO))
    assert (mapped.key, mapped.problems) == ("acme.com", ())
    assert dict(mapped.fields) == {
        "domain": "acme.com",
        "properties.displayName": "Acme",
        "properties.stage": "PIPELINE",
        "properties.segments": ["BANKING"],
        "properties.owners": {"jo@acme.com": "ACCOUNT MANAGER"},
        "properties.websiteUrl": "https://acme.com",
        "properties.objectId": "42",
        "properties.objectType": "DEAL",
        "properties.objectSource": "HUBSPOT",
    }


@pytest.mark.parametrize(
    "company",
    [None, {"id": "9"}, {**ACME, "domain": "gmail.com"}],
    ids=["none", "gone", "freemail"],
)
def test_a_deal_without_a_companys_domain_is_skipped(company):
    assert PRESET.map(deal(company)).outcome is Outcome.SKIPPED


UNTOLD = {"pipeline": "old", "hs_is_closed": None}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"dealstage": "closedwon"}, "CLOSED_WON", id="E02-by-metadata"),
        pytest.param({"dealstage": "closedwon", **UNTOLD}, "CLOSED_WON", id="E02-else-by-its-id"),
        pytest.param(
            {"dealstage": "closedwon", "pipeline": "partners"}, "CLOSED_LOST", id="E03-relabelled"
        ),
        pytest.param({"dealstage": "contractsent", "pipeline": "partners"}, "CLOSED_WON", id="won"),
        pytest.param({"dealstage": "closedlost"}, "CLOSED_LOST", id="lost"),
        pytest.param(
            {"dealstage": "closedlost", "pipeline": "partners"}, "PIPELINE", id="open-by-that-id"
        ),
        pytest.param(
            {"dealstage": "4711", "hs_is_closed_won": "true"}, "CLOSED_WON", id="flag-won"
        ),
        pytest.param(
            {"dealstage": "4711", "hs_is_closed": "true"}, "CLOSED_LOST", id="flag-closed"
        ),
        pytest.param({"dealstage": "appointmentscheduled"}, "OPPORTUNITY", id="first-stage"),
        pytest.param({"dealstage": "qualifiedtobuy"}, "OPPORTUNITY", id="second-stage"),
        pytest.param({"dealstage": "presentationscheduled"}, "PIPELINE", id="third-stage"),
        pytest.param({"dealstage": "4711"}, "PIPELINE", id="unknown-open-stage"),
        pytest.param({"dealstage": "closedlost", **UNTOLD}, "CLOSED_LOST", id="nothing-but-the-id"),
        pytest.param({"dealstage": "4712", **UNTOLD}, "PIPELINE", id="nothing-known"),
        pytest.param({"dealstage": None}, None, id="no-stage"),
    ],
)
def test_a_deals_stage_is_told_by_evidence(fields, expected):
    assert sent("stage", deal(**fields)) == expected


def test_t15_the_close_date_of_an_open_deal_is_a_forecast_and_is_not_sent():
    assert sent("closedAt", deal(closedate="2031-01-01")) is None


def test_t16_the_close_date_of_a_won_deal_in_the_future_is_sent_with_a_warning():
    mapped = PRESET.map(deal(dealstage="closedwon", closedate="2031-01-01T00:00:00Z"))
    assert mapped.fields["properties.closedAt"] == "2031-01-01T00:00:00.000Z"
    assert warned(mapped) == [("closedAt", "FUTURE_CLOSED_AT")]


def test_a_lost_deals_close_date_is_sent():
    given = deal(dealstage="closedlost", closedate="2025-06-01T10:00:00Z")
    assert sent("closedAt", given) == "2025-06-01T10:00:00.000Z"


def test_a_company_goes_before_its_deals():
    of_deal = PRESET.map(deal(dealstage="closedwon", owner=JO)).fields
    mine = contributed("9", name="Acme Inc", lifecyclestage=None)
    fields, winner = PRESET.merge([Contribution("deals", "42", (1, 0), 9, of_deal), mine])
    assert (winner.record_id, fields["properties.objectType"]) == ("9", "COMPANY")
    assert fields["properties.displayName"] == "Acme Inc"
    assert fields["properties.stage"] == "CLOSED_WON"
    assert fields["properties.owners"] == {"jo@acme.com": "ACCOUNT MANAGER"}
