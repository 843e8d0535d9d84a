"""Kills a process at a call to the kernel, lets one fail, or writes down all that change a disk.

`kernel.c` beside this is compiled by the system's C compiler and loaded with LD_PRELOAD. It is
outside of crmsync: no line there knows of it. What it does is a plan in the variable
CRMSYNC_KERNEL, see its head.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

PLAN: Final = "CRMSYNC_KERNEL"
CHANGING: Final = (
    *("creat", "mkdir", "link", "rename", "unlink", "ftruncate"),
    *("write", "pwrite64", "fdatasync", "fsync", "flock"),
    *("connect", "sendto", "recvfrom"),
)
"""The calls that are counted: what changes a disk or a connection."""
HALVED: Final = ("pwrite64", "sendto")
"""Calls that can end in the middle."""
_SOURCE: Final = Path(__file__).with_name("kernel.c")


class Call(NamedTuple):
    """A call that happened. What it writes is noted before, all else when it is done.

    Attributes:
        fd: The file's descriptor, -1 where it has a path.
        offset: Where it writes; the size for ftruncate, flags for creat and openat.
        got: What the call gave.
        data: What was written, sent or received; the path, or both with a line break between.
    """

    name: str
    thread: int
    fd: int
    offset: int
    got: int
    data: bytes


def compiler() -> str | None:
    """The system's C compiler, None where it has none."""
    return shutil.which("cc") or shutil.which("gcc")


def library(folder: Path) -> Path:
    """Compile the library into a folder.

    Raises:
        RuntimeError: There is no compiler, or it refuses.
    """
    built, cc = folder / "kernel.so", compiler()
    if cc is None:
        raise RuntimeError("there is no C compiler: install gcc or clang")
    command = [cc, "-O1", "-shared", "-fPIC", "-o", str(built), str(_SOURCE), "-ldl", "-lpthread"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{cc} refuses {_SOURCE.name}: {done.stderr}")
    return built


def under(env: Mapping[str, str], built: Path) -> dict[str, str]:
    """Variables with which a process loads the library."""
    return {**env, "LD_PRELOAD": str(built)}


def calls(trace: Path) -> Iterator[Call]:
    """What a trace holds, in order; one that was cut off ends with its last whole call."""
    packed = trace.read_bytes()
    at = 0
    while (end := packed.find(b"\n", at)) >= 0:
        name, *numbers = packed[at:end].decode("ascii").split(" ")
        thread, fd, offset, got, length = map(int, numbers)
        at = end + 1 + length
        if at > len(packed):
            return
        yield Call(name, thread, fd, offset, got, packed[end + 1 : at])


def counted(trace: Path) -> Counter[str]:
    """How often each changing call happened."""
    return Counter(call.name for call in calls(trace) if call.name in CHANGING)
