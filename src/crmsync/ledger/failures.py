"""Turns what SQLite and the file system report into a LedgerError that says what to do."""

from __future__ import annotations

import sqlite3
from typing import Final

from crmsync.errors import LedgerError, UnreachableError

DAMAGED: Final = (
    "restore it from a backup, or move it and the folder of locks beside it away to start anew "
    "(everything is sent again, and events a second time)"
)

# Primary result codes: https://www.sqlite.org/rescode.html, read 2026-11-21.
_SAYS: Final[dict[int, tuple[str, str]]] = {
    sqlite3.SQLITE_FULL: ("the disk is full", "make room, then run again: nothing is lost"),
    sqlite3.SQLITE_IOERR: (
        "reading or writing it failed",
        "check the disk (space, quota, health), then run again: nothing is half written",
    ),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", DAMAGED),
    sqlite3.SQLITE_NOTADB: ("it is no database, or a damaged one", DAMAGED),
    sqlite3.SQLITE_BUSY: ("another program kept it locked", "close that program, then run again"),
    sqlite3.SQLITE_LOCKED: ("another program kept it locked", "close that program, then run again"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check its permissions and its folder's"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check its permissions and its folder's"),
    sqlite3.SQLITE_PERM: ("it may not be used", "check its permissions and its folder's"),
}
_BROKEN: Final = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PASSING: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY: Final = 0xFF

Refusals: Final = (sqlite3.Error, UnicodeError, OverflowError)
"""What the driver raises: its own errors, and for values that it cannot store."""


def ledger_error(error: Exception, name: str) -> LedgerError:
    """What went wrong with the ledger called *name*, and what to do."""
    code = _code(error)
    if code in _SAYS:
        what, hint = _SAYS[code]
        kind = UnreachableError if code in _PASSING else LedgerError
        return kind(f"the ledger {name}: {what} ({error})", hint=hint)
    if isinstance(error, UnicodeError | OverflowError):
        return LedgerError(f"the ledger {name} cannot store a value: {type(error).__name__}")
    return LedgerError(f"the ledger {name} refused: {error}")


def is_broken(error: Exception) -> bool:
    """Whether the store must not be written again by this process.

    After a failed write or sync, what the disk holds is unknown until it is opened anew.
    """
    return _code(error) in _BROKEN


def _code(error: Exception) -> int:
    code: object = getattr(error, "sqlite_errorcode", None)
    return code & _PRIMARY if isinstance(code, int) else -1
