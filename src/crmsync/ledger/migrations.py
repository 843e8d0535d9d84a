"""Brings a ledger's schema up to date: numbered scripts, all in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from crmsync.errors import LedgerError
from crmsync.ledger import queries
from crmsync.ledger.queries import statements

APPLICATION: Final = 0x43524D53
"""`CRMS`, in the file's header: tells a ledger from another program's database."""


def scripts() -> list[str]:
    """Every migration of the SQLite ledger, oldest first."""
    return queries.scripts(queries.SQLITE)


def version(connection: sqlite3.Connection, name: str) -> int:
    """A ledger's version, 0 for an empty database. Changes nothing.

    Raises:
        LedgerError: It is newer than this program, or another program's database.
    """
    application, found = (
        int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
        for pragma in ("application_id", "user_version")
    )
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if application != APPLICATION and not (empty and application == found == 0):
        raise LedgerError(
            f"{name} is another program's database, not a crmsync ledger",
            hint="name another file in state.url",
        )
    head = len(scripts())
    if found > head:
        raise LedgerError(
            f"the ledger {name} has version {found}, this crmsync knows versions up to {head}",
            hint="upgrade crmsync; the ledger was not changed",
        )
    return found


def migrate(connection: sqlite3.Connection, name: str, migrations: Sequence[str]) -> None:
    """Apply the migrations that the ledger has not had: all of them or none.

    Two processes may do so at once: the second waits and finds the work done.
    """
    try:
        connection.execute("BEGIN EXCLUSIVE")
        for script in migrations[version(connection, name) :]:
            for statement in statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise
