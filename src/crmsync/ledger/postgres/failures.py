"""Turns what PostgreSQL and its driver report into a LedgerError that says what to do."""

from __future__ import annotations

from typing import Final

import psycopg

from crmsync.errors import LedgerError, UnreachableError

AGAIN: Final = "run again later: nothing is lost"

# Codes and classes of them: https://www.postgresql.org/docs/current/errcodes-appendix.html,
# PostgreSQL's documentation, appendix A.
_SAYS: Final[dict[str, tuple[str, str]]] = {
    "53100": ("the server's disk is full", "make room there, then run again: nothing is lost"),
    "25006": (
        "the server takes no writes (a standby?)",
        "name the primary server in state.url, then run again",
    ),
    "42501": ("its user lacks a right", "let the user own the database, or its schema"),
    "3F000": ("its search path names no schema", "make the schema, or name another"),
    "XX001": ("its data is damaged", "restore the database from a backup"),
    "XX002": ("an index of it is damaged", "run REINDEX DATABASE, then run again"),
}
_PASSING: Final = {
    "53": "the server has no room for another connection, or no memory",
    "55P03": "another process kept it locked",
    "57P": "the server is stopping or starting",
    "08": "the connection was lost",
    "40": "the server undid the transaction for another's sake",
}
_REFUSED: Final = ("authentication failed", "does not exist", "pg_hba.conf", "no password supplied")
_UNTRUSTED: Final = ("certificate", "SSL", "root.crt")


class LostConnectionError(UnreachableError):
    """The connection broke under a statement. Whether a COMMIT arrived is not said."""


def ledger_error(error: Exception, name: str, *, lost: bool) -> LedgerError:
    """What went wrong with the ledger called *name*; *lost* is whether the connection is."""
    code = getattr(error, "sqlstate", None) or ""
    if lost:
        return LostConnectionError(f"the ledger {name}: the connection was lost", hint=AGAIN)
    if code in _SAYS:
        what, hint = _SAYS[code]
        return LedgerError(f"the ledger {name}: {what}", hint=hint)
    for start, what in _PASSING.items():
        if code.startswith(start):
            return UnreachableError(f"the ledger {name}: {what}", hint=AGAIN)
    if isinstance(error, psycopg.DataError | UnicodeError | OverflowError):
        return LedgerError(f"the ledger {name} cannot store a value: {type(error).__name__}")
    if "the connection is closed" in str(error):
        return LedgerError(f"the ledger {name} is closed")
    # Its first line; what follows may quote the values of the statement.
    return LedgerError(f"the ledger {name} refused: {_first_line(error)}")


def at_connecting(error: psycopg.Error, name: str) -> LedgerError:
    """Why no connection was made: the server has no code for most of it, only words."""
    words = str(error)
    if any(word in words for word in _REFUSED):
        return LedgerError(
            f"the ledger {name}: the server refuses us ({_first_line(error)})",
            hint="check state.url and state.password, and that the database was made (createdb)",
        )
    if any(word in words for word in _UNTRUSTED):
        return LedgerError(
            f"the ledger {name}: no trusted connection ({_first_line(error)})",
            hint="name the certificate that signed the server's in state.url: "
            "?sslmode=verify-full&sslrootcert=FILE; or, in a network of your own, ?sslmode=require",
        )
    return UnreachableError(
        f"the ledger {name} cannot be reached ({_first_line(error)})",
        hint="check that the server runs and state.url is right, then run again: nothing is lost",
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines and "multiple" in lines[0].lower() else next(iter(lines), "no reason")
