"""What the source keeps to: side effects in their homes, no leftovers, no machine's traces."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import pytest

from crmsync import __version__
from crmsync.adapters import DestinationPlugin, SourcePlugin
from tests.project.pages import ROOT, tree_of

SOURCE = ROOT / "src/crmsync"
KINDS = {"crmsync.sources": SourcePlugin, "crmsync.destinations": DestinationPlugin}
HOMES = {
    "print": (),
    "input": (),
    "time.sleep": (),
    "sys.stdout": ("cli/output/terminal.py", "sandbox/__main__.py"),
    "os.environ": ("alerts/commands.py", "cli/__init__.py", "config/files.py", "secrets.py"),
    "os.getenv": (),
    "logging.basicConfig": ("cli/output/log_lines.py",),
    "datetime.now": ("transport/clock.py", "sandbox/"),
    "random.random": ("transport/account.py",),
}
"""What a name of the outside world may be used by."""
SUFFIXES = frozenset({".py", ".md", ".toml", ".sql", ".example", ".lock", ".j2", ".js", ".css"})
LEFTOVERS = ("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")
FOLDER = re.compile(r"/(?<![^\s\"'(=]/)(?:work|root|home|Users|mnt)/\w")
REGISTRIES = ("pypi.org", "pythonhosted", "artifactory", "devpi", "nexus", "index-url")
"""Looked for as they are, which takes a hundredth of a pattern's time over all files."""


@cache
def names_in(path: Path) -> frozenset[str]:
    """Every dotted name that a module uses, what it imports from elsewhere in full."""
    found = set()
    for node in ast.walk(tree_of(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{one.name}" for one in node.names}
    return frozenset(found)


def users_of(name: str) -> set[str]:
    """The modules that use a name. Its parts stand in their texts: only those are taken apart."""
    parts = name.split(".")
    texts = ((path, path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py"))
    likely = (path for path, text in texts if all(part in text for part in parts))
    return {str(path.relative_to(SOURCE)) for path in likely if name in names_in(path)}


def project_files() -> Iterator[Path]:
    folders = (ROOT / name for name in ("src", "tests", "docs", "benchmarks", ".ci"))
    files = (*ROOT.iterdir(), *(path for folder in folders for path in folder.rglob("*")))
    for path in files:
        if path.is_file() and (path.suffix in SUFFIXES or path.parent.name == ".ci"):
            yield path


def is_for_later(text: str) -> bool:
    return any(re.search(rf"\b{word}\b", text) for word in LEFTOVERS if word in text)


def traces_in(text: str) -> list[str]:
    """What a text tells of a machine: folders, registries."""
    return [*FOLDER.findall(text), *(name for name in REGISTRIES if name in text)]


@pytest.mark.parametrize("name", list(HOMES))
def test_the_outside_world_is_touched_in_its_home_alone(name):
    strangers = {module for module in users_of(name) if not module.startswith(HOMES[name] or "/")}
    assert strangers == set()


@pytest.mark.parametrize("name", [name for name, homes in HOMES.items() if homes])
def test_a_home_is_lived_in(name):
    assert users_of(name), "nobody uses it any more: take it off the table"


def test_nothing_is_left_for_later():
    assert [str(path) for path in project_files() if is_for_later(path.read_text())] == []


def test_no_file_knows_the_machine_that_it_was_written_on():
    known = {
        f"{path.relative_to(ROOT)}: {found}"
        for path in project_files()
        if path.name != Path(__file__).name
        for found in traces_in(path.read_text(encoding="utf-8"))
    }
    assert known == set()


def test_entry_points_load_and_are_named_alike():
    for group, kind in KINDS.items():
        points = distribution("crmsync").entry_points.select(group=group)
        assert points
        for point in points:
            plugin = point.load()
            assert isinstance(plugin, kind)
            assert getattr(plugin, "name", "") == point.name


def test_the_version_is_the_packages():
    assert distribution("crmsync").version == __version__


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "crmsync", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"crmsync {__version__}\n"
