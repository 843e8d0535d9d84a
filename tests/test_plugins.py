from __future__ import annotations

import pytest

from crmsync.adapters import DestinationPlugin, SourcePlugin
from crmsync.cli.output.errors import told_bug
from crmsync.engine.run import unforeseen
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.plugins import (
    culprit,
    destination_names,
    destination_plugin,
    source_names,
    source_plugin,
)
from tests.installed import install


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
    install(
        tmp_path,
        "other",
        "[crmsync.sources]\nabsent = other_absent:PLUGIN\nwrong = json:loads\n"
        "hubspot = other_absent:PLUGIN\n"
        "[crmsync.destinations]\nrenamed = crmsync.destinations.akooda:PLUGIN\n"
        "faulty = other_faulty.plugin:PLUGIN\n",
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.security(57)
def test_what_ships_wins_over_another_package(installed):
    assert source_plugin("hubspot").name == "hubspot"


@pytest.mark.parametrize(
    ("name", "words"), [("absent", "cannot be imported"), ("wrong", "is no SourcePlugin")]
)
def test_a_broken_plugin_is_told_by_its_name(installed, name, words):
    with pytest.raises(ConfigError, match=words) as caught:
        source_plugin(name)
    assert caught.value.hint == "mend the package that brings it, or uninstall it"


def test_a_plugin_with_another_name_than_its_entry_points_is_refused(installed):
    with pytest.raises(ConfigError, match=r'"renamed" .* calls itself "akooda"') as caught:
        destination_plugin("renamed")
    assert caught.value.problems[0].code == "broken_plugin"


def raised_in(module):
    """An error that a module's function raised, below one of crmsync's."""
    names = {"__name__": module}
    exec("def push(): raise KeyError('x')", names)  # noqa: S102 - a frame of a module that is none
    try:
        names["push"]()
    except KeyError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("module", "whose"),
    [
        ("other_faulty.client", "other (destination faulty)"),
        ("other_absent", "other (source absent)"),
        ("crmsync.engine.sync", None),
        ("nobody", None),
    ],
)
def test_an_unforeseen_error_is_its_packages_whose_adapter_it_came_out_of(installed, module, whose):
    assert culprit(raised_in(module)) == whose


def test_a_packages_bug_is_told_to_its_author(installed, capsys):
    error = raised_in("other_faulty.client")
    ended = unforeseen(error)
    assert ended.message == "a bug in other (destination faulty): KeyError"
    assert ended.hint.startswith("tell its author, with what `crmsync --log-level debug")
    assert told_bug(error) is ExitCode.FAILED
    told = capsys.readouterr().err
    assert told.startswith(
        "error: a bug in other (destination faulty): KeyError; tell its author\n"
    )
    assert "crmsync --log-level debug COMMAND" in told


def test_f78_a_sync_without_memory_is_nobodys_bug(installed):
    ended = unforeseen(MemoryError())
    assert ended.message == "there was not enough memory"
    assert "ulimit" in ended.hint


def test_our_own_bug_is_to_be_reported(installed):
    ended = unforeseen(raised_in("crmsync.engine.sync"))
    assert ended.message == "this is a bug in crmsync: KeyError"
    assert ended.hint.startswith("please report it")
