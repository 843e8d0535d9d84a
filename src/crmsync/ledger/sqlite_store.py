"""One connection to the SQLite file, shared by threads: named statements, transactions, errors."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Final

from typing_extensions import override

from crmsync.errors import LedgerError
from crmsync.ledger.failures import Refusals, is_broken, ledger_error
from crmsync.ledger.queries import SQLITE, named, of_rows
from crmsync.ledger.store import Result, Row, Store

_TOGETHER: Final = (200, 20)
"""Rows of one statement, as often as there are so many. More gain little, and are parsed first."""


class SqliteStore(Store):
    """Runs statements of `sql/sqlite/queries.sql` by name.

    Every call takes the one lock, so threads take turns; a transaction holds it to its end.
    Rows are fetched whole before a call returns, so that no reader's lock outlives it.
    After a failure that leaves the file's state unknown, writing is refused with that same
    error until the ledger is opened again.
    """

    def __init__(self, connection: sqlite3.Connection, name: str, *, read_only: bool) -> None:
        self.name = name
        self._connection = connection
        self._read_only = read_only
        self._lock = threading.RLock()
        self._fault: LedgerError | None = None
        self._sql = named(SQLITE)

    @override
    def rows(self, statement: str, *values: object) -> list[Row]:
        with self._lock:
            return self._execute(self._sql[statement], values)

    @override
    def run(self, statement: str, *values: object) -> int:
        with self._lock:
            try:
                return self._connection.execute(self._sql[statement], values).rowcount
            except Refusals as error:
                raise self._failed(error) from error

    @override
    def run_many(
        self, statement: str, rows: Iterable[Sequence[object]], *, shared: Sequence[object] = ()
    ) -> None:
        with self._lock:
            try:
                left = self._run_together(statement, [*rows], shared) if shared else rows
                self._connection.executemany(self._sql[statement], left)
            except Refusals as error:
                raise self._failed(error) from error

    def _run_together(
        self, statement: str, rows: Sequence[Sequence[object]], shared: Sequence[object]
    ) -> Iterable[Sequence[object]]:
        """Write many rows with one statement as often as there are so many; gives the rest.

        A statement begins and ends at a third of a row's cost, and keeps a copy of each page that
        it changes until its end.
        """
        done = 0
        for size in _TOGETHER:
            sql = of_rows(self._sql[statement], size)
            while len(rows) - done >= size:
                own = chain.from_iterable(rows[done : done + size])
                self._connection.execute(sql, (*shared, *own))
                done += size
        return [(*shared, *row) for row in rows[done:]]

    @override
    def write(self, work: Callable[[], Result]) -> Result:
        with self.transaction():
            return work()

    @override
    def snapshot(self, work: Callable[[], Result]) -> Result:
        with self._lock:
            self._execute("BEGIN", ())
            try:
                return work()
            finally:
                self._roll_back()

    @override
    def compact(self) -> None:
        # Overwriting what is deleted (secure_delete) leaves copies of rows that SQLite moved
        # between pages before: measured with 3.40, in 123 of 400 random histories. The file that
        # it writes first has no name and is its own; in memory it would take as much of that.
        with self._lock:
            self._refuse()
            self._execute("PRAGMA temp_store = FILE", ())
            try:
                self._execute("VACUUM", ())
            finally:
                self._execute("PRAGMA temp_store = MEMORY", ())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside durable together, or undo all of it.

        IMMEDIATE, so that writers of other processes wait their turn at the beginning,
        where waiting is safe, and none is refused half-way.
        """
        with self._lock:
            self._refuse()
            try:
                self._execute("BEGIN IMMEDIATE", ())
                yield
                self._execute("COMMIT", ())
            except BaseException:
                self._roll_back()
                raise

    @override
    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _refuse(self) -> None:
        if self._read_only:
            raise LedgerError(f"the ledger {self.name} was opened for reading only")
        if self._fault:
            raise self._fault

    def _execute(self, sql: str, values: Sequence[object]) -> list[Row]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except Refusals as error:
            raise self._failed(error) from error

    def _roll_back(self) -> None:
        # SQLite may have rolled back by itself, or fail at it: the first error is what counts.
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _failed(self, error: Exception) -> LedgerError:
        failure = ledger_error(error, self.name)
        if is_broken(error):
            self._fault = failure
        return failure
