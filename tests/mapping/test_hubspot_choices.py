"""What HubSpot's choices become: stages, sources, whatever Akooda has a list of.

The ids are those of the list of hard cases that the project keeps: E enums.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.destinations.akooda import PLUGIN
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from tests.mapping.hubspot_companies import PRESET, company, compiled, sent, warned

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


def test_an_account_may_take_more_stages_than_the_document():
    stage = PLUGIN.fields["properties.stage"]
    wider = replace(stage, choices=(*stage.choices, "PARTNER"))
    plugin = replace(PLUGIN, fields={**PLUGIN.fields, stage.name: wider})
    rules, _ = parse_rules({"domain": "domain", stage.name: "kind"}, path="x")
    mapper = compile_mapping(rules, plugin=plugin, path="x", filter={})
    assert mapper.map(company(kind="partner")).fields[stage.name] == "PARTNER"
