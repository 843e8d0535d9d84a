from __future__ import annotations

import tomllib

import pytest

from crmsync.destinations.akita import PLUGIN as AKITA
from crmsync.destinations.akooda import PLUGIN
from crmsync.destinations.datatalks import PLUGIN as DATATALKS
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import Preset, effective, load_preset, preset_text, presets
from crmsync.mapping.spec import parse_rules
from crmsync.mapping.writing import to_toml

HUBSPOT_COMPANIES = Preset("hubspot", "companies", "akooda")
PLUGINS = {"akooda": PLUGIN, "akita": AKITA, "datatalks": DATATALKS}


def test_the_presets_are_listed():
    assert HUBSPOT_COMPANIES in presets()


@pytest.mark.parametrize("preset", presets(), ids=".".join)
def test_every_preset_compiles_against_its_destination(preset):
    raw = load_preset(*preset)
    assert raw is not None
    rules, problems = parse_rules(raw, path="preset")
    assert problems == []
    compiled = compile_mapping(
        rules,
        plugin=PLUGINS[preset.destination],
        path="preset",
        filter={},
        object_name=preset.object,
    )
    assert compiled.paths


@pytest.mark.parametrize("preset", presets(), ids=".".join)
def test_a_preset_as_shown_is_the_same_mapping(preset):
    raw = load_preset(*preset)
    assert raw is not None
    assert tomllib.loads(to_toml(raw)) == raw


@pytest.mark.parametrize("preset", presets(), ids=".".join)
def test_a_preset_explains_itself(preset):
    assert preset_text(preset).count("\n# ") >= 5


def test_there_is_no_preset_for_what_nobody_knows():
    assert load_preset("hubspot", "tickets", "akooda") is None


def test_a_persons_rule_takes_the_place_of_the_presets():
    assert effective({"a": "x", "b": "y"}, {"b": False, "c": "z"}) == {
        "a": "x",
        "b": False,
        "c": "z",
    }
    assert effective(None, {"a": "x"}) == {"a": "x"}


def test_the_hubspot_preset_leaves_out_what_hubspot_does_not_know():
    raw = load_preset(*HUBSPOT_COMPANIES) or {}
    absent = set(PLUGIN.fields) - set(raw)
    assert absent == {
        *("isEnabled", "properties.renewedAt", "properties.nicknames", "properties.risk")
    }


def test_the_hubspot_preset_reads_just_these():
    rules, _ = parse_rules(load_preset(*HUBSPOT_COMPANIES) or {}, path="preset")
    compiled = compile_mapping(rules, plugin=PLUGIN, path="preset", filter={})
    properties = """about_us city closedate country description domain hs_additional_domains
        hs_lastmodifieddate hubspot_owner_assigneddate industry lifecyclestage
        linkedin_company_page name numberofemployees phone state twitterhandle website"""
    others = "owner.active owner.email record.id record.url"
    assert compiled.paths == {*properties.split(), *others.split()}
