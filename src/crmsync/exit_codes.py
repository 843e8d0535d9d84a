"""The exit codes: one table, that the README's is tested against."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from crmsync.errors import (
    ConfigError,
    CredentialsError,
    CrmsyncError,
    GuardError,
    LockedError,
    RetryableError,
    StoppedError,
    UnreachableError,
)


class ExitCode(IntEnum):
    """What a run tells cron (spec §3)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    OWED = 3
    TO_SEND = 4
    TEMPORARY = 5
    GUARDED = 6
    CREDENTIALS = 7
    RUNNING = 9


MEANINGS: Final = {
    ExitCode.OK: "every book balances and nothing is owed",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "usage or configuration",
    ExitCode.OWED: "finished, but this run quarantined records or something is owed",
    ExitCode.TO_SEND: "`dry-run --exit-code` found something to send",
    ExitCode.TEMPORARY: "temporary, run again later (rate or daily quota, network, platform down)",
    ExitCode.GUARDED: "a guard stopped it",
    ExitCode.CREDENTIALS: "credentials or scope",
    ExitCode.RUNNING: "that sync is already running",
}

GRAVITY: Final = (
    ExitCode.CREDENTIALS,
    ExitCode.USAGE,
    ExitCode.FAILED,
    ExitCode.GUARDED,
    ExitCode.TEMPORARY,
    ExitCode.RUNNING,
    ExitCode.OWED,
    ExitCode.TO_SEND,
    ExitCode.OK,
)
"""Gravest first: what several syncs end with together."""

_BY_ERROR: Final[tuple[tuple[type[CrmsyncError], ExitCode], ...]] = (
    (ConfigError, ExitCode.USAGE),
    (CredentialsError, ExitCode.CREDENTIALS),
    (RetryableError, ExitCode.TEMPORARY),
    (StoppedError, ExitCode.TEMPORARY),
    (GuardError, ExitCode.GUARDED),
    (LockedError, ExitCode.RUNNING),
    (UnreachableError, ExitCode.TEMPORARY),
)


def of_error(error: CrmsyncError) -> ExitCode:
    """The exit code that an error leads to, FAILED where no row names it."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.FAILED)


def gravest(codes: Iterable[ExitCode]) -> ExitCode:
    """The gravest of several, OK for none."""
    return min(codes, key=GRAVITY.index, default=ExitCode.OK)
