from __future__ import annotations

import re
import tomllib

import pytest

from crmsync.destinations.akita import PLUGIN
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import Preset, effective, load_preset, preset_text, presets
from crmsync.mapping.spec import parse_rules
from crmsync.records import Record

PRESETS = [preset for preset in presets() if preset.destination == "akita"]
SETTINGS = AkitaSettings.model_validate(
    {"api_key": "${AKITA_API_KEY}", "traits": {"employees": "number"}, "tags": {"Software": 7}}
)
OWNER = {"id": "1", "email": "jo@acme.com", "active": True}


def mapper(preset: Preset, overrides: dict[str, object]):
    rules, faults = parse_rules(effective(load_preset(*preset), overrides), path="fields")
    assert faults == []
    plugin = PLUGIN.tailor(PLUGIN, SETTINGS)
    return compile_mapping(
        rules, plugin=plugin, path="fields", filter={}, object_name=preset.object
    )


def suggestions(preset: Preset) -> dict[str, object]:
    """The rules that stand in the preset's comments."""
    lines = re.findall(r'^# ((?:"[a-z.]+"|[a-z_]+) = .+)$', preset_text(preset), re.MULTILINE)
    return tomllib.loads("\n".join(lines))


def test_each_crm_has_its_preset():
    assert [(preset.source, preset.object) for preset in PRESETS] == [
        ("hubspot", "companies"),
        ("pipedrive", "organizations"),
        ("salesforce", "Account"),
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=".".join)
def test_what_a_comment_suggests_is_a_rule_that_fits(preset):
    suggested = suggestions(preset)
    assert suggested.keys() >= {*("internal_id", "is_churned", "emails", "roles", "tags")}
    assert mapper(preset, suggested).paths >= {"owner.email"}


@pytest.mark.parametrize("preset", PRESETS, ids=".".join)
def test_accounts_of_different_crms_never_share_an_id(preset):
    assert mapper(preset, {}).map(Record("7")).key == f"{preset.source}:7"


def hubspot(**fields: object) -> Record:
    return Record("7", fields=fields, url="https://crm.test/7", joins={"owner": OWNER})


@pytest.mark.parametrize(
    ("stage", "tracked"),
    [
        *[(stage, True) for stage in ("customer", "evangelist")],
        *[(stage, False) for stage in ("subscriber", "lead", "opportunity", "other", "", "99")],
    ],
)
def test_hubspot_stages_say_who_is_tracked(stage, tracked):
    fields = mapper(PRESETS[0], {}).map(hubspot(lifecyclestage=stage)).fields
    assert fields["is_tracked"] is tracked


def test_a_hubspot_company_becomes_an_account():
    company = hubspot(
        name="Acme",
        domain="acme.com",
        website=None,
        phone="+1 303 555 1212",
        lifecyclestage="customer",
        linkedin_company_page="linkedin.com/company/acme",
        industry="software",
    )
    suggested = suggestions(PRESETS[0])
    chosen = {name: suggested[name] for name in ("roles", "tags")}
    assert mapper(PRESETS[0], chosen).map(company).fields == {
        "internal_id": "hubspot:7",
        "name": "Acme",
        "is_tracked": True,
        "phones": [{"label": "Main", "value": "+1 303 555 1212"}],
        "urls": [
            {"label": "Website", "value": "https://acme.com"},
            {"label": "CRM", "value": "https://crm.test/7"},
            {"label": "LinkedIn", "value": "https://linkedin.com/company/acme"},
        ],
        "roles": [{"email": "jo@acme.com", "role_id": 6}],
        "tags": [7],
    }


@pytest.mark.parametrize(("labels", "tracked"), [(["Hot lead", "Customer"], True), ([], False)])
def test_pipedrives_label_says_who_is_tracked(labels, tracked):
    record = Record("7", fields={"name": "Acme", "label_ids": labels})
    assert mapper(PRESETS[1], {}).map(record).fields["is_tracked"] is tracked


@pytest.mark.parametrize(
    ("kind", "tracked"), [("Customer - Direct", True), ("Prospect", False), ("Partner", False)]
)
def test_salesforces_type_says_who_is_tracked(kind, tracked):
    record = Record("7", fields={"Name": "Acme", "Type": kind})
    assert mapper(PRESETS[2], {}).map(record).fields["is_tracked"] is tracked
