"""Tells how a run ended: its report on stdout, and on stderr what did not end well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from crmsync.cli.output.documents import document
from crmsync.cli.output.errors import told
from crmsync.cli.output.reports import run_text
from crmsync.cli.output.terminal import emit, note, shows_results
from crmsync.cli.output.text import safe
from crmsync.errors import CrmsyncError
from crmsync.exit_codes import ExitCode, gravest

WELL: Final = frozenset({ExitCode.OK, ExitCode.OWED, ExitCode.TO_SEND})
"""Codes that need no word on stderr: the report and `crmsync status` have them."""


def tell_run(report: Mapping[str, Any], *, as_json: bool) -> ExitCode:
    """Write a run's report and give the exit code.

    A report that stdout does not take goes to stderr: what was done cannot be asked for again.
    """
    code = ExitCode(report["exit_code"])
    text = run_text(report)
    try:
        emit(document(report) if as_json else text)
    except CrmsyncError as error:
        code = gravest((code, told(error)))
        for line in text.split("\n"):
            note(line)
    else:
        if as_json or not shows_results():
            tell_failures(report["syncs"])
    return code


def tell_failures(syncs: Iterable[Mapping[str, Any]]) -> None:
    """A line on stderr for each sync that did not end well, so that cron mails it."""
    for sync in syncs:
        if sync["exit_code"] not in WELL:
            why = sync["error"] or sync["status"]
            note(f"{safe(sync['sync'])}: {safe(why)}", level="error", sync=sync["sync"])
