"""What a process holds stays in it: no core dump, no look from outside, no bare trace."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.test_main import CANARY, SCRIPT

REGISTERED = "from crmsync.transport.redaction import register; register(CANARY); "


def command(body: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose work is *body*, in a process with its own start and its own end."""
    script = SCRIPT.format(body=body, arguments=[*options, "sandbox"])
    line = [sys.executable, "-c", script]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_sec13_a_command_leaves_no_core_dump_and_nobody_may_look_into_it():
    ended = command(
        "import ctypes, resource; "
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    assert ended.stdout == "(0, 0) 0\n"


def test_sec14_what_nobody_caught_is_told_as_a_bug_without_secrets():
    ended = command(
        REGISTERED
        + "import atexit, threading, warnings; warnings.warn(f'of {CANARY}'); "
        + "t = threading.Thread(target=int, args=(CANARY,)); t.start(); t.join(); "
        + "type('Freed', (), {'__del__': lambda self: int(CANARY)})(); "
        + "sys.excepthook(KeyError, KeyError(CANARY), None); atexit.register(int, CANARY)",
        *("--log-level", "debug"),
    )
    assert ended.stderr.count("this is a bug in crmsync, please report it: ") == 4
    assert ended.stderr.count("***") == 5
    assert CANARY not in ended.stderr


def test_sec14_a_crash_shows_places_and_no_values():
    ended = command(REGISTERED + "import faulthandler, os; faulthandler.enable(); os.abort()")
    assert "Fatal Python error: Aborted" in ended.stderr
    assert CANARY not in ended.stderr
