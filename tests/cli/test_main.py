from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Ended

# The command `sandbox`, with other work than its own.
CANARY = "canary-4711"
SCRIPT = """
import sys, types
from crmsync.errors import *
from crmsync.receipts import Problem
CANARY = "canary" + "-4711"
def serve(*arguments):
    {body}
sys.modules["crmsync.sandbox.server"] = types.SimpleNamespace(serve=serve)
from crmsync.cli import main
main({arguments})
"""


@pytest.fixture
def command(warm, tmp_path):
    """Runs a command whose work is *body*."""

    def command(body: str, *options: str) -> Ended:
        script = SCRIPT.format(body=body, arguments=[*options, "sandbox"])
        return Ended(*warm.python(script, tmp_path))

    return command


ERRORS = [
    ("config", "ConfigError([Problem('a.b', 'c', 'wrong')])", 2, "error: a.b: wrong"),
    ("credentials", "CredentialsError('token refused')", 7, "error: token refused"),
    ("temporary", "RetryableError('busy')", 5, "error: busy"),
    ("stopped", "StoppedError('asked to stop')", 5, "error: asked to stop"),
    ("guard", "GuardError('empty')", 6, "error: empty"),
    ("locked", "LockedError('running')", 9, "error: running"),
    ("ledger", "LedgerError('disk full')", 1, "error: disk full"),
    ("fatal", "FatalError('no JSON')", 1, "error: no JSON"),
    ("unreachable", "UnreachableError('away')", 5, "error: away"),
]


@pytest.mark.parametrize(
    ("error", "code", "words"), [r[1:] for r in ERRORS], ids=[r[0] for r in ERRORS]
)
def test_each_error_is_told_in_words_and_ends_with_its_code(command, error, code, words):
    ended = command(f"raise {error}")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.splitlines() == [words]


def test_the_hint_is_told_below(command):
    ended = command("raise FatalError('no JSON', hint='look at the address')")
    assert ended.err.splitlines()[1] == "  → look at the address"


def test_a_bug_is_told_in_one_line_without_a_trace(command):
    ended = command("raise KeyError('secret-canary')")
    assert ended.code == 1
    assert "this is a bug in crmsync, please report it: KeyError" in ended.err
    assert "Traceback" not in ended.err
    assert "canary" not in ended.err


def test_f78_too_little_memory_is_no_bug(command):
    ended = command("raise MemoryError")
    assert ended.code == 1
    first, hint = ended.err.splitlines()
    assert first == "error: there was not enough memory"
    assert "then run again: what is settled stays settled" in hint


@pytest.mark.parametrize("options", [["-vv"], ["--log-level", "debug"]], ids=" ".join)
def test_a_bug_shows_its_trace_at_the_debug_level(command, options):
    ended = command("raise KeyError('x')", *options)
    assert "Traceback" in ended.err


@pytest.mark.security(5)
def test_a_trace_shows_no_secret_that_was_looked_up(command):
    ended = command(
        "from crmsync.transport import redaction as r; r.register(CANARY); raise KeyError(CANARY)",
        "-vv",
    )
    assert "KeyError" in ended.err
    assert CANARY not in ended.err.replace("CANARY", "")


def test_ctrl_c_ends_with_130_and_no_trace(command):
    ended = command("raise KeyboardInterrupt")
    assert ended.code == 130
    assert "Traceback" not in ended.err


def test_the_commands_own_exit_code_is_kept(command):
    assert command("raise SystemExit(3)").code == 3


@pytest.mark.security(28)
def test_nothing_that_a_terminal_obeys_reaches_it_through_an_error(command):
    ended = command(r"raise FatalError('\x1b[2J \x9b \u202e \r', hint='\x07')")
    assert ended.err.splitlines() == [r"error: \x1b[2J \x9b \u202e \r", r"  → \x07"]


def test_a_reader_that_leaves_early_changes_no_exit_code():
    body = "from crmsync.cli.output import terminal as t; t.emit('x' * 99_999); sys.exit(3)"
    script = SCRIPT.format(body=body, arguments=["sandbox"])
    line = [sys.executable, "-c", script]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate()
    assert (process.returncode, err) == (3, b"")


def test_a_full_disk_behind_the_help_is_no_bug():
    line = f'"{sys.executable}" -m crmsync --help >/dev/full'
    ended = subprocess.run(["/bin/sh", "-c", line], stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0] == "error: cannot write: No space left on device"
