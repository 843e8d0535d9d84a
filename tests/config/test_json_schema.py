from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest

from crmsync.config.json_schema import SCHEMA_FILE, json_schema
from crmsync.config.loading import load
from crmsync.config.schema import Alerts, Daemon, Guards, Limits, State, SyncConfig
from crmsync.plugins import destination_names, destination_plugin, source_names, source_plugin
from tests.installed import install

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"

PLUGIN = """
from dataclasses import replace
from pydantic import BaseModel
from crmsync.destinations.akooda import PLUGIN as OTHER

class Settings(BaseModel):
    \"\"\"A table.\"\"\"
    key_of_{0}: str
    \"\"\"Its key.\"\"\"

PLUGIN = replace(OTHER, name="{0}", settings=Settings)
"""


def test_the_shipped_schema_is_current():
    if os.environ.get("CRMSYNC_WRITE_DOCS"):
        text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
        SCHEMA_FILE.write_text(f"{text}\n", encoding="utf-8")
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == json_schema()


def test_the_example_names_the_schema():
    first = EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
    assert first == "#:schema ./src/crmsync/config/crmsync.schema.json"
    named = EXAMPLE.parent / first.split()[1]  # in the sources, wherever crmsync is installed
    assert named.read_bytes() == SCHEMA_FILE.read_bytes()


def test_the_schema_knows_no_key_that_the_models_lack_and_the_reverse():
    definitions = json_schema()["$defs"]
    for model in (State, Limits, Daemon, SyncConfig):
        assert set(definitions[model.__name__]["properties"]) == set(model.model_fields)


def test_no_two_plugins_share_an_entry_and_each_has_its_own_type(monkeypatch, tmp_path):
    for package in ("one", "two"):
        points = f"[crmsync.destinations]\n{package} = schema_{package}:PLUGIN\n"
        install(tmp_path, package, points)
        (tmp_path / f"schema_{package}.py").write_text(PLUGIN.format(package))
    monkeypatch.syspath_prepend(tmp_path)
    definitions = json_schema()["$defs"]
    for name in ("one", "two"):
        table = definitions[f"destinations.{name}"]["properties"]
        assert table["type"]["const"] == name
        assert f"key_of_{name}" in table


def test_durations_have_defaults_as_a_person_writes_them():
    properties = json_schema()["$defs"]["Limits"]["properties"]
    assert properties["retry_for"]["default"] == "5m"


def test_the_example_loads_without_a_warning():
    assert load(EXAMPLE).warnings == ()


@pytest.mark.parametrize(
    "model",
    [
        State,
        Daemon,
        Limits,
        Alerts,
        SyncConfig,
        Guards,
        *(source_plugin(name).settings for name in source_names()),
        *(destination_plugin(name).settings for name in destination_names()),
    ],
)
def test_the_example_explains_every_key(model):
    text = EXAMPLE.read_text(encoding="utf-8")
    for name in model.model_fields:
        assert f"{name} = " in text or f".{name}]" in text, name


def test_what_the_example_shows_behind_a_hash_loads_too(tmp_path):
    text = EXAMPLE.read_text(encoding="utf-8")
    lines = re.sub(r"# [^\n]*in place of (?:.+\n)+", "", text).splitlines()
    shown = [line.removeprefix("# ") if " = " in line else line for line in lines]
    text = "\n".join(line for line in shown if not line.startswith("#"))
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    assert load(path).config.sources["hubspot"].settings.rate_limit == "90/10s"
    assert tomllib.loads(text)["syncs"]["hubspot-companies"]["guards"]["minimum"] == 20
