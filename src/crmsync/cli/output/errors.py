"""Turns an error into words on stderr and an exit code: the one place that does."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress

from crmsync.cli.output.terminal import emit, note
from crmsync.cli.output.text import safe
from crmsync.errors import ConfigError, CrmsyncError
from crmsync.exit_codes import ExitCode, of_error


def told(error: CrmsyncError, *, as_json: bool = False) -> ExitCode:
    """Tell what happened and what to do next; give the exit code.

    With *as_json* stdout gets the one document that was promised, too.
    """
    *before, last = _lines(error)
    for line in before:
        note(line, level="error")
    note(last, level="error", hint=safe(error.hint))
    if as_json:
        with suppress(CrmsyncError):  # stdout itself may be what is wrong
            emit(_document(error))
    return of_error(error)


def _lines(error: CrmsyncError) -> list[str]:
    if isinstance(error, ConfigError) and error.problems:
        return [f"{safe(one.field)}: {safe(one.message)}" for one in error.problems]
    return [safe(error.message)]


def _document(error: CrmsyncError) -> str:
    from crmsync.cli.output.documents import document

    problems = error.problems if isinstance(error, ConfigError) else ()
    return document(
        {
            "exit_code": int(of_error(error)),
            "error": error.message,
            "hint": error.hint,
            "problems": [one._asdict() | {"severity": one.severity.value} for one in problems],
        }
    )


def told_unwritable(error: OSError) -> ExitCode:
    """Tell that stdout, or a file, took no more."""
    return told(CrmsyncError(f"cannot write: {error.strerror}", hint="make room on the disk"))


def told_bug(error: Exception) -> ExitCode:
    """Tell of an error that nobody foresaw, and whose it is; its trace only at the debug level."""
    from crmsync.plugins import culprit

    told = f"this is a bug in crmsync, please report it: {_kind(error)}"
    if whose := culprit(error):
        told = f"a bug in {safe(whose)}: {_kind(error)}; tell its author"
    if logging.getLogger("crmsync").isEnabledFor(logging.DEBUG):
        note(told, level="error")
        note(_redacted("".join(traceback.format_exception(error)).rstrip()))
    else:
        again = "crmsync --log-level debug COMMAND …"
        hint = f"run it again as `{again}` to see where; what is settled stays settled"
        note(told, level="error", hint=hint)
    return ExitCode.FAILED


def _redacted(trace: str) -> str:
    from crmsync.transport.redaction import redact

    return "\n".join(safe(line) for line in redact(trace).split("\n"))


def _kind(error: Exception) -> str:
    """The error's class; its words may hold anything."""
    kind = type(error)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
