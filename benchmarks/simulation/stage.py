"""Threads that take turns, in virtual time: whoever waits hands over, a seed says to whom.

Only one actor moves at a time, and only where it waits, sleeps or yields does another go on. So
one seed gives one order of everything. Time passes when nobody can move.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, Generic, Self, TypeVar

ItemT = TypeVar("ItemT")
Work = Callable[[], None]
_MOST_MOVES = 200_000


class Crash(BaseException):
    """The process dies here. No `except Exception` sees it."""


class StuckError(Exception):
    """Nobody can move, now or later, or it never ends."""


class Actor:
    """One line of execution, in an OS thread of its own."""

    def __init__(self, number: int, process: Any) -> None:
        self.number = number
        self.process = process
        self.baton = threading.Lock()
        self.baton.acquire()
        self.work: Work | None = None
        self.ready: Callable[[], bool] | None = None
        self.until: float | None = None
        self.done = False


class _Worker(threading.Thread):
    """An OS thread that plays one actor after another."""

    def __init__(self) -> None:
        super().__init__(name="actor", daemon=True)
        self.wake = threading.Lock()
        self.wake.acquire()
        self.part: Callable[[], Callable[[], None]] = lambda: lambda: None

    def run(self) -> None:
        while True:
            self.wake.acquire()
            hand_over = self.part()
            _IDLE.append(self)
            hand_over()


_IDLE: deque[_Worker] = deque()


class Stage:
    """Actors, their turns and their time. The caller's thread is the first actor."""

    def __init__(self, rng: Random) -> None:
        self.now = 0.0
        self.moves = 0
        self._rng = rng
        self._numbers = count(1)
        self._timers: list[tuple[float, int, Work]] = []
        self.current = Actor(0, None)
        self._actors = [self.current]
        self._director = self.current
        self._failed: BaseException | None = None

    # What actors do.

    def spawn(self, work: Work, process: Any) -> Actor:
        """Let another actor begin when its turn comes."""
        actor = Actor(next(self._numbers), process)
        actor.ready = _always
        actor.work = work
        self._actors.append(actor)
        return actor

    def wait(self, ready: Callable[[], bool], until: float | None = None) -> None:
        """Wait until *ready*, or that time. Raises Crash where the actor's process was killed."""
        me = self.current
        me.ready, me.until = ready, until
        chosen = self._choose()
        if chosen is not me:
            self._hand_to(chosen)
            me.baton.acquire()
        me.ready = me.until = None
        if me is self._director and self._failed is not None:
            raise self._failed
        if me.process is not None and me.process.killed:
            raise Crash

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.wait(_never, self.now + seconds)

    def yield_(self) -> None:
        """Let another go first, perhaps."""
        self.wait(_always)

    def at(self, seconds: float, work: Work) -> None:
        """Do something in so many seconds, whoever lives then. It must not wait."""
        heapq.heappush(self._timers, (self.now + seconds, next(self._numbers), work))

    def join(self, actor: Actor) -> None:
        """Wait until an actor has ended."""
        self.wait(lambda: actor.done)

    def settle(self, process: Any) -> None:
        """Wait until every actor of a process has ended."""
        self.wait(lambda: all(one.process is not process for one in self._actors))

    # Turns.

    def _choose(self) -> Actor:
        self.moves += 1
        while self.moves < _MOST_MOVES:
            ready = [one for one in self._actors if self._can_move(one)]
            if ready:
                return ready[0] if len(ready) == 1 else self._rng.choice(ready)
            if not self._pass_time():
                break
        self._failed = StuckError(f"nobody can move at {self.now:.3f} s, after {self.moves} moves")
        return self._director

    def _can_move(self, actor: Actor) -> bool:
        if actor.until is not None and actor.until <= self.now:
            return True
        if actor.process is not None and actor.process.killed:
            return True
        return actor.ready is not None and actor.ready()

    def _pass_time(self) -> bool:
        """Move time on to the next thing that is to happen; False where nothing is."""
        times = [one.until for one in self._actors if one.until is not None]
        if self._timers:
            times.append(self._timers[0][0])
        if not times:
            return False
        self.now = max(self.now, min(times))
        while self._timers and self._timers[0][0] <= self.now:
            heapq.heappop(self._timers)[2]()
        return True

    def _hand_to(self, chosen: Actor) -> None:
        self.current = chosen
        if chosen.work is None:
            chosen.baton.release()
            return
        work, chosen.work = chosen.work, None
        chosen.ready = None
        worker = _IDLE.pop() if _IDLE else None
        if worker is None:
            worker = _Worker()
            worker.start()
        worker.part = lambda: self._play(chosen, work)
        worker.wake.release()

    def _play(self, actor: Actor, work: Work) -> Callable[[], None]:
        try:
            if not (actor.process is not None and actor.process.killed):
                work()
        except Crash:
            pass
        except BaseException as error:  # noqa: BLE001 - the director raises it
            self._failed = self._failed or error
        actor.done = True
        self._actors.remove(actor)
        chosen = self._director if self._failed is not None else self._choose()
        return lambda: self._hand_to(chosen)


def _always() -> bool:
    return True


def _never() -> bool:
    return False


# What stands in for the standard library's. Each belongs to the stage that is on.

on: Stage = Stage(Random(0))


def put_on(stage: Stage) -> None:
    """From now on what is made belongs to this stage."""
    global on  # noqa: PLW0603 - there is one stage at a time, as there is one `threading`
    on = stage


class StagedThread:
    """As `threading.Thread`."""

    def __init__(self, *, target: Work, name: str = "", daemon: bool = False) -> None:
        del name, daemon
        self._target = target
        self._actor: Actor | None = None

    def start(self) -> None:
        self._actor = on.spawn(self._target, on.current.process)

    def join(self, timeout: float | None = None) -> None:
        actor = self._actor
        if actor is not None:
            on.wait(lambda: actor.done, None if timeout is None else on.now + timeout)

    def is_alive(self) -> bool:
        return self._actor is not None and not self._actor.done


class StagedQueue(Generic[ItemT]):
    """As `queue.SimpleQueue`; *empty* is its error."""

    empty_error: type[Exception] = LookupError

    def __init__(self) -> None:
        self._items: deque[ItemT] = deque()

    def put(self, item: ItemT) -> None:
        self._items.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> ItemT:  # noqa: FBT001, FBT002
        if not self._items and block:
            until = None if timeout is None else on.now + timeout
            on.wait(lambda: bool(self._items), until)
        if not self._items:
            raise self.empty_error
        return self._items.popleft()

    def get_nowait(self) -> ItemT:
        return self.get(block=False)

    def empty(self) -> bool:
        return not self._items


class StagedSemaphore:
    """As `threading.Semaphore`."""

    def __init__(self, value: int = 1) -> None:
        self._value = value

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002
        if not self._value and blocking:
            on.wait(lambda: self._value > 0, None if timeout is None else on.now + timeout)
        taken = self._value > 0
        self._value -= taken
        return taken

    def release(self, n: int = 1) -> None:
        self._value += n


class StagedEvent:
    """As `threading.Event`."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        if not self._set:
            on.wait(self.is_set, None if timeout is None else on.now + timeout)
        return self._set


class StagedFuture:
    """What a submitted task comes to."""

    def __init__(self) -> None:
        self.done_ = False
        self.value: Any = None
        self.error: BaseException | None = None

    def result(self) -> Any:
        on.wait(lambda: self.done_)
        if self.error is not None:
            raise self.error
        return self.value


class StagedExecutor:
    """As `ThreadPoolExecutor`."""

    def __init__(self, max_workers: int, thread_name_prefix: str = "") -> None:
        del thread_name_prefix
        self._room = max_workers
        self._tasks: deque[Work] = deque()
        self._workers = 0

    def submit(self, work: Callable[..., Any], *arguments: Any) -> StagedFuture:
        future = StagedFuture()

        def task() -> None:
            try:
                future.value = work(*arguments)
            except BaseException as error:  # noqa: BLE001 - for who asks for the result
                future.error = error
            future.done_ = True

        self._tasks.append(task)
        if self._workers < self._room:
            self._workers += 1
            on.spawn(self._work, on.current.process)
        return future

    def _work(self) -> None:
        try:
            while self._tasks:
                self._tasks.popleft()()
        finally:
            self._workers -= 1

    def shutdown(self, wait: bool = True) -> None:  # noqa: FBT001, FBT002
        if wait and self._workers:
            on.wait(lambda: not self._workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ending: object) -> None:
        self.shutdown()
