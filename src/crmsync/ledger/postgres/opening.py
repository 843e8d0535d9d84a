"""Opens the ledger of a database, made or brought up to date where that is needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg

from crmsync.errors import LedgerError
from crmsync.interfaces import Clock
from crmsync.ledger import files
from crmsync.ledger.locks import MemoryLocks
from crmsync.ledger.postgres.failures import ledger_error
from crmsync.ledger.postgres.held import LEASE, Held
from crmsync.ledger.postgres.leases import LeaseLocks
from crmsync.ledger.postgres.link import Link
from crmsync.ledger.postgres.migrations import migrate, version
from crmsync.ledger.postgres.server import Connection, Server
from crmsync.ledger.postgres.store import PostgresStore
from crmsync.ledger.queries import POSTGRES, scripts
from crmsync.ledger.sqlite_store import SqliteStore
from crmsync.ledger.stored import StoredLedger


def open_postgres(
    server: Server, *, clock: Clock, lost: Callable[[], None], lease: float = LEASE
) -> StoredLedger:
    """The ledger in a server's database, for several machines.

    A database without tables reads as empty where the server is read only. *lost* is called
    once, from another thread, when a lock has run out that this process still believed in;
    *lease* is how many seconds a lock holds unless it is renewed.

    Raises:
        LedgerError: It is no ledger, newer, or the server refuses. It is unchanged.
        UnreachableError: The server cannot be reached now.
    """
    found = _prepared(server)
    if server.read_only and found == 0:
        memory = SqliteStore(files.open_memory(), server.name, read_only=True)
        return StoredLedger(memory, MemoryLocks(clock), read_only=True)
    held = Held(clock, server.name, lost, seconds=lease)
    store = PostgresStore(Link(server, clock), held, read_only=server.read_only)
    locks = LeaseLocks(store, held, clock, lambda: Link(server, clock, patience=0.0))
    return StoredLedger(store, locks, read_only=server.read_only)


def version_at(server: Server) -> int:
    """The version of the ledger in a database, 0 where it has none. Changes nothing."""
    with closing(server.connect()) as connection:
        return _version(connection, server.name)


def _prepared(server: Server) -> int:
    """Bring the schema up to date where it may be written; gives the version it has now."""
    head = len(scripts(POSTGRES))
    with closing(server.connect()) as connection:
        found = _version(connection, server.name)
        if found == head or (server.read_only and found == 0):
            return found
        if server.read_only:
            raise LedgerError(
                f"the ledger {server.name} has version {found}, this crmsync reads version {head}",
                hint="bring it up to date first: crmsync ledger migrate",
            )
        migrate(connection, server.name, scripts(POSTGRES))
    return head


def _version(connection: Connection, name: str) -> int:
    try:
        return version(connection, name)
    except psycopg.Error as error:
        raise ledger_error(error, name, lost=connection.broken) from error
