"""Turns an error into words on stderr and an exit code: the one place that does."""

from __future__ import annotations

import logging
import traceback

from crmsync.cli.output.terminal import note
from crmsync.cli.output.text import safe
from crmsync.errors import ConfigError, CrmsyncError
from crmsync.exit_codes import ExitCode, of_error


def told(error: CrmsyncError) -> ExitCode:
    """Tell what happened and what to do next; give the exit code."""
    if isinstance(error, ConfigError):
        for problem in error.problems:
            note(f"error: {safe(problem.field)}: {safe(problem.message)}")
    else:
        note(f"error: {safe(error.message)}")
    if error.hint:
        note(f"  → {safe(error.hint)}")
    return of_error(error)


def told_bug(error: Exception) -> ExitCode:
    """Tell of an error that crmsync did not foresee; its trace only at the debug level."""
    note(f"error: this is a bug in crmsync, please report it: {_kind(error)}")
    if logging.getLogger("crmsync").isEnabledFor(logging.DEBUG):
        note(_redacted("".join(traceback.format_exception(error)).rstrip()))
    else:
        note("  → run it again with --log-level debug to see where; what is settled stays settled")
    return ExitCode.FAILED


def _redacted(trace: str) -> str:
    from crmsync.transport.redaction import redact

    return "\n".join(safe(line) for line in redact(trace).split("\n"))


def _kind(error: Exception) -> str:
    """The error's class; its words may hold anything."""
    kind = type(error)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
