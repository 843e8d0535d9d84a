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


def test_where_there_is_one_platform_it_need_not_be_named(crmsync, tmp_path):
    assert crmsync("init", "--source", "hubspot", "--output", "own.toml").code == 0
    assert (tmp_path / "own.toml").exists()


def test_without_a_terminal_nothing_is_asked_but_said(crmsync):
    ended = crmsync("init")
    assert ended.code == 2
    assert "--source: is required; there are: " in ended.err


def test_a_source_with_objects_of_its_own_needs_one_named(crmsync):
    assert "--object" in crmsync("init", "--source", "file").err
    ended = crmsync("init", "--source", "file", "--object", "companies", "--output", "-")
    assert (ended.code, 'folder = "exports"' in ended.out) == (0, True)


def test_a_file_that_exists_is_left_alone(crmsync, tmp_path):
    (tmp_path / "config.toml").write_text("precious")
    ended = crmsync("init")
    assert ended.code == 2
    assert "--force" in ended.err
    assert (tmp_path / "config.toml").read_text() == "precious"


def test_it_is_replaced_when_that_is_asked(crmsync, tmp_path):
    (tmp_path / "config.toml").write_text("old")
    assert crmsync("init", "--source", "hubspot", "--force").code == 0
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
