"""A CRM's account that heeds a stop: nobody need wait for what is only read."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, NoReturn, TypeVar

from typing_extensions import override

from crmsync.interfaces import CheckResult, Clock, Source, Traffic
from crmsync.records import Drift, Page, Query, SourceField

LISTEN: Final = 0.25
"""Seconds between two looks at whether the run is to stop, while the CRM does not answer."""

ResultT = TypeVar("ResultT")


class Heeding(Source):
    """A source whose reads end with StoppedError as soon as the run is asked to stop.

    A request that hangs is left behind in its thread: nothing hangs on what it brings. So the
    source may be closed while one is under way.

    Attributes:
        unheeding: The source itself, for a thread that nobody waits for.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        self.unheeding = source
        self._clock = clock

    @property
    @override
    def traffic(self) -> Traffic:
        return self.unheeding.traffic

    @override
    def check(self, query: Query) -> Iterator[CheckResult]:
        return self.unheeding.check(query)

    @override
    def describe(self, object_name: str) -> Sequence[SourceField]:
        return self.unheeding.describe(object_name)

    @override
    def read(self, query: Query) -> Generator[Page, None, None]:
        pages = iter(self.unheeding.read(query))
        resting = True
        aide = _Aide(self._clock)
        try:
            while True:
                resting = False
                page = aide.awaited(lambda: next(pages, None))
                resting = True
                if page is None:
                    return
                yield page
        finally:
            aide.close()
            if resting:  # else it is at work still, or ended with an error
                pages.close()  # type: ignore[attr-defined]  # sources yield from generators

    @override
    def drift(self, query: Query, since: datetime) -> Drift:
        return awaited(lambda: self.unheeding.drift(query, since), self._clock)

    @override
    def close(self) -> None:
        self.unheeding.close()


def awaited(work: Callable[[], ResultT], clock: Clock) -> ResultT:
    """What *work* gives or raises; it is left to itself when the run is to stop.

    Raises:
        StoppedError: The run was asked to stop before *work* ended.
    """
    with closing(_Aide(clock)) as aide:
        return aide.awaited(work)


def heard(inbox: SimpleQueue[ResultT], clock: Clock) -> ResultT:
    """What comes next.

    Raises:
        StoppedError: The run was asked to stop before anything came.
    """
    while True:
        try:
            return inbox.get(timeout=LISTEN)
        except Empty:
            clock.sleep(0)


class _Aide:
    """A thread that does one piece of work after the other, for who heeds a stop meanwhile."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, name="awaited", daemon=True).start()

    def awaited(self, work: Callable[[], ResultT]) -> ResultT:
        """As the function of this name."""
        ended: SimpleQueue[Callable[[], ResultT]] = SimpleQueue()
        self._asked.put(partial(_attempt, work, ended.put))
        return heard(ended, self._clock)()

    def close(self) -> None:
        """Ask for no more. The thread ends with the work under way, which is not waited for."""
        self._asked.put(None)

    def _work(self) -> None:
        while (work := self._asked.get()) is not None:
            work()


def _attempt(work: Callable[[], ResultT], tell: Callable[[Callable[[], ResultT]], None]) -> None:
    try:
        result = work()
    except BaseException as failure:  # noqa: BLE001 - it goes on in the thread that waits
        tell(partial(_fail, failure))
    else:
        tell(lambda: result)


def _fail(failure: BaseException) -> NoReturn:
    raise failure
