from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from crmsync.destinations.atoka import PLUGIN
from crmsync.destinations.atoka.fields import WATCHED
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import Preset, effective, load_preset, preset_text, presets
from crmsync.mapping.spec import parse_rules
from crmsync.records import Record

PRESETS = [preset for preset in presets() if preset.destination == "atoka"]
HUBSPOT = Preset("hubspot", "deals", "atoka")
PIPEDRIVE = Preset("pipedrive", "deals", "atoka")
CHANGES = Preset("hubspot", "deal_stage_changes", "atoka")
DEALS = [preset for preset in PRESETS if preset != CHANGES]
CHANGED = datetime(2026, 11, 21, 12, tzinfo=UTC)
COMPANY = {"id": 9, "name": "Acme AB", "Name": "Acme AB"}


def mapper(preset: Preset, overrides: dict[str, object]):
    rules, faults = parse_rules(effective(load_preset(*preset), overrides), path="fields")
    assert faults == []
    return compile_mapping(
        rules, plugin=PLUGIN, path="fields", filter={}, object_name=preset.object
    )


def mapped(preset: Preset, **joins: Mapping[str, object]):
    """What is mapped of a deal that has whatever any of the CRMs gives."""
    known: dict[str, Mapping[str, object]] = {
        **dict.fromkeys(("company", "Account", "organization"), COMPANY),
        "owner": {"email": "jo@acme.com", "active": True},
        "stage": {"label": "Talking"},
        "status": {"is_won": False, "is_lost": False},
        **joins,
    }
    names = {"dealname": "Anvils", "title": "Anvils", "Name": "Anvils", "stage_id": 4711}
    ids = {"dealstage": "4711", "StageName": "4711"}
    record = Record("7", {**names, **ids}, known, CHANGED, "https://crm.test/7")
    return mapper(preset, {}).map(record).fields


def suggestions(preset: Preset) -> dict[str, object]:
    """The rules that stand in the preset's comments."""
    lines = re.findall(r"^# ([a-z_]+ = .+)$", preset_text(preset), re.MULTILINE)
    return tomllib.loads("\n".join(lines))


def test_each_crm_has_its_presets():
    assert [(preset.source, preset.object) for preset in PRESETS] == [
        ("hubspot", "deal_stage_changes"),
        ("hubspot", "deals"),
        ("pipedrive", "deals"),
        ("salesforce", "Opportunity"),
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=".".join)
def test_what_a_comment_suggests_is_a_rule_that_fits(preset):
    suggested = suggestions(preset)
    assert {"lead", "vat", "status"} <= suggested.keys()
    assert len(mapper(preset, suggested).paths) > len(mapper(preset, {}).paths)


def test_records_of_different_crms_and_objects_never_share_a_key():
    keys = [mapper(preset, {}).map(Record("7")).key for preset in PRESETS]
    assert len(set(keys)) == len(PRESETS)


@pytest.mark.parametrize("preset", DEALS, ids=".".join)
def test_a_deal_tells_its_company_its_stage_and_its_owner(preset):
    fields = mapped(preset)
    assert (fields["company"], fields["stage"]) == ("Acme AB", "Talking")
    assert fields["assignee"] == "jo@acme.com"
    assert fields["note"].endswith("Anvils https://crm.test/7")
    assert fields.keys() & WATCHED == {"stage", "assignee"}


@pytest.mark.parametrize("preset", DEALS, ids=".".join)
def test_a_stage_that_the_crm_lists_no_more_is_told_by_its_id(preset):
    assert mapped(preset, stage={})["stage"] == "4711"


@pytest.mark.parametrize("preset", DEALS, ids=".".join)
def test_an_owner_who_left_is_nobody(preset):
    owner = {"email": "jo@acme.com", "active": False}
    assert "assignee" not in mapped(preset, owner=owner)


@pytest.mark.parametrize(
    ("status", "stage"),
    [({"is_won": True}, "Won"), ({"is_lost": True}, "Lost"), ({}, "Talking")],
    ids=["won", "lost", "open"],
)
def test_a_pipedrive_deal_that_ended_tells_how_and_an_open_one_its_stage(status, stage):
    flags = {"is_won": False, "is_lost": False, **status}
    assert mapped(PIPEDRIVE, status=flags)["stage"] == stage


def test_a_stage_change_of_hubspot_tells_both_stages_and_its_own_moment():
    change = {"to": "b", "from": "a", "at": "2026-11-20T10:00:00Z"}
    stages = {"to_stage": {"label": "Won"}, "from_stage": {"label": "Talking"}}
    fields = mapped(CHANGES, change=change, **stages)
    assert (fields["previous"], fields["stage"]) == ("Talking", "Won")
    assert fields["changed_at"] == "2026-11-20T10:00:00.000Z"
    assert "assignee" not in fields
