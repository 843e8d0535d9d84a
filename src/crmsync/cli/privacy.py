"""Keeps what a process holds to itself: no core dumps, no other user's look, no bare traces."""

from __future__ import annotations

import resource
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""Of <sys/prctl.h>: prctl(2), man7.org, read 2026-11-22."""


def keep_private() -> None:
    """Let nothing of this process's memory be written out or read by others of its user.

    A core dump holds every credential in the clear. A process that is not dumpable leaves none,
    and no debugger but root's can attach to it; other systems than Linux know the limit alone.
    """
    with suppress(OSError, ValueError):  # a jail may forbid even this; it forbids dumps as well
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def tell_without_traces() -> None:
    """Tell what nobody caught, in a thread or at the interpreter's end too, as a bug is told.

    Python's own way is a trace on stderr, with the error's words: they may hold anything.
    """
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def _uncaught(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    _tell(error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    _tell(args.exc_value)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    _tell(args.exc_value)


def _tell(error: BaseException | None) -> None:
    from crmsync.cli.output.errors import told_bug

    if isinstance(error, Exception):  # the others ask an interpreter or a thread to end
        told_bug(error)
