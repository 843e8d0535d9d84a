"""The example files do what they say, and leave nothing out."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import pytest

from crmsync.config.json_schema import json_schema
from crmsync.config.loading import load
from crmsync.wiring import Selection, Workspace
from tests.project.pages import ROOT, crontab_commands, text_of

CONFIG = ROOT / "config.example.toml"
TABLES = {
    "state": "State",
    "limits": "Limits",
    "daemon": "Daemon",
    "alerts": "Alerts",
    "sources.hubspot": "sources.hubspot",
    "sources.salesforce": "sources.salesforce",
    "sources.pipedrive": "sources.pipedrive",
    "sources.sheet": "sources.file",
    "destinations.akooda": "destinations.akooda",
    "destinations.akita": "destinations.akita",
    "destinations.atoka": "destinations.atoka",
    "destinations.datatalks": "destinations.datatalks",
    "syncs.hubspot-companies": "SyncConfig",
}
_HEAD = re.compile(r"\[([\w.-]+)\]")
_KEY = re.compile(r"(# )?([a-z_]+) = (.+)")


class Key(NamedTuple):
    """A key of the file. `off` is whether it is a comment itself.

    `about` are the comments over it; keys that follow one another share them.
    """

    table: str
    name: str
    value: str
    off: bool
    about: str


def keys() -> Iterator[Key]:
    table, about, told = "", "", False
    for line in CONFIG.read_text(encoding="utf-8").splitlines():
        if head := _HEAD.fullmatch(line):
            table, about = head[1], ""
        elif key := _KEY.fullmatch(line):
            yield Key(table, key[2], key[3], bool(key[1]), about)
            told = True
        elif line.startswith("#"):
            about = line[1:] if told else about + line[1:]
            told = False
        else:
            about = ""


SCHEMA = cache(json_schema)


def schema(table: str) -> Mapping[str, Any]:
    found: dict[str, Any] = SCHEMA()["$defs"][TABLES[table]]["properties"]
    return found


@pytest.mark.parametrize("table", list(TABLES))
def test_every_key_of_the_schema_is_shown_and_no_other(table):
    shown = {key.name for key in keys() if key.table == table}
    tables_of_their_own = {"fields"} if table.startswith("syncs") else set()
    assert shown == set(schema(table)) - tables_of_their_own


@pytest.mark.parametrize("key", [pytest.param(k, id=f"{k.table}.{k.name}") for k in keys()])
def test_every_key_is_explained(key):
    assert len(key.about) > 20


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key, id=f"{key.table}.{key.name}")
        for key in keys()
        if key.off and not re.search(r"[Ee]xamples?[: ]", key.about)
    ],
)
def test_a_key_that_is_off_shows_its_default(key):
    about = schema(key.table)[key.name]
    shown = tomllib.loads(f"value = {key.value}")["value"]
    named_otherwise = {"type": about.get("const"), "method": "upsert"}
    assert shown == about.get("default", named_otherwise.get(key.name))


def test_every_guard_is_shown_with_its_default_and_explained():
    (guards,) = (key for key in keys() if key.name == "guards")
    known = SCHEMA()["$defs"]["Guards"]["properties"]
    shown = tomllib.loads(f"value = {guards.value}")["value"]
    assert shown == {name: about["default"] for name, about in known.items()}
    assert all(f"  {name} " in guards.about for name in known)


def test_the_configuration_loads_and_its_mapping_compiles():
    loaded = load(CONFIG)
    assert loaded.warnings == ()
    with Workspace(loaded) as workspace:
        (plan,) = workspace.plans(Selection())
    assert "properties.phone = false" in plan.rules_toml.replace('"', "")


def test_the_schema_that_editors_use_is_json():
    first = CONFIG.read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(text_of(first.split()[1]))["title"]


def test_the_crontab_runs_the_source_by_its_name():
    assert any("crmsync -q run --source hubspot" in line for line in crontab_commands())


def test_the_crontab_has_five_fields_a_command_and_no_secret():
    for line in text_of("crontab.example").splitlines():
        if re.match(r"[\d*]", line):
            assert all(re.fullmatch(r"[\d*,/-]+", field) for field in line.split()[:5])
        assert not re.search(r"(TOKEN|KEY|SECRET)=[^…]", line)
