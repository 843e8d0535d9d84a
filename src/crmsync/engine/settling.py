"""The cursor's low-water mark: it never passes a record that is not settled."""

from __future__ import annotations

from collections import deque


class LowWater:
    """Follows pages in reading order, and how many of their records are still open.

    A cursor may be stored only when every record up to it is settled; pages settle in
    any order, the mark moves over the settled ones at the front.
    """

    def __init__(self) -> None:
        self._pages: deque[tuple[int, str]] = deque()
        self._open: dict[int, int] = {}
        self._next = 0

    def begin(self, cursor: str, records: int) -> int:
        """A page of so many records, each of them open; gives the page's number."""
        number = self._next
        self._next += 1
        self._pages.append((number, cursor))
        self._open[number] = records
        return number

    def opened(self, page: int) -> None:
        """One more thing must happen before the page is settled."""
        self._open[page] += 1

    def settled(self, page: int, times: int = 1) -> None:
        """One of the page's things happened, or so many."""
        self._open[page] -= times

    def take(self) -> str | None:
        """The cursor to store now; None where the mark has not moved since the last call."""
        mark = None
        while self._pages and not self._open[self._pages[0][0]]:
            number, mark = self._pages.popleft()
            del self._open[number]
        return mark

    @property
    def complete(self) -> bool:
        """Whether every page begun has been taken."""
        return not self._pages
