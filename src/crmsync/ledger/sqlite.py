"""The ledger in one SQLite file, or in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmsync.interfaces import Clock
from crmsync.ledger import files
from crmsync.ledger.locks import FileLocks, MemoryLocks, folder_of_locks
from crmsync.ledger.sqlite_store import SqliteStore
from crmsync.ledger.stored import StoredLedger
from crmsync.ledger.witness import FileWitness


def open_sqlite(path: Path | None, *, clock: Clock, read_only: bool) -> StoredLedger:
    """A ledger in a file that only its owner may read; *path* None keeps it in memory.

    One connection, used by the process's threads in turn. Other processes may read while a
    run writes, and write in turn; each waits up to `files.BUSY_SECONDS` for the others.
    """
    if path is None:
        memory = SqliteStore(files.open_memory(), ":memory:", read_only=read_only)
        return StoredLedger(memory, MemoryLocks(clock), read_only=read_only)
    path = path.absolute()
    opened = files.open_for_reading if read_only else files.open_for_writing
    return _ledger(opened(path), path, clock, read_only=read_only)


@contextmanager
def filling_sqlite(path: Path, *, clock: Clock) -> Iterator[StoredLedger]:
    """A ledger to be filled, in a file that has its name only once that went well."""
    with files.filling(path) as connection:
        yield _ledger(connection, path, clock, read_only=False)


def _ledger(
    connection: sqlite3.Connection, path: Path, clock: Clock, *, read_only: bool
) -> StoredLedger:
    folder = folder_of_locks(path)
    return StoredLedger(
        SqliteStore(connection, str(path), read_only=read_only),
        FileLocks(folder, clock),
        read_only=read_only,
        witness=FileWitness(folder),
    )
