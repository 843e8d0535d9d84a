from __future__ import annotations

import logging
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from crmsync.cli import main


class Ended(NamedTuple):
    """How a command ended."""

    code: int | str | None
    out: str
    err: str


Crmsync = Callable[..., Ended]

CONFIG = """
[sources.hubspot]
access_token = "${TOKEN}"
[destinations.akooda]
tenant_id = "${TENANT}"
api_key = "${KEY}"
[syncs.main]
source = "hubspot"
object = "companies"
destination = "akooda"
"""


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A folder with a configuration of one sync, `main`, of which no credential is there."""
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root, raises = logging.getLogger(), logging.raiseExceptions
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raises


@pytest.fixture
def crmsync(
    capsys: pytest.CaptureFixture[str],
    logging_as_before: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path,
) -> Crmsync:
    """Runs a command in an empty folder; tells its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRMSYNC_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))

    def crmsync(*arguments: str) -> Ended:
        before = signal.getsignal(signal.SIGINT)
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert signal.getsignal(signal.SIGINT) is before
        return Ended(end.value.code, *capsys.readouterr())

    return crmsync


@pytest.fixture
def at_a_terminal(tmp_path) -> Callable[..., tuple[int, str]]:
    """Runs `crmsync …` where a person types an answer; gives the exit code and the screen."""

    def at_a_terminal(typed: bytes, *arguments: str) -> tuple[int, str]:
        screen, terminal = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, "-m", "crmsync", *arguments],
            cwd=tmp_path,
            env=dict(os.environ),
            stdin=terminal,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
        os.close(terminal)
        shown = b""
        with child:
            try:
                while b"[y/N]" not in shown:
                    shown += os.read(screen, 4096)
                os.write(screen, typed)
                child.wait(timeout=30)
            finally:
                child.kill()
        os.close(screen)
        return child.returncode, shown.decode()

    return at_a_terminal
