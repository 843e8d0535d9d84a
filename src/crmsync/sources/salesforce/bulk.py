"""Reads by Bulk API 2.0: a job, the parts of its result, and CSV into tables.

Bulk API 2.0 Developer Guide, "Query", read 2026-11-21: a result is kept for seven days, the
order of its rows stays, and a part begins with a line of names.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Final, NamedTuple

from crmsync.errors import FatalError
from crmsync.sources.paging import Tokens
from crmsync.sources.salesforce.api import SalesforceApi
from crmsync.sources.salesforce.failures import LocatorError
from crmsync.sources.salesforce.objects import PAGE, RESULT_PAGES
from crmsync.sources.salesforce.rows import Table, of_csv

# Long text areas hold up to 131,072 characters, csv takes as many bytes by default: Salesforce
# Help, "Custom Field Types", read 2026-11-21.
csv.field_size_limit(16_000_000)
_SEPARATOR: Final = " "
_FIRST_PAGES: Final = 58.0
"""`resultPages` is there from this API version on (same guide, "Get Parallel Results")."""


class Place(NamedTuple):
    """Where a read stands in a job's result.

    Attributes:
        job: The job's id.
        part: What the part of the result is asked for by: a locator, or the path of the list
            of paths that it stands in; empty for the first.
        page: 0-based place in that list; 0 with locators.
        row: Rows of that part that are read.
        read: Rows of the whole result that are read.
        parallel: Whether parts go by lists.
    """

    job: str
    part: str = ""
    page: int = 0
    row: int = 0
    read: int = 0
    parallel: bool = False

    def encode(self) -> str:
        """As one word, for a cursor."""
        return _SEPARATOR.join(
            (self.job, str(self.page), str(self.row), str(self.read), "+-"[not self.parallel])
        ) + (f"{_SEPARATOR}{self.part}" if self.part else "")


def place(text: str) -> Place:
    """The place that a word stands for.

    Raises:
        ValueError: It is none of ours.
    """
    job, page, row, read, how, *part = text.split(_SEPARATOR)
    return Place(job, "".join(part), int(page), int(row), int(read), how == "+")


class Piece(NamedTuple):
    """Some rows of a result, and the place right after them."""

    table: Table
    after: Place
    last: bool


class _Part(NamedTuple):
    at: Place
    body: bytes
    rows: int


class Results:
    """Reads a complete job's result.

    Args:
        rows: Rows of a part, where parts go one after the other.
        columns: What was asked for, with each one's type.
    """

    def __init__(
        self, api: SalesforceApi, columns: Mapping[str, str], *, rows: int, parallel: int
    ) -> None:
        self._api = api
        self._columns = columns
        self._rows = rows
        self._parallel = min(parallel, RESULT_PAGES)

    def pieces(self, start: Place) -> Generator[Piece, None, None]:
        """Everything from a place on, a page's worth at once; the last one says so.

        Raises:
            LocatorError: The job, or its result, is gone.
        """
        held: Piece | None = None
        with closing(self._tables(start)) as found:
            for piece in found:
                if held is not None:
                    yield held
                held = piece
        nothing = Table(dict.fromkeys(self._columns, ()), 0)
        yield (held or Piece(nothing, start, last=True))._replace(last=True)

    def _tables(self, start: Place) -> Generator[Piece, None, None]:
        parts = self._side_by_side(start) if start.parallel else self._one_by_one(start)
        skip, read = start.row, start.read - start.row
        with closing(parts):
            for part in parts:
                seen = 0
                at, told = part.at, part.rows
                found = tables(self._api.name, part.body, self._columns, skip=skip)
                del part  # the body goes when its last table has been made
                for table in found:
                    seen = max(seen, skip) + table.size
                    yield Piece(table, at._replace(row=seen, read=read + seen), last=False)
                size = seen or (skip if told < 0 else min(skip, told))
                if told not in (-1, size):  # before the last piece of it is given
                    raise self._cut_short(told, size)
                read += size
                skip -= min(skip, size)  # a part may be smaller than when it was read before

    def _cut_short(self, told: int, found: int) -> FatalError:
        return FatalError(
            f"{self._api.name}: a part of a Bulk job's result holds {found:,} rows, but Salesforce "
            f"says that it has {told:,}",
            hint="check what stands between (a proxy), then run again; what was read is kept",
        )

    def _one_by_one(self, start: Place) -> Generator[_Part, None, None]:
        """By locators: each part tells where the next one begins. One is in memory at a time."""
        tokens = Tokens(self._api.name)
        at, rows = start, max(self._rows, start.row)  # what was read of a part must be in it
        while True:
            chunk = self._api.result_page(at.job, locator=at.part, rows=rows)
            onward = chunk.next
            yield _Part(at, chunk.body, chunk.rows)
            if not onward:
                return
            at, rows = at._replace(part=tokens.add(onward), row=0), self._rows
            del chunk  # before the next one comes

    def _side_by_side(self, start: Place) -> Generator[_Part, None, None]:
        """By lists of paths: some parts are fetched at once, and given in order."""
        waiting: deque[tuple[Place, Future[bytes]]] = deque()
        with ThreadPoolExecutor(self._parallel, "crmsync-bulk") as pool:
            try:
                for at, path in self._paths(start):
                    waiting.append((at, pool.submit(self._api.fetch, path)))
                    if len(waiting) >= self._parallel:
                        yield _first(waiting)
                while waiting:
                    yield _first(waiting)
            finally:
                for _, future in waiting:
                    future.cancel()

    def _paths(self, start: Place) -> Iterator[tuple[Place, str]]:
        tokens = Tokens(self._api.name)
        at = start
        while True:
            paths, onward = self._api.result_pages(at.job, after=at.part)
            for number, path in enumerate(paths):
                if number >= at.page:
                    yield Place(at.job, at.part, number, 0, 0, parallel=True), path
            if not onward:
                return
            at = Place(at.job, tokens.add(onward), parallel=True)


def _first(waiting: deque[tuple[Place, Future[bytes]]]) -> _Part:
    at, future = waiting.popleft()
    return _Part(at, future.result(), -1)


def goes_parallel(api_version: str, parallel: int) -> bool:
    """Whether parts of a result can be, and are to be, fetched side by side."""
    return parallel > 1 and float(api_version) >= _FIRST_PAGES


def tables(
    account: str, body: bytes, columns: Mapping[str, str], *, skip: int = 0
) -> Iterator[Table]:
    """A part of a result, a page's worth at once, without its first *skip* rows.

    The part is never text as a whole, which would take up to four times the memory. What is
    no UTF-8 becomes a replacement character.

    Raises:
        FatalError: It is no CSV.
        LocatorError: It is not that of what was asked for.
    """
    lines = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", errors="replace", newline="")
    rows = csv.reader(lines, strict=True)
    try:
        line = next(rows, None)
        names = _names(account, line, columns) if line is not None else ()
        for _ in islice(rows, skip):
            pass
        while found := list(islice(rows, PAGE)):
            yield of_csv(found, names, columns)
    except (csv.Error, ValueError) as error:
        raise FatalError(
            f"{account}: a part of a Bulk job's result is no CSV, or was cut short ({error})",
            hint="run again; what was read is kept",
        ) from error


def _names(account: str, line: Sequence[str], columns: Mapping[str, str]) -> tuple[str, ...]:
    """The line of names, each as it was asked for: case does not count."""
    asked = {name.lower(): name for name in columns}
    names = tuple(asked.get(name.lower(), name) for name in line)
    if missing := [name for name in columns if name not in names]:
        raise LocatorError(  # a job that was begun before the user might see the field: anew
            f"{account}: a Bulk job's result lacks the column {missing[0]}, which was asked for",
            hint="check what stands between (a proxy), then run again",
        )
    return names
