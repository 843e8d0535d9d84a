"""The only writers to stdout and stderr. A reader that leaves early changes no exit code."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def emit(text: str) -> None:
    """Write a result, whole, to stdout."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """Write something for people to stderr."""
    _write(sys.stderr, text)


def is_terminal() -> bool:
    """Whether a person can answer: both stdin and stderr are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def tolerate_any_character() -> None:
    """Show what the terminal's encoding lacks by its code, rather than fail at it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except BrokenPipeError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Send what is buffered, and whatever follows, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
