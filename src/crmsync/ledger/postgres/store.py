"""Transactions on PostgreSQL: in turns, fenced, and exactly once across a lost COMMIT."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from uuid import uuid4

from typing_extensions import override

from crmsync.errors import LedgerError, UnreachableError
from crmsync.ledger.postgres.failures import LostConnectionError
from crmsync.ledger.postgres.held import Held
from crmsync.ledger.postgres.link import Link
from crmsync.ledger.store import Result, Row, Store


class PostgresStore(Store):
    """Runs statements of `sql/postgres/queries.sql` by name.

    Transactions take turns, those of other machines too (an advisory lock that ends with the
    transaction): what one reads, no other changes before it ends, as with SQLite.

    Each transaction begins by asking whether every lease of this process still holds, and by
    writing its own number. A lease can be taken over only in a transaction, so it holds to the
    end of this one. Where the connection is lost after COMMIT was sent, the number tells
    whether it arrived: it is read in the turn after, which begins when the lost one is over.
    """

    def __init__(self, link: Link, held: Held, *, read_only: bool) -> None:
        self.name = link.name
        self._link = link
        self._held = held
        self._read_only = read_only
        self._lock = threading.RLock()
        self._writer = uuid4().hex
        self._number = 0
        self._writing = False
        if not read_only:
            link.rows("forget_writers", ())
            link.rows("add_writer", (self._writer,))

    @override
    def rows(self, statement: str, *values: object) -> list[Row]:
        with self._lock:
            while True:
                try:
                    return self._link.rows(statement, values)
                except LostConnectionError:
                    if self._writing:
                        raise
                    self._link.reopen()

    @override
    def run(self, statement: str, *values: object) -> int:
        with self._lock:
            return self._link.count(statement, values)

    @override
    def run_many(
        self, statement: str, rows: Iterable[Sequence[object]], *, shared: Sequence[object] = ()
    ) -> None:
        with self._lock:
            self._link.many(statement, [(*shared, *row) for row in rows] if shared else rows)

    @override
    def write(self, work: Callable[[], Result]) -> Result:
        with self._lock:
            if self._read_only:
                raise LedgerError(f"the ledger {self.name} was opened for reading only")
            self._number += 1
            given: list[Result] = []
            while True:
                self._writing = True
                try:
                    return self._attempt(work, given)
                except LostConnectionError:
                    self._link.reopen()
                finally:
                    self._writing = False

    @override
    def snapshot(self, work: Callable[[], Result]) -> Result:
        with self._lock:
            self._writing = True
            try:
                self._link.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return work()
            except LostConnectionError as error:
                # Not to be taken for the connection of a transaction that this is part of.
                raise UnreachableError(error.message, hint=error.hint) from error
            finally:
                self._roll_back()
                self._writing = False

    @override
    def compact(self) -> None:
        """Nothing: autovacuum frees the rows, and new ones take their room."""

    def _attempt(self, work: Callable[[], Result], given: list[Result]) -> Result:
        """Do the work in a transaction; *given* has the result of one whose COMMIT was lost."""
        self._link.begin()
        try:
            self._link.rows("take_turn", ())
            if given and self._link.rows("marked", (self._writer,)) == [(self._number,)]:
                self._roll_back()
                return given[0]
            self._mark()
            given[:] = [work()]
            self._link.commit()
        except BaseException:
            self._roll_back()
            raise
        return given[0]

    def _mark(self) -> None:
        epochs = self._held.epochs()
        found = self._link.rows("mark", (self._writer, self._number, epochs))
        if not found:
            raise LedgerError(
                f"the ledger {self.name} was replaced while it was in use",
                hint="run again: it is read anew",
            )
        if found[0][0] != len(epochs):
            self._held.lose()
            self._held.epochs()

    def _roll_back(self) -> None:
        # A broken connection has undone it already: the first error is what counts.
        with suppress(LedgerError):
            self._link.roll_back()

    @override
    def close(self) -> None:
        with self._lock:
            with suppress(LedgerError):
                if not self._read_only:
                    self._link.rows("drop_writer", (self._writer,))
            self._link.close()
