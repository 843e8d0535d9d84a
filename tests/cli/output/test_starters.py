from __future__ import annotations

import tomllib

import pytest

from crmsync.cli.output.starters import starter_config
from crmsync.config.loading import load
from crmsync.plugins import (
    destination_names,
    destination_plugin,
    source_names,
    source_plugin,
)


@pytest.mark.parametrize("destination", destination_names())
@pytest.mark.parametrize("source", source_names())
def test_every_pair_begins_with_a_configuration_without_a_fault(tmp_path, source, destination):
    kind = source_plugin(source)
    for name in (*kind.objects, *["companies"] * (kind.other_rank is not None)):
        path = tmp_path / "config.toml"
        path.write_text(starter_config(kind, destination_plugin(destination), name))
        assert load(path).warnings == ()


def test_credentials_are_references_named_after_the_vendor():
    text = starter_config(source_plugin("hubspot"), destination_plugin("akooda"), "companies")
    document = tomllib.loads(text)
    assert document["sources"]["hubspot"] == {"access_token": "${HUBSPOT_ACCESS_TOKEN}"}
    assert document["destinations"]["akooda"]["api_key"] == "${AKOODA_API_KEY}"


def test_optional_keys_stand_behind_a_hash_with_their_defaults():
    text = starter_config(source_plugin("hubspot"), destination_plugin("akooda"), "companies")
    assert '\n# base_url = "https://api.hubapi.com"\n' in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("destination", ["akooda", "akita", "datatalks"])
def test_what_is_shown_on_top_of_a_preset_are_fields_of_that_platform(tmp_path, destination):
    kinds = source_plugin("hubspot"), destination_plugin(destination)
    text = starter_config(*kinds, "companies")
    head, _, below = text.partition("# [syncs.hubspot-companies.fields]\n")
    lines = [line.removeprefix("# ") for line in below.splitlines()]
    assert [line.endswith("= false") for line in lines] == [False, True]
    path = tmp_path / "config.toml"
    path.write_text("\n".join([head, "[syncs.hubspot-companies.fields]", *lines]))
    assert load(path).warnings == ()


def test_nothing_is_said_of_disabling_where_nothing_can_be_disabled():
    source = source_plugin("hubspot")
    for destination, said in (("akita", True), ("datatalks", False)):
        text = starter_config(source, destination_plugin(destination), "companies")
        assert ("# on_delete" in text) is said
