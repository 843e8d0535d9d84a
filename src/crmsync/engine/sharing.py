"""One read of a CRM for several syncs: each takes the pages at its own pace, within a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from threading import Condition
from typing import Final

from typing_extensions import override

from crmsync.errors import ConfigError, FatalError, RetryableError
from crmsync.interfaces import CheckResult, Clock, Source, Traffic
from crmsync.records import Drift, Page, Query, SourceField

PAGES_KEPT: Final = 20
"""Pages that the slowest sync may be behind the fastest: they are all that is kept. A batch of
1,000 payloads is ten pages of HubSpot's list, and syncs wait for batches in turn."""

PATIENCE: Final = 2.0
"""Seconds in which the slowest sync takes a page while others wait for it, or goes on alone."""


class SharedRead:
    """One read that several syncs take part in, each through a `Member`, in its own thread.

    Whoever needs the next page first fetches it, for all. A page is kept until every member
    has taken it. One that is *kept* pages behind while another wants to go on is waited for,
    *patience* seconds for a page, and in all no longer than would make the others slower than
    one sync after the other. Then it is on its own: it reads on from the last page it took, by
    a read of its own on the same account. So the memory that is held does not hang on the
    number of records, nor one platform on another.

    Args:
        query: What is read, with every path that any member needs.
        open_source: Opens the CRM account. It is opened when first needed, once, and its
            requests keep one pace, whoever makes them.
    """

    def __init__(
        self,
        query: Query,
        open_source: Callable[[], Source],
        clock: Clock,
        *,
        kept: int = PAGES_KEPT,
        patience: float = PATIENCE,
    ) -> None:
        self.query = query
        self.began = clock.now()
        self._open_source = open_source
        self._clock = clock
        self._kept = kept
        self._patience = patience
        self._begun = clock.monotonic()
        self._waited = 0.0
        self._turn = Condition()
        self._opening = Condition()
        self._source: Source | None = None
        self._told = Traffic()
        self._reading: Iterator[Page] | None = None
        self._pages: deque[Page] = deque()
        self._first = 0
        self._next: dict[Member, int] = {}
        self._fetching = self._over = False
        self._error: BaseException | None = None

    def member(self) -> Member:
        """One more that takes part, from the first page on. Call it before anybody reads."""
        member = Member(self)
        self._next[member] = 0
        return member

    def close(self) -> None:
        """Close the account. Call it when every member is closed."""
        if self._source is not None:
            self._source.close()

    # What members call.

    def source(self) -> Source:
        """The account; raises what opening it raises."""
        with self._opening:
            if self._source is None:
                self._source = self._open_source()
            return self._source

    def untold(self) -> Traffic:
        """What the account was asked since this was called before."""
        with self._opening:
            now = self._source.traffic if self._source is not None else Traffic()
            untold, self._told = now - self._told, now
            return untold

    def take(self, member: Member) -> Page | None:
        """The member's next page, None after the last one.

        Raises:
            AloneError: The member fell too far behind, or the read failed and its own may
                not: it goes on by itself.
            BaseException: What the read raised, after the pages that came before.
        """
        while True:
            with self._turn:
                while not self._must_fetch(member):
                    page, ready = self._ready(member)
                    if ready:
                        return page
                    self._wait(member)
                self._fetching = True
            self._fetch()

    def leave(self, member: Member) -> None:
        """The member needs no more pages. Leaving twice is nothing."""
        with self._turn:
            self._next.pop(member, None)
            self._trim()
            abandoned = None if self._next or self._fetching else self._end()
            self._turn.notify_all()
        _close(abandoned)

    # Pages. All of this is called holding the turn, but for `_fetch`.

    @property
    def _end_of_kept(self) -> int:
        return self._first + len(self._pages)

    def _must_fetch(self, member: Member) -> bool:
        at_front = self._next.get(member) == self._end_of_kept
        return at_front and len(self._pages) < self._kept and not (self._fetching or self._over)

    def _ready(self, member: Member) -> tuple[Page | None, bool]:
        """The page to give and whether there is anything to give now."""
        number = self._next.get(member)
        if number is None:
            raise AloneError
        if number < self._end_of_kept:
            page = self._pages[number - self._first]
            self._next[member] = number + 1
            self._trim()
            self._turn.notify_all()
            return page, True
        if self._error is not None:
            raise self._failure(member)
        return None, self._over

    def _failure(self, member: Member) -> BaseException:
        """What a failed read is to a member: not its own fault where it asked for less."""
        narrow = member.query is not None and member.query.paths != self.query.paths
        if narrow and isinstance(self._error, ConfigError | FatalError):
            return AloneError()
        return self._error or AloneError()

    def _wait(self, member: Member) -> None:
        """Wait for the page that another member fetches, or for those who hold up the read."""
        if self._fetching:
            self._turn.wait()
            return
        before, began = self._waited, self._clock.monotonic()
        fair = (1 - 1 / len(self._next)) * (began - self._begun)  # where all are equally slow
        seconds = min(self._patience, max(0.0, self._patience + fair - before))
        if not self._turn.wait_for(lambda: self._moved_on(member), seconds):
            self._leave_behind()
        # Several may have waited at the same time: that counts once.
        self._waited = max(self._waited, before + self._clock.monotonic() - began)

    def _moved_on(self, member: Member) -> bool:
        """Whether there is room for a page, or one for the member: another one fetched it."""
        at_front = self._next.get(member) == self._end_of_kept
        return len(self._pages) < self._kept or not at_front

    def _leave_behind(self) -> None:
        """Detach the slowest: they find out when they come for their next page."""
        for member, number in list(self._next.items()):
            if number == self._first:
                del self._next[member]
        self._trim()
        self._turn.notify_all()

    def _trim(self) -> None:
        needed = min(self._next.values(), default=self._end_of_kept)
        while self._first < needed:
            self._pages.popleft()
            self._first += 1

    def _fetch(self) -> None:
        page: Page | None = None
        error: BaseException | None = None
        try:
            page = self._following()
        except BaseException as failure:  # noqa: BLE001 - it goes on in each member's thread
            error = failure
        with self._turn:
            self._fetching = False
            self._error = error
            if page is not None and self._next:
                self._pages.append(page)
            self._over = self._over or page is None or page.last
            over = self._end() if self._over or not self._next else None
            self._turn.notify_all()
        _close(over)

    def _following(self) -> Page | None:
        if self._reading is None:
            self._reading = self.source().read(self.query)
        return next(self._reading, None)

    def _end(self) -> Iterator[Page] | None:
        """End the read; what is given back is to be closed without holding the turn."""
        self._over = True
        reading, self._reading = self._reading, None
        return reading


class Member(Source):
    """One sync's share in a `SharedRead`: to the sync it is its source.

    Everything but the one read that is shared is asked of the account directly.

    Attributes:
        query: What the sync itself asked for, once it reads.
    """

    def __init__(self, shared: SharedRead) -> None:
        self.query: Query | None = None
        self._shared = shared
        self._asked = False
        self._charged = Traffic()

    @property
    @override
    def traffic(self) -> Traffic:
        """What this sync is charged with, so far.

        One that reads is charged, whenever it is asked here, with what the account was asked
        and no member is charged with yet. So the syncs together are charged with every
        request once, most of them the sync that ends first.
        """
        if self._asked:
            self._charged += self._shared.untold()
        return self._charged

    @override
    def check(self, query: Query) -> Iterator[CheckResult]:
        return self._shared.source().check(query)

    @override
    def describe(self, object_name: str) -> Sequence[SourceField]:
        return self._shared.source().describe(object_name)

    @override
    def read(self, query: Query) -> Generator[Page, None, None]:
        self._asked = True
        if query.ids:  # beside the shared read, or after it
            yield from self._alone(query)
            return
        first, self.query = self.query is None, self.query or query
        if first and replace(query, paths=self._shared.query.paths) == self._shared.query:
            yield from self._together(query)
        else:
            self._shared.leave(self)
            yield from self._alone(query)

    @override
    def drift(self, query: Query, since: datetime) -> Drift:
        return self._shared.source().drift(query, min(since, self._shared.began))

    @override
    def close(self) -> None:
        """Leave. A read that has begun leaves by itself, in the thread that it runs in."""
        if self.query is None:
            self._shared.leave(self)

    def _together(self, query: Query) -> Generator[Page, None, None]:
        cursor = query.cursor
        try:
            while (page := self._shared.take(self)) is not None:
                cursor = page.cursor
                yield page
                if page.last:
                    return
        except AloneError:
            pass
        else:
            return
        finally:
            self._shared.leave(self)
        yield from self._alone(replace(query, cursor=cursor), goes_on=cursor != query.cursor)

    def _alone(self, query: Query, *, goes_on: bool = False) -> Generator[Page, None, None]:
        pages = self._shared.source().read(query)
        with closing(pages):  # type: ignore[type-var]  # sources yield from generators
            for page in pages:
                if page.anew and goes_on:
                    raise RetryableError(
                        "what this sync was reading is no more in the CRM",
                        hint="run again: it is read anew",
                    )
                yield page


class AloneError(Exception):
    """A member must go on by itself."""


def _close(reading: Iterator[Page] | None) -> None:
    if reading is not None:
        reading.close()  # type: ignore[attr-defined]  # sources yield from generators
