from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from crmsync.alerts.commands import MOST, run_command
from crmsync.errors import FatalError, StoppedError
from crmsync.testing.clocks import FakeClock


def python(code):
    return [sys.executable, "-I", "-c", code]


def test_the_body_comes_on_stdin(tmp_path):
    told = tmp_path / "told"

    run_command(
        python(f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read())"),
        b'{"text": "caf\xc3\xa9"}',
        FakeClock(),
        timeout=60,
    )

    assert told.read_text() == '{"text": "café"}'


def test_sec8_no_secret_of_the_environment_is_handed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "canary-0815")
    told = tmp_path / "told"

    code = f"import os; open({str(told)!r}, 'w').write(repr(sorted(os.environ)))"
    run_command(python(code), b"", FakeClock(), timeout=60)

    assert "HUBSPOT_ACCESS_TOKEN" not in told.read_text()
    assert "PATH" in told.read_text()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["/nowhere/at-all"], "alerts.command could not be started (No such file or directory)"),
        (python("raise SystemExit('no\x1b[2J route')"), r"ended with 1: no\\x1b\[2J route"),
        (python("import os; os.kill(os.getpid(), 9)"), "ended with -9"),
        (python(f"print('x' * {MOST}, 'x')"), "wrote more than 1,048,576 bytes"),
        (["sh", "-c", "echo $0; exit 3", "; rm -rf x"], "ended with 3: ; rm -rf x"),
    ],
    ids=["missing", "fails", "killed", "wordy-and-quick", "no-shell"],
)
def test_a_command_that_does_not_end_well_is_told_of(argv, says):
    with pytest.raises(FatalError) as caught:
        run_command(argv, b"", FakeClock(), timeout=60)
    assert says.replace("\\\\", "\\").replace("\\[", "[") in caught.value.message


def test_a_command_that_hangs_is_killed_with_all_that_it_started(tmp_path):
    left = tmp_path / "child"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(left)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    began = time.monotonic()

    with pytest.raises(FatalError, match=r"took more than 0\.5 seconds, and was killed"):
        run_command(python(code), b"", FakeClock(), timeout=0.5)

    assert time.monotonic() - began < 30
    if left.exists() and left.read_text():  # else it was killed before
        assert not runs(int(left.read_text()))


def test_a_command_ends_with_the_run_that_is_asked_to_stop(tmp_path):
    left, clock = tmp_path / "pid", FakeClock()
    clock.stop()
    code = f"import os, time; open({str(left)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    with pytest.raises(StoppedError):
        run_command(python(code), b"", clock, timeout=60)

    if left.exists() and left.read_text():
        assert not runs(int(left.read_text()))


def runs(pid):
    """Whether a process runs: one that was killed and that nobody waits for does not."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        except OSError:
            return False
        if state.rpartition(")")[2].split()[0] == "Z":
            return False
        os.sched_yield()
    return True
