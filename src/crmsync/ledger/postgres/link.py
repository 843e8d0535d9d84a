"""One connection to the server, opened again where it was lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import psycopg

from crmsync.errors import LedgerError, StoppedError, UnreachableError
from crmsync.interfaces import Clock
from crmsync.ledger.postgres.failures import ledger_error
from crmsync.ledger.postgres.server import Connection, Server
from crmsync.ledger.queries import POSTGRES, named
from crmsync.ledger.store import Row

PATIENCE: Final = 60.0
"""Seconds that a server may be away, as when it restarts. As long as a lease: after it, what was
held is somebody else's."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_REFUSALS: Final = (psycopg.Error, UnicodeError, OverflowError)


class Link:
    """Runs statements on one connection. Not to be used by two threads at once."""

    def __init__(self, server: Server, clock: Clock, *, patience: float = PATIENCE) -> None:
        self.name = server.name
        self._server = server
        self._clock = clock
        self._patience = patience
        self._sql = named(POSTGRES)
        self._given_up = False
        self._connection: Connection = server.connect()

    def rows(self, statement: str, values: Sequence[object]) -> list[Row]:
        """Every row of a named statement that gives some."""
        cursor = self._execute(self._sql[statement], values)
        return cursor.fetchall() if cursor.description else []

    def count(self, statement: str, values: Sequence[object]) -> int:
        """Run a named statement; gives the rows changed."""
        return self._execute(self._sql[statement], values).rowcount

    def many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a named statement once for each row, without waiting for each."""
        try:
            with self._connection.cursor() as cursor:
                cursor.executemany(self._sql[statement], rows)
        except _REFUSALS as error:
            raise self._failed(error) from error

    def begin(self, how: str = "") -> None:
        """Begin a transaction; *how* is what may stand behind BEGIN."""
        self._execute(f"BEGIN {how}", ())

    def commit(self) -> None:
        """Make the transaction durable. Raises LedgerError where the server undid it instead."""
        told = self._execute("COMMIT", ()).statusmessage
        if told != "COMMIT":
            raise LedgerError(f"the ledger {self.name} answered COMMIT with {told}")

    def roll_back(self) -> None:
        """Undo the transaction, where one is open."""
        idle = {psycopg.pq.TransactionStatus.IDLE, psycopg.pq.TransactionStatus.UNKNOWN}
        if self._connection.info.transaction_status not in idle:
            self._execute("ROLLBACK", ())

    def reopen(self) -> None:
        """Connect again, as often as it takes within the patience; later calls try once.

        Raises:
            UnreachableError: The server stayed away, or the run was asked to stop.
            LedgerError: It is there, and refuses us.
        """
        self.close()
        began, pause = self._clock.monotonic(), _FIRST_PAUSE
        while True:
            try:
                self._connection = self._server.connect()
            except UnreachableError:
                waited = self._clock.monotonic() - began
                if self._given_up or waited + pause > self._patience:
                    self._given_up = True
                    raise
                try:
                    self._clock.sleep(pause)
                except StoppedError:
                    self._given_up = True
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._given_up = False
                return

    def close(self) -> None:
        """Close the connection; what it had not committed is undone."""
        self._connection.close()

    def _execute(self, sql: str, values: Sequence[object]) -> psycopg.Cursor[Row]:
        try:
            cursor = self._connection.cursor(binary=True)
            cursor.execute(sql, values or None)
        except _REFUSALS as error:
            raise self._failed(error) from error
        return cursor

    def _failed(self, error: Exception) -> LedgerError:
        # `broken`: lost; a connection that was closed by us is not.
        return ledger_error(error, self.name, lost=self._connection.broken)
