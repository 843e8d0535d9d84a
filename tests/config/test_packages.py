"""Faults of other packages, as the configuration that needs them is told of them."""

from __future__ import annotations

import sys

import pytest

from crmsync.config.loading import load
from crmsync.errors import ConfigError
from crmsync.mapping.presets import brought_by_others
from tests.config.conftest import DESTINATION, SOURCE, SYNC
from tests.installed import install

FILE = "hubspot.companies.chat.toml"
CHAT = DESTINATION.replace("[destinations.akooda]", '[destinations.chat]\ntype = "chat"')
TEXT = SOURCE + CHAT + SYNC.replace("akooda", "chat")
PLUGIN = """
from dataclasses import replace
from crmsync.destinations.akooda import PLUGIN as OTHER

PLUGIN = replace(OTHER, name="chat")
"""


@pytest.fixture
def preset(tmp_path, monkeypatch):
    """Installs a platform in a package of its own; gives what writes its preset."""
    points = "[crmsync.destinations]\nchat = chat_package:PLUGIN\nbroken = no_such:PLUGIN\n"
    install(tmp_path, "chat", f"{points}[crmsync.presets]\nchat = chat_package\n")
    folder = tmp_path / "chat_package" / "presets"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    brought_by_others.cache_clear()
    yield (folder / FILE).write_text
    brought_by_others.cache_clear()
    sys.modules.pop("chat_package", None)


def test_a_fault_of_a_preset_names_it_and_how_to_switch_it_off(preset, faults):
    preset('domain = "domain"\nnothing = "name"\n')
    (told,) = faults(TEXT).values()
    assert told.startswith('chat has no field "nothing"')
    assert told.endswith(f'; so it stands in the preset {FILE}, which preset = "none" switches off')


def test_a_fault_of_ones_own_rule_is_not_the_presets(preset, faults):
    preset('domain = "domain"\n"properties.phone" = "phone"\n')
    rules = '[syncs.main.fields]\n"properties.phone" = { from = 3 }\n'
    assert "preset" not in faults(TEXT + rules)['syncs.main.fields."properties.phone".from']


def test_where_no_preset_is_found_what_is_missing_says_so(preset, faults):
    assert faults(TEXT)["syncs.main.fields.domain"].endswith(f"; there is no preset {FILE}")
    switched_off = faults(f'{TEXT}preset = "none"\n')
    assert "there is no preset" not in switched_off["syncs.main.fields.domain"]


def hint_of(path):
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value.hint


def test_a_broken_package_is_to_be_mended_and_not_the_file(preset, write):
    preset("id = ")
    mend = "Mend the package that brings it, or uninstall it"
    assert hint_of(write(TEXT)) == f"Nothing was sent. {mend}."
    both = hint_of(write(f"{TEXT}bad = 1\n"))
    assert both.startswith(f"Nothing was sent. {mend}. Mend /")
    assert "Mend the package" not in hint_of(write(f"{TEXT}bad = 1\npreset = 'none'\n"))


def test_so_is_a_plugin_that_cannot_be_imported(preset, write):
    other = TEXT.replace('type = "chat"', 'type = "broken"')
    assert hint_of(write(other)).startswith("Nothing was sent. Mend the package that brings it")
