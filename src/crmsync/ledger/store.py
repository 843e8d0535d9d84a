"""The seam below the ledger: named statements and transactions, whatever the database."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

Row: TypeAlias = tuple[Any, ...]
"""One row as the driver gives it, in the order of the statement's columns."""

Result = TypeVar("Result")


class Store(Protocol):
    """Runs the statements of a dialect's `queries.sql` by their names, which all dialects share.

    Lists of texts are given as the JSON array of `codec.text_list`. Rows are whole before a
    call returns. Every failure is a LedgerError. Safe to use from several threads: they take
    turns, and a transaction is one turn.

    Attributes:
        name: What the ledger is called in messages: without secrets.
    """

    name: str

    @abstractmethod
    def rows(self, statement: str, *values: object) -> list[Row]:
        """Every row of a statement."""

    def row(self, statement: str, *values: object) -> Row | None:
        """The first row of a statement, None where it has none."""
        return next(iter(self.rows(statement, *values)), None)

    @abstractmethod
    def run(self, statement: str, *values: object) -> int:
        """Run a statement that writes, inside `write`; gives the rows changed."""

    @abstractmethod
    def run_many(
        self, statement: str, rows: Iterable[Sequence[object]], *, shared: Sequence[object] = ()
    ) -> None:
        """Run a statement that writes once for each row, inside `write`.

        *shared* are the values that come before each row's own. With them the statement is one
        INSERT of VALUES, and several rows may be written by one.
        """

    @abstractmethod
    def write(self, work: Callable[[], Result]) -> Result:
        """Do the work in one transaction: all of it is durable when this returns, or none.

        No other transaction writes meanwhile, in any process. The work may be done again from
        its beginning where the database lost the first attempt, so it must have no effect but
        through this store, and must read what it is given anew each time.
        """

    @abstractmethod
    def snapshot(self, work: Callable[[], Result]) -> Result:
        """Do work that only reads: everything in it sees the ledger as it was at its beginning.

        Other processes may have to wait with writing until it ends.
        """

    @abstractmethod
    def compact(self) -> None:
        """Write the store's own file anew, so that nothing that was deleted can be read in it.

        Not inside `write`. Takes time and room as the file is large. A server does so by itself,
        later.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the connection. Closing twice is nothing."""
