"""The pages say what the code does: tables made from it, commands that exist, blocks that load."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crmsync import logs
from crmsync.config.loading import load
from crmsync.engine import guards, watching
from crmsync.errors import Guard
from crmsync.exit_codes import ExitCode
from crmsync.mapping.writing import inline
from crmsync.sources.hubspot.failures import Failures
from crmsync.sources.hubspot.objects import OBJECTS, OWNER_SCOPE
from crmsync.testing.clocks import FakeClock
from crmsync.wiring import Selection, Workspace
from tests.project.answers import HUBSPOT, NOW
from tests.project.generated import PARTS, codes, parts_of, written
from tests.project.pages import (
    PAGES,
    ROOT,
    blocks,
    calls,
    crontab_commands,
    fault_of,
    headings,
    links,
    section,
    spans,
    table,
    text_of,
    tree_of,
)

REWRITE = "CRMSYNC_WRITE_DOCS"
WITH_PARTS = [page for page in PAGES if parts_of(text_of(page))]
EVENT = re.compile(r"[A-Z_]+_[A-Z]+")


@pytest.mark.parametrize("page", WITH_PARTS)
def test_a_generated_part_is_what_the_code_says(page):
    current = text_of(page)
    if os.environ.get(REWRITE):
        (ROOT / page).write_text(written(current), encoding="utf-8")
        return
    assert current == written(current), f"write it anew with {REWRITE}=1"


def test_every_generated_part_stands_on_a_page():
    assert sorted(part for page in WITH_PARTS for part in parts_of(text_of(page))) == sorted(PARTS)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in links(text_of(page)):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        found = (ROOT / page).parent / target if target else ROOT / page
        assert found.exists(), link
        if anchor:
            assert anchor in anchors(found.read_text(encoding="utf-8")), link


def anchors(text: str) -> list[str]:
    """The headings as GitHub writes them in addresses."""
    found = [*headings(text, 2), *headings(text, 3)]
    return [re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in found]


def shown_commands() -> Iterator[Any]:
    """Every call of crmsync on a page, in a unit or in the crontab."""
    lines = [(page, line) for page in PAGES for line in shell_lines(text_of(page))]
    lines += [("crontab.example", line) for line in crontab_commands()]
    seen = set()
    for place, line in lines:
        for words in calls(line):
            name = f"{place}: crmsync {' '.join(words)}"
            if name not in seen and "COMMAND" not in words:
                seen.add(name)
                yield pytest.param(words, id=name)


def shell_lines(text: str) -> Iterator[str]:
    for block in blocks(text):
        if block.language == "sh":
            yield from block.text.replace("\\\n", " ").splitlines()
        elif block.language == "ini":
            yield from (one for one in block.text.splitlines() if one.startswith("ExecStart="))
    yield from (span for span in spans(text) if span.startswith("crmsync "))


@pytest.mark.parametrize("words", list(shown_commands()))
def test_a_command_that_is_shown_is_one(words):
    assert fault_of(words) == ""


def config_blocks() -> list[Any]:
    return [
        pytest.param(block.text, id=f"{page} {number}")
        for page in PAGES
        for number, block in enumerate(blocks(text_of(page), "toml"))
        if page != "docs/mapping.md" or block.role == "config"
    ]


@pytest.mark.parametrize("block", config_blocks())
def test_a_piece_of_configuration_loads_within_the_readmes(block, tmp_path):
    (whole,) = blocks(text_of("README.md"), "toml")
    tables = together(tomllib.loads(whole.text), tomllib.loads(block))
    path = tmp_path / "config.toml"
    path.write_text("".join(f"{key} = {inline(one)}\n" for key, one in tables.items()))
    loaded = load(path)
    with Workspace(loaded) as workspace:
        assert workspace.plans(Selection())


def together(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and key in merged and not key.startswith("properties.")
        merged[key] = together(merged[key], value) if nested else value
    return merged


def test_operations_names_every_exit_code():
    rows = table(section(text_of("docs/operations.md"), "What to watch"))
    assert [int(row[0]) for row in rows] == [int(code) for code in ExitCode]


def test_operations_names_every_event_that_is_logged():
    rows = section(text_of("docs/operations.md"), "What to watch").split("| event |")[1]
    named = {row[0].strip("`") for row in table(f"| event |{rows}")}
    assert named == {getattr(logs, name) for name in logged()}


LOGGING = ("event", "logs.event", "self._log")
"""How the code logs an event."""


@cache
def logged() -> frozenset[str]:
    """The names of the events that the code logs."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    calls = (
        node
        for text in texts
        if any(f"{name}(" in text for name in LOGGING)
        for node in ast.walk(tree_of(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    )
    logging = (call for call in calls if ast.unparse(call.func) in LOGGING)
    return frozenset(ast.unparse(call.args[0]).removeprefix("logs.") for call in logging)


def test_the_events_that_are_logged_are_in_the_closed_list():
    listed = {name for name in vars(logs) if EVENT.fullmatch(name)}
    assert logged() <= listed


def test_operations_quotes_the_guards_words():
    text = section(text_of("docs/operations.md"), "After exit code 6")
    sources = [
        Path(str(module.__file__)).read_text(encoding="utf-8") for module in (guards, watching)
    ]
    rows = table(text)
    assert [row[0].strip("`") for row in rows] == list(Guard)
    assert [row for row in rows if row[1].strip('"') not in "".join(sources)] == []


def test_mapping_names_every_code_that_a_record_can_have():
    page = section(text_of("docs/mapping.md"), "Codes")
    named = set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))
    made_up_from_a_name = {"MISSING_DOMAIN", "UNKNOWN_OWNER", "FUTURE_CLOSED_AT"}
    made_up_from_a_name |= {"INTERNAL_ID_COLLISION"}
    assert named == {*codes(), *literal_codes(), *made_up_from_a_name} - NOT_TOLD


NOT_TOLD = {"STATUS_AFTER_SINK"}
"""What is found, and does not keep a record from being sent: no record has it."""


def literal_codes() -> set[str]:
    """Codes of problems that are written out: the mapping's, the engine's, the platforms'."""
    packages = [ROOT / "src/crmsync" / name for name in ("mapping", "engine", "destinations")]
    found = set()
    texts = (path.read_text("utf-8") for package in packages for path in package.rglob("*.py"))
    for tree in (tree_of(text) for text in texts if "Problem(" in text or "Remark(" in text):
        constants = {
            ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0]): (
                node.value.value
            )
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in ("Problem", "Remark"):
                found |= {code for arg in node.args[1:2] if (code := literal(arg, constants))}
    return {code for code in found if code.isupper()}


def literal(argument: ast.expr, constants: Mapping[str, object]) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    return str(constants.get(ast.unparse(argument), ""))


def test_hubspots_answers_are_all_there():
    rows = Failures("hubspot", FakeClock(NOW))._rows
    assert set(rows) <= {sample.status for sample in HUBSPOT}


def test_hubspots_scopes_are_the_codes():
    rows = table(section(text_of("docs/hubspot.md"), "Setting it up"))
    scopes = {scope for kind in OBJECTS.values() for scope in kind.scopes} | {OWNER_SCOPE}
    assert {row[0].strip("`") for row in rows[: len(scopes)]} == scopes
    assert all(scope in text_of("README.md") for scope in scopes)
