"""Brings a database's schema up to date: numbered scripts, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import psycopg

from crmsync.errors import LedgerError
from crmsync.ledger.postgres.failures import ledger_error
from crmsync.ledger.postgres.server import Connection
from crmsync.ledger.queries import POSTGRES, scripts

_TURN: Final = "SELECT pg_advisory_xact_lock(1129467219)"  # as the statement `take_turn`


def version(connection: Connection, name: str) -> int:
    """A ledger's version, 0 for a schema without any table. Changes nothing.

    Raises:
        LedgerError: It is newer than this program, or the schema is another program's.
    """
    (found,) = connection.execute("SELECT to_regclass('crmsync')").fetchone() or (None,)
    if found is None:
        _refuse_others(connection, name)
        return 0
    (number,) = connection.execute("SELECT version FROM crmsync").fetchone() or (0,)
    head = len(scripts(POSTGRES))
    if number > head:
        raise LedgerError(
            f"the ledger {name} has version {number}, this crmsync knows versions up to {head}",
            hint="upgrade crmsync; the ledger was not changed",
        )
    return int(number)


def migrate(connection: Connection, name: str, migrations: Sequence[str]) -> int:
    """Apply the migrations that the ledger has not had, all or none; gives its old version.

    Two processes may do so at once: the second waits and finds the work done.
    """
    try:
        with connection.transaction():
            connection.execute(_TURN)
            found = version(connection, name)
            for script in migrations[found:]:
                connection.execute(script.encode())
            if found == 0:
                connection.execute("INSERT INTO crmsync (version) VALUES ($1)", (len(migrations),))
            else:
                connection.execute("UPDATE crmsync SET version = $1", (len(migrations),))
    except psycopg.Error as error:
        raise ledger_error(error, name, lost=connection.broken) from error
    return found


def _refuse_others(connection: Connection, name: str) -> None:
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
    (others,) = connection.execute(tables).fetchone() or (0,)
    if others:
        raise LedgerError(
            f"{name} has another program's tables, and is no crmsync ledger",
            hint="give crmsync a database of its own: createdb crmsync",
        )
