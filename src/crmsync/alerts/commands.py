"""Runs an operator's command: no shell, no secrets around it, and never for long."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Final

from crmsync.errors import FatalError
from crmsync.interfaces import Clock
from crmsync.transport.redaction import safe

KEPT: Final = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
"""Variables that the command gets. All others may be credentials."""

SHOWN: Final = 300
"""Bytes of the command's last words that an error quotes."""

MOST: Final = 1 << 20
"""Bytes that it may write before it is stopped."""

_TOO_MUCH: Final = f"wrote more than {MOST:,} bytes; what it writes should be a line"
_LOOK: Final = 0.1


def run_command(argv: Sequence[str], body: bytes, clock: Clock, *, timeout: float) -> None:
    """Run a command with *body* on its stdin, for so many seconds at most.

    Raises:
        FatalError: It could not be started, ended with anything but 0, took too long or wrote
            too much; then it and all in its process group are killed.
        StoppedError: The run is to stop; likewise.
    """
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    with TemporaryFile() as given, TemporaryFile() as said:
        given.write(body)
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own argv, no shell
                list(argv),
                stdin=given,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it holds a NUL"
            raise _fault(f"could not be started ({why})") from error
        try:
            _await(process, said, clock, timeout)
        finally:
            if process.returncode is None:
                _kill(process)
        if process.returncode:
            raise _fault(f"ended with {process.returncode}{_quoted(said)}")
        if _wrote_too_much(said):  # before the first look
            raise _fault(_TOO_MUCH)


def _await(process: subprocess.Popen[bytes], said: IO[bytes], clock: Clock, timeout: float) -> None:
    left = timeout
    while True:
        try:
            process.wait(min(_LOOK, left))
        except subprocess.TimeoutExpired:
            left -= _LOOK
        else:
            break
        clock.sleep(0)  # raises where the run is to stop
        if _wrote_too_much(said):
            raise _fault(_TOO_MUCH)
        if left <= 0:
            raise _fault(f"took more than {timeout:g} seconds, and was killed")


def _wrote_too_much(said: IO[bytes]) -> bool:
    return os.fstat(said.fileno()).st_size > MOST


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _quoted(said: IO[bytes]) -> str:
    size = os.fstat(said.fileno()).st_size
    said.seek(max(size - SHOWN, 0))
    words = safe(" ".join(said.read(SHOWN).decode("utf-8", "replace").split()))
    return f": {words}" if words else ""


def _fault(what: str) -> FatalError:
    return FatalError(f"alerts.command {what}", hint="try it: crmsync alert test")
