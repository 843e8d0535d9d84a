from __future__ import annotations

import pytest

from crmsync.adapters import DestinationPlugin, SourcePlugin
from crmsync.errors import ConfigError
from crmsync.plugins import destination_names, destination_plugin, source_names, source_plugin


@pytest.mark.parametrize("name", source_names())
def test_every_source_that_is_named_can_be_had(name):
    assert isinstance(source_plugin(name), SourcePlugin)


@pytest.mark.parametrize("name", destination_names())
def test_every_destination_that_is_named_can_be_had(name):
    assert isinstance(destination_plugin(name), DestinationPlugin)


def test_what_ships_is_found():
    assert "hubspot" in source_names()
    assert "akooda" in destination_names()


@pytest.mark.parametrize("find", [source_plugin, destination_plugin])
def test_an_unknown_name_is_told_what_exists(find):
    with pytest.raises(ConfigError, match="there are: ") as caught:
        find("nothing")
    assert caught.value.problems[0].code == "unknown_type"


def test_a_near_name_is_suggested():
    with pytest.raises(ConfigError, match='did you mean "hubspot"'):
        source_plugin("hubspt")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Another package with entry points, as pip would leave it."""
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[crmsync.sources]\nabsent = other_absent:PLUGIN\nwrong = json:loads\n"
        "hubspot = other_absent:PLUGIN\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


def test_what_ships_wins_over_another_package(installed):
    assert source_plugin("hubspot").name == "hubspot"


@pytest.mark.parametrize(
    ("name", "words"), [("absent", "cannot be imported"), ("wrong", "is no SourcePlugin")]
)
def test_a_broken_plugin_is_told_by_its_name(installed, name, words):
    with pytest.raises(ConfigError, match=words):
        source_plugin(name)
