"""The only writers to stdout and stderr. A reader that leaves early changes no exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final, Literal, TextIO, TypeAlias

from crmsync.errors import CrmsyncError

Level: TypeAlias = Literal["info", "warning", "error"]
_PREFIXES: Final = {"info": "", "warning": "warning: ", "error": "error: "}


def emit(text: str) -> None:
    """Write a result, whole, to stdout.

    Raises:
        CrmsyncError: It is closed, or the disk behind it is full. Later results go nowhere.
    """
    offer(text)


def offer(text: str) -> bool:
    """As `emit`, and tells whether there still is a reader: one may leave a long list early."""
    if sys.stdout is None:  # the shell's `>&-`
        raise _unwritable("it is closed")
    try:
        return _write(sys.stdout, text)
    except OSError as error:
        _discard(sys.stdout)  # else the interpreter would try again at its end
        raise _unwritable(error.strerror) from error


def note(text: str, *, level: Level = "info", hint: str = "", sync: str = "") -> None:
    """Write something for people to stderr; a JSON object on one line where log lines are.

    *sync* is the one that it is about, for programs.
    """
    from crmsync.cli.output.log_lines import json_line

    told = json_line(text, level=level, hint=hint, sync=sync)
    if told is None:
        told = f"{_PREFIXES[level]}{text}" + (f"\n  → {hint}" if hint else "")
    if sys.stderr is not None:
        with suppress(OSError):  # there is nowhere left to say it
            _write(sys.stderr, told)


def is_terminal() -> bool:
    """Whether a person can answer: both stdin and stderr are a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def shows_results() -> bool:
    """Whether a person sees what goes to stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def tolerate_any_character() -> None:
    """Show what the terminal's encoding lacks by its code, rather than fail at it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _write(stream: TextIO, text: str) -> bool:
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except BrokenPipeError:
        _discard(stream)
        return False
    return True


def _unwritable(why: str | None) -> CrmsyncError:
    return CrmsyncError(f"cannot write to stdout: {why}")


def _discard(stream: TextIO) -> None:
    """Send what is buffered, and whatever follows, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def flush() -> None:
    """Write out what is buffered, before the process is left at once."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
