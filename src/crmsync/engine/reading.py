"""Reading: a thread that gets a page whenever the one before has been worked on.

It computes while the driver waits, and waits while the driver computes: two threads that both
compute take turns by Python's lock, thousands of times a run, and pay for it with a tenth of its
CPU time. What is on its way meanwhile, a source has asked for ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from threading import Event, Semaphore, Thread
from typing import NamedTuple

from crmsync.interfaces import Source
from crmsync.records import Page, Query


class PageRead(NamedTuple):
    """A page arrived."""

    page: Page


class ReadEnded(NamedTuple):
    """No page comes any more. `error` is why, None where the read is complete."""

    error: BaseException | None


class Reader:
    """Reads a query's pages in a thread of its own.

    Every page, and at the end one ReadEnded, goes to `inbox`. One page is out at once: call
    `done` after each.
    """

    def __init__(
        self, source: Source, query: Query, inbox: Callable[[PageRead | ReadEnded], None]
    ) -> None:
        self._source = source
        self._query = query
        self._inbox = inbox
        self._room = Semaphore(1)
        self._stopped = Event()
        self._thread = Thread(target=self._read, name="reader", daemon=True)

    def start(self) -> None:
        """Begin reading."""
        self._thread.start()

    def done(self) -> None:
        """A page has been worked on; one more may come."""
        self._room.release()

    def stop(self) -> None:
        """Read no further page; the one under way is thrown away. Does not wait for it."""
        self._stopped.set()
        self._room.release()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            self._read_pages()
        except BaseException as failure:  # noqa: BLE001 - it goes on in the driver's thread
            error = failure
        self._inbox(ReadEnded(error))

    def _read_pages(self) -> None:
        pages = self._source.read(self._query)
        with closing(pages):  # type: ignore[type-var]  # sources yield from generators
            while self._room.acquire() and not self._stopped.is_set():
                page = next(pages, None)
                if page is None or self._stopped.is_set():
                    return
                self._inbox(PageRead(page))
                if page.last:
                    return
