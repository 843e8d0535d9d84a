"""What no line of the package does, and what it neither loads nor asks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.pages import ROOT, tree_of

SOURCES = sorted((ROOT / "src/crmsync").rglob("*.py"))
EVALUATING = frozenset({"eval", "exec", "compile", "__import__"})
UNPICKLING = frozenset({"pickle", "marshal", "shelve", "yaml", "dill", "cloudpickle"})
UNCHECKED = frozenset({"verify", "verify_ssl", "check_hostname"})
TRUSTING_WORDS = frozenset({"CERT_NONE", "_create_unverified_context", "disable_warnings"})
SUSPECT = re.compile(rf"(?<![.\w])(?:{'|'.join((*EVALUATING, *UNPICKLING, 'shell'))})\b")
TRUSTING = re.compile(rf"\b(?:{'|'.join((*UNCHECKED, *TRUSTING_WORDS))})\b")
SHADOWED = ("json", "sqlite3", "httpx", "typer", "orjson", "crmsync")
NO_NETWORK = """
import socket, sys
def refuse(*given, **named):
    raise SystemExit("the network was asked")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import crmsync.cli
sys.argv = ["crmsync", *sys.argv[1:]]
crmsync.cli.main()
"""


def evaluating(text: str) -> list[str]:
    """What of a module's text runs text as code, loads objects from bytes, or asks a shell."""
    names = []
    for node in ast.walk(tree_of(text)) if SUSPECT.search(text) else ():
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in EVALUATING:
                names.append(name)
            case ast.Import(names=imported):
                names += [one.name for one in imported if one.name in UNPICKLING]
            case ast.ImportFrom(module=str(module)) if module in UNPICKLING:
                names.append(module)
            case ast.keyword(arg="shell"):
                names.append("shell")
            case _:
                pass
    return names


def unverified(text: str) -> list[str]:
    """What of a module's text talks to a host whose certificate nobody looked at."""
    names = []
    for node in ast.walk(tree_of(text)) if TRUSTING.search(text) else ():
        match node:
            case ast.keyword(arg=str(name), value=ast.Constant(value=False)) if name in UNCHECKED:
                names.append(name)
            case ast.Attribute(attr=name) if name in TRUSTING_WORDS:
                names.append(name)
            case _:
                pass
    return names


def modules_where(look: Callable[[str], list[str]]) -> dict[str, list[str]]:
    found = {str(path): look(path.read_text("utf-8")) for path in SOURCES}
    return {path: names for path, names in found.items() if names}


@pytest.mark.parametrize(
    "text",
    ["eval('1')", "import pickle", "from yaml import load", "run('ls', shell=True)"],
)
def test_sec37_what_evaluates_text_is_found(text):
    assert evaluating(text)


def test_sec37_no_line_evaluates_text_or_asks_a_shell():
    assert modules_where(evaluating) == {}


@pytest.mark.parametrize("text", ["get(u, verify=False)", "ssl.CERT_NONE"])
def test_sec26_what_trusts_anybody_is_found(text):
    assert unverified(text)


def test_sec26_every_line_verifies_certificates():
    assert modules_where(unverified) == {}


@pytest.mark.parametrize("arguments", [["--version"], ["run", "--help"]], ids=" ".join)
def test_sec68_help_and_version_ask_no_network(arguments):
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "crmsync" in done.stdout


def test_sec56_no_module_of_the_folder_that_it_is_started_in_is_loaded(tmp_path):
    for name in SHADOWED:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger was loaded')\n")
    command = Path(sysconfig.get_path("scripts")) / "crmsync"
    done = subprocess.run(
        [command, "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "stranger" not in done.stdout + done.stderr
