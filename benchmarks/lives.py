"""Lives of crmsync: a process from its start to its end, which may be a SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

KILLED = -9
_KIB = 1024
_LOOK_EVERY_S = 0.02
_UNSET = ("PYTHONDONTWRITEBYTECODE", "CRMSYNC_CONFIG")


class Life(NamedTuple):
    """One process that has ended.

    Attributes:
        code: Its exit code, KILLED where it was.
        peak_mib: The most memory that it had resident.
        output: What it wrote on stdout.
        words: What it wrote on stderr.
    """

    code: int
    peak_mib: float
    output: str
    words: str


Clock: TypeAlias = Callable[[int], float]
"""Seconds for a process's id."""


def wall(process: int) -> float:
    """Everybody's time."""
    del process
    return time.monotonic()


def own(process: int) -> float:
    """The time that a processor has worked for a process: a busy machine makes no life shorter."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def environment(folder: Path) -> dict[str, str]:
    """This process's variables, with a place of its own in the folder for compiled modules.

    Without one each life might compile crmsync anew, and be killed before it has.
    """
    plain = {name: text for name, text in os.environ.items() if name not in _UNSET}
    return plain | {"PYTHONPYCACHEPREFIX": str(folder / "bytes")}


def lived(
    command: Sequence[str], seconds: float, env: Mapping[str, str], clock: Clock = wall
) -> Life:
    """Start a command and kill it after so many seconds of the clock, unless it ends before."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(command, env=env, stdout=out, stderr=err)
        deadline = clock(child.pid) + seconds
        while True:
            time.sleep(_LOOK_EVERY_S)
            if clock(child.pid) > deadline:
                os.kill(child.pid, signal.SIGKILL)  # Popen.kill would take the status away
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Life(child.returncode, used.ru_maxrss / _KIB, out.read(), err.read())
