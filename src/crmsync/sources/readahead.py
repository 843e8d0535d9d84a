"""Runs an iterator ahead of whoever consumes it, in a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any, Final, Generic, NamedTuple, Self, TypeVar

ItemT = TypeVar("ItemT")

AHEAD: Final = 2
"""Items that may be ready, or under way, and not yet taken, where nobody says otherwise."""


class _End(NamedTuple):
    error: BaseException | None


class ClosedError(Exception):
    """It was closed before its end, so that what comes of it is no whole."""


class Ahead(Generic[ItemT]):
    """Gives *items* in order, getting the next ones while a taken one is worked on.

    It begins at once. The iterator runs in one thread and must not be touched elsewhere.
    What it raises is raised here, after the items that came before; once it is closed, that
    is ClosedError.

    Args:
        items: What to run ahead of.
        room: Items that may be ready, or under way, and not yet taken.
    """

    def __init__(self, items: Iterator[ItemT], room: int = AHEAD) -> None:
        self._items = items
        self._ready: SimpleQueue[ItemT | _End] = SimpleQueue()
        self._room = Semaphore(room)
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

    def stop(self) -> None:
        """Get nothing more. Does not wait for the step under way."""
        self._stopped = True
        self._room.release()

    def close(self) -> None:
        """Stop. Waits until the iterator's step under way is over; no thread is left then."""
        self.stop()
        self._thread.join()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._step_through()
        except BaseException as caught:  # noqa: BLE001 - raised again where the items are taken
            error = caught
        self._ready.put(_End(error))

    def _step_through(self) -> None:
        while self._room.acquire():
            if self._stopped:
                raise ClosedError
            try:
                item = next(self._items)
            except StopIteration:
                return
            self._ready.put(item)


class Relay:
    """Several Aheads, each of which may be fed by others; closed together.

    All are stopped before any is waited for: one that waits for items of another sees that this
    was closed, and goes no further. One may be begun by another's step, even meanwhile.
    """

    def __init__(self) -> None:
        self._legs: list[Ahead[Any]] = []
        self._closed = False

    def ahead(self, items: Iterator[ItemT], room: int = AHEAD) -> Ahead[ItemT]:
        """Run ahead of *items* until the relay is closed."""
        leg = Ahead(items, room)
        self._legs.append(leg)
        if self._closed:
            leg.stop()
        return leg

    def close(self) -> None:
        """Stop all of them. No thread is left then."""
        self._closed = True
        for leg in self._legs:
            leg.stop()
        for leg in self._legs:
            leg.close()
