"""README's promises: its order, its commands, its exit codes, its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer

from crmsync.config.loading import load
from crmsync.exit_codes import GRAVITY, MEANINGS, ExitCode
from crmsync.receipts import Outcome
from crmsync.testing.clocks import FakeClock
from crmsync.wiring import Selection, Workspace
from tests.project.pages import (
    ROOT,
    blocks,
    command_line,
    headings,
    section,
    spans,
    table,
    text_of,
)
from tests.sources.hubspot.portal import Portal, open_source

README = text_of("README.md")
ORDER = (
    "Try it",
    "Run the tests",
    "Configuration",
    "Commands",
    "Exit codes",
    "What is guaranteed",
    "Troubleshooting",
    "Glossary",
)
GROUPS = ("mapping", "quarantine")


@cache
def commands() -> dict[str, Any]:
    """Every command that does something, by its words."""
    found: dict[str, Any] = {}
    for name, listed in command_line().commands.items():
        command = listed.whole
        if isinstance(command, typer.core.TyperGroup):
            found |= {f"{name} {sub}": one for sub, one in command.commands.items()}
        else:
            found[name] = command
    return found


def rows() -> Iterator[tuple[list[str], list[str]]]:
    """The command table: a row's commands, and the options that it speaks of."""
    for cell, about in table(section(README, "Commands")):
        named: list[str] = []
        for span in spans(cell):
            words = [word for word in span.split() if word.islower()]
            group = named[0].split()[0] if named and words[0] not in GROUPS else ""
            named.append(" ".join([group, *words]).strip())
        yield named, [span.split()[0] for span in spans(about) if span.startswith("--")]


def test_it_begins_with_one_sentence_and_keeps_its_order():
    first = README.split("\n\n")[1]
    assert first.count(".") == 1
    assert [heading for heading in headings(README) if heading in ORDER] == list(ORDER)


@pytest.mark.parametrize("heading", ["Try it", "Run the tests"])
def test_a_heading_that_scripts_run_has_one_command_and_nothing_else(heading):
    (block,) = blocks(section(README, heading))
    assert block.language == "sh"
    assert len(block.text.splitlines()) == 1


@pytest.mark.parametrize("heading", ["Try it", "Run the tests"])
def test_what_a_script_installs_from_is_there_and_hashed(heading):
    (block,) = blocks(section(README, heading))
    (lock,) = re.findall(r"--require-hashes --requirement (\S+)", block.text)
    assert (ROOT / lock).is_file()


def test_the_exit_codes_are_the_codes():
    shown = {int(code): meaning for code, meaning in table(section(README, "Exit codes"))}
    assert shown == {int(code): meaning for code, meaning in MEANINGS.items()}
    assert set(MEANINGS) == set(ExitCode)


def test_the_gravity_is_the_codes():
    (order,) = re.findall(r"in the order ([\d ]+)\.", section(README, "Exit codes"))
    assert order == " ".join(str(int(one)) for one in GRAVITY if one is not ExitCode.TO_SEND)


def test_the_help_names_every_exit_code():
    epilog = command_line().epilog or ""
    assert re.findall(r"(?:: |, )(\d)", epilog) == [str(int(code)) for code in ExitCode]


def test_the_command_table_has_every_command_and_no_other():
    assert sorted(name for named, _ in rows() for name in named) == sorted(commands())


def test_the_command_table_speaks_of_options_that_exist():
    for named, spoken_of in rows():
        params = [param for name in named for param in commands()[name].params]
        known = {opt for param in params for opt in param.opts}
        assert set(spoken_of) <= known, named


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_has_help_for_itself_and_for_each_option(name):
    command = commands()[name]
    assert command.help
    silent = [param.name for param in command.params if not getattr(param, "help", "")]
    assert silent == []


@pytest.mark.parametrize(
    "name", ["run", "check", "fields", "status", "runs", "explain", "dry-run", "events list"]
)
def test_a_command_that_reports_takes_json(name):
    assert "--json" in {opt for param in commands()[name].params for opt in param.opts}


def test_every_outcome_is_explained():
    guaranteed = section(README, "What is guaranteed")
    assert set(Outcome) <= set(spans(guaranteed))


def test_the_configuration_is_one_that_loads_without_a_warning(tmp_path):
    path = tmp_path / "config.toml"
    (block,) = blocks(README, "toml")
    path.write_text(block.text, encoding="utf-8")
    assert load(path).warnings == ()


def test_the_configuration_asks_for_nothing_that_an_ordinary_hubspot_lacks(tmp_path):
    path = tmp_path / "config.toml"
    (block,) = blocks(README, "toml")
    path.write_text(block.text, encoding="utf-8")
    clock = FakeClock()
    source = open_source(Portal(clock), clock)
    with Workspace(load(path)) as workspace:
        results = [
            one for plan in workspace.plans(Selection()) for one in source.check(plan.query())
        ]
    assert results
    assert [result for result in results if not result.passed] == []
