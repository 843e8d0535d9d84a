from __future__ import annotations

import sys
import tomllib

import pytest

from crmsync.destinations.akooda import PLUGIN
from crmsync.errors import ConfigError
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import (
    Preset,
    brought_by_others,
    effective,
    load_preset,
    preset_text,
    presets,
)
from crmsync.mapping.spec import parse_rules
from crmsync.mapping.writing import to_toml
from crmsync.plugins import destination_plugin

HUBSPOT_COMPANIES = Preset("hubspot", "companies", "akooda")


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
        plugin=destination_plugin(preset.destination),
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


@pytest.fixture
def brought(tmp_path, monkeypatch):
    """Writes another package's preset, as pip would leave it."""
    info, folder = tmp_path / "other-1.0.dist-info", tmp_path / "other_presets" / "presets"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[crmsync.presets]\nother = other_presets\n")
    monkeypatch.syspath_prepend(tmp_path)
    brought_by_others.cache_clear()

    def write(name, text):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, errors="surrogateescape")

    yield write
    brought_by_others.cache_clear()
    sys.modules.pop("other_presets", None)


@pytest.mark.parametrize("text", ["id = ", "id = '\udcff'"], ids=["cut", "no UTF-8"])
def test_a_preset_that_is_no_toml_is_its_packages_fault(brought, text):
    brought("hubspot.tickets.other.toml", text)
    with pytest.raises(ConfigError, match=r"hubspot\.tickets\.other\.toml is no TOML") as caught:
        load_preset("hubspot", "tickets", "other")
    assert caught.value.problems[0].code == "broken_plugin"
    assert "mend the package" in caught.value.hint


def test_another_package_brings_presets(brought):
    brought("hubspot.tickets.other.toml", '"name" = "subject"')
    assert Preset("hubspot", "tickets", "other") in presets()
    assert load_preset("hubspot", "tickets", "other") == {"name": "subject"}


def test_what_ships_wins_over_another_packages(brought):
    brought("hubspot.companies.akooda.toml", '"domain" = "theirs"')
    assert presets().count(HUBSPOT_COMPANIES) == 1
    assert load_preset(*HUBSPOT_COMPANIES) != {"domain": "theirs"}


def test_a_preset_that_is_called_otherwise_is_told(brought):
    brought("mine.toml", "")
    with pytest.raises(ConfigError, match=r"mine\.toml is not called SOURCE\.OBJECT\.DESTINATION"):
        presets()


def test_a_package_that_is_not_there_is_told(brought):
    with pytest.raises(ConfigError, match='"other" cannot be imported'):
        presets()


def test_a_package_without_its_folder_is_told(brought, tmp_path):
    (tmp_path / "other_presets").mkdir()
    with pytest.raises(ConfigError, match="has no folder presets"):
        presets()


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
