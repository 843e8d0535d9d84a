"""Runs an iterator ahead of whoever consumes it, in a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Final, Generic, NamedTuple, Self, TypeVar

ItemT = TypeVar("ItemT")

AHEAD: Final = 2
"""Items that may be ready, or under way, and not yet taken."""


class _End(NamedTuple):
    error: BaseException | None


class Ahead(Generic[ItemT]):
    """Gives *items* in order, getting the next ones while a taken one is worked on.

    It begins at once. The iterator runs in one thread and must not be touched elsewhere.
    What it raises is raised here, after the items that came before.
    """

    def __init__(self, items: Iterator[ItemT]) -> None:
        self._items = items
        self._ready: SimpleQueue[ItemT | _End] = SimpleQueue()
        self._room = Semaphore(AHEAD)
        self._stopped = False
        self._thread = Thread(target=self._run, name="crmsync-readahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ItemT:
        item = self._ready.get()
        if not isinstance(item, _End):
            self._room.release()
            return item
        self._ready.put(item)  # asked once more, it ends once more
        raise item.error or StopIteration

    def close(self) -> None:
        """Stop. Waits until the iterator's step under way is over; no thread is left then."""
        self._stopped = True
        self._room.release()
        self._thread.join()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._step_through()
        except BaseException as caught:  # noqa: BLE001 - raised again where the items are taken
            error = caught
        self._ready.put(_End(error))

    def _step_through(self) -> None:
        while self._room.acquire() and not self._stopped:
            try:
                item = next(self._items)
            except StopIteration:
                return
            self._ready.put(item)
