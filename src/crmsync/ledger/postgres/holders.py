"""Tells a holder's process from every other, and whether it is surely gone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_START: Final = 19
"""Where the start time stands in /proc/PID/stat, counted after the name (proc_pid_stat(5))."""


def this_process() -> str:
    """This boot of this machine, this namespace of processes, this process; "" where unknown."""
    here = _here()
    started = _started(os.getpid())
    return f"{here} {os.getpid()} {started}" if here and started else ""


def is_gone(process: str) -> bool:
    """Whether a process that `this_process` named has surely ended.

    Only of one that ran here, in this boot and this container, can that be told.
    """
    here, _, rest = process.partition(" ")
    pid, _, started = rest.partition(" ")
    if not here or here != _here() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def _here() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in the kernel's ticks; "" where there is none."""
    try:
        told = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = told.rpartition(")")[2].split()
    return "" if state == "Z" else fields[_START - 1]
