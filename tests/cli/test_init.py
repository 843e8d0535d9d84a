from __future__ import annotations

import stat

import pytest

from crmsync.config.loading import load


def test_a_configuration_is_written_that_loads_and_only_its_owner_reads(crmsync, tmp_path):
    ended = crmsync("init", "--source", "hubspot", "--destination", "akooda")
    path = tmp_path / "config.toml"
    assert (ended.code, ended.err) == (0, "")
    assert "crmsync check" in ended.out
    assert load(path).config.syncs["hubspot-companies"].object == "companies"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("platform", ["akooda", "akita", "datatalks"])
def test_any_platform_can_be_begun_with(crmsync, tmp_path, platform):
    arguments = ("--source", "pipedrive", "--object", "organizations", "--destination", platform)
    assert crmsync("init", *arguments, "--output", "own.toml").code == 0
    loaded = load(tmp_path / "own.toml")
    assert loaded.config.syncs["pipedrive-organizations"].destination == platform


@pytest.mark.parametrize(
    ("source", "platform", "object_name"),
    [
        ("hubspot", "akooda", "companies"),
        ("hubspot", "atoka", "deals"),
        ("salesforce", "atoka", "Opportunity"),
        ("pipedrive", "akita", "organizations"),
    ],
)
def test_where_no_object_is_named_one_is_begun_with_that_has_a_mapping(
    crmsync, source, platform, object_name
):
    ended = crmsync("init", "--source", source, "--destination", platform, "--output", "-")
    assert (ended.code, f'object = "{object_name}"' in ended.out) == (0, True)


def test_without_a_terminal_nothing_is_asked_but_said(crmsync):
    ended = crmsync("init")
    assert ended.code == 2
    assert "--source: is required; there are: " in ended.err
    ended = crmsync("init", "--source", "hubspot")
    assert (ended.code, "--destination: is required; there are: " in ended.err) == (2, True)


def test_a_source_with_objects_of_its_own_needs_one_named(crmsync):
    file = ("init", "--source", "file", "--destination", "akooda")
    assert "--object" in crmsync(*file).err
    ended = crmsync(*file, "--object", "companies", "--output", "-")
    assert (ended.code, 'folder = "exports"' in ended.out) == (0, True)


def test_a_file_that_exists_is_left_alone(crmsync, tmp_path):
    (tmp_path / "config.toml").write_text("precious")
    ended = crmsync("init")
    assert ended.code == 2
    assert "--force" in ended.err
    assert (tmp_path / "config.toml").read_text() == "precious"


def test_it_is_replaced_when_that_is_asked(crmsync, tmp_path):
    (tmp_path / "config.toml").write_text("old")
    arguments = ("--source", "hubspot", "--destination", "akooda", "--force")
    assert crmsync("init", *arguments).code == 0
    assert "[syncs.hubspot-companies]" in (tmp_path / "config.toml").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--source", "hubspt"],
        ["--destination", "akoda"],
        ["--source", "hubspot", "--object", "nothing"],
    ],
    ids=" ".join,
)
def test_what_does_not_exist_is_told_with_what_does(crmsync, tmp_path, arguments):
    ended = crmsync("init", *arguments)
    assert ended.code == 2
    assert "hubspot" in ended.err or "akooda" in ended.err
    assert not (tmp_path / "config.toml").exists()
