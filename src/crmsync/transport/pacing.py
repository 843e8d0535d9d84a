"""How fast an account may be asked: rate windows and pauses, shared by all of its workers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from crmsync.adapters import Context
from crmsync.errors import RetryableError
from crmsync.logs import ACCOUNT_PAUSED
from crmsync.patterns import later
from crmsync.transport.retrying import come_back, span

ALL: Final = "*"
"""The name of the window that every request passes whatever its lane: the user's own bound.
It is never changed by what is learned."""

_RATE: Final = later(r"(\d{1,9})\s*/\s*(\d{1,9}(?:\.\d{1,3})?)?\s*([smhd])")
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_TICK: Final = 0.001  # a shorter sleep might not move the clock at all


class Rate(NamedTuple):
    """At most *limit* requests in any *seconds*."""

    limit: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read `110/60s`, `5/s` or `1000/1h`.

        Raises:
            ValueError: The text is no rate, or one of nothing.
        """
        match = _RATE.fullmatch(text.strip())
        rate = cls(int(match[1]), float(match[2] or 1) * _UNITS[match[3]]) if match else cls(0, 0)
        if rate.limit < 1 or rate.seconds <= 0:
            raise ValueError(f"{text!r} is no rate; write requests/time, such as 110/60s")
        return rate

    def __str__(self) -> str:
        return f"{self.limit}/{self.seconds:g}s"


class PausedError(RetryableError):
    """No request left, since the account is paused for longer than anybody waits."""


class Hint(NamedTuple):
    """What an answer's headers told of its lane.

    Attributes:
        rate: The limit in force, None where it was not told.
        remaining: Requests left in the server's present window, None where not told.
        reset: Seconds until it has forgotten what was counted; None: a whole window.
    """

    rate: Rate | None = None
    remaining: int | None = None
    reset: float | None = None


class Window:
    """A sliding window whose permits are held until `seconds` after the answer has arrived.

    A server counts a request somewhere between its sending and its answer. Whatever the
    network does, all requests that it can count together hold their permits together, so
    they are never more than the limit. Not safe for threads: the Pacer's lock guards it.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._flying = 0
        self._resting: deque[float] = deque()  # when each permit is free again, ascending

    def wait(self, now: float) -> float:
        """Seconds until a permit can be free, 0.0 where one is; ask again after it."""
        resting = self._resting
        while resting and resting[0] <= now:
            resting.popleft()
        surplus = self._flying + len(resting) - self.rate.limit
        if surplus < 0:
            return 0.0
        if surplus < len(resting):
            return resting[surplus] - now
        return self.rate.seconds  # all are in flight: no answer can come before now

    def leaves(self, permits: int) -> bool:
        """Whether, with one more request in flight, so many permits are held by none."""
        return self._flying + 1 + permits <= self.rate.limit

    def take(self) -> None:
        """Take a permit that `wait` said is there."""
        self._flying += 1

    def give_back(self, now: float) -> None:
        """The answer has arrived, or none will: the permit rests, then is free."""
        self._flying -= 1
        self._rest(now + self.rate.seconds)

    def learn(self, hint: Hint, now: float) -> None:
        """Take over a limit; where less is left than we know of, others use it up too."""
        rate, remaining, reset = hint
        if rate is not None and rate.limit >= 1 and rate.seconds > 0:
            self.rate = rate
        if remaining is None:
            return
        self.wait(now)  # forgets what is free again
        free = self.rate.limit - self._flying - len(self._resting)
        end = now + min(self.rate.seconds if reset is None else reset, self.rate.seconds)
        for _ in range(free - max(remaining, 0)):
            self._rest(end)

    def _rest(self, until: float) -> None:
        resting = self._resting
        if resting and until < resting[-1]:  # a shorter window was learned meanwhile
            self._resting = deque(sorted([*resting, until]))
        else:
            resting.append(until)


class Pace:
    """How far an account's limits are used up: one for all who open it, whichever sync they serve.

    Args:
        lanes: Rate windows by lane; None for a lane without a limit.

    Attributes:
        lock: Guards everything else.
        windows: By lane, those that have a limit.
        passes: By lane, the windows that its requests pass.
        paused_until: In seconds of the monotonic clock.
    """

    def __init__(self, lanes: Mapping[str, Rate | None]) -> None:
        self.lock = threading.Lock()
        self.windows = {lane: Window(rate) for lane, rate in lanes.items() if rate is not None}
        every = self.windows.get(ALL)
        self.passes = {
            lane: tuple(w for w in (every, self.windows.get(lane)) if w is not None)
            for lane in lanes
            if lane != ALL
        }
        self.paused_until = float("-inf")


class Pacer:
    """Keeps an account's pace. Every worker asks it before each request and tells it after.

    Whoever is opened with the same `Context.paces` and lanes keeps one pace together.
    """

    def __init__(self, context: Context, lanes: Mapping[str, Rate | None]) -> None:
        self._name = context.name
        self._clock = context.clock
        self._log = context.log
        self._max_wait = context.max_wait
        self._pace: Pace = context.paces.setdefault(tuple(lanes.items()), Pace(lanes))

    def acquire(self, lane: str) -> tuple[Window, ...]:
        """Wait until a request may leave, and give what to `release` after it.

        Raises:
            RetryableError: The account is paused for longer than `max_wait`.
            StoppedError: The run was asked to stop; this request has not left.
        """
        windows = self._pace.passes[lane]
        while (wait := self._take(windows)) > 0.0:
            self._clock.sleep(max(wait, _TICK))
        return windows

    def acquire_now(self, lane: str) -> tuple[Window, ...] | None:
        """As `acquire` where a request may leave now and others still may after it, else None.

        Whoever holds a permit for an answer that it does not wait for yet may need another one
        first: the last one is for requests that are waited for.
        """
        windows = self._pace.passes[lane]
        return None if self._take(windows, left=1) > 0.0 else windows

    def release(self, windows: tuple[Window, ...]) -> None:
        """The answer has arrived, or none will."""
        with self._pace.lock:
            now = self._clock.monotonic()
            for window in windows:
                window.give_back(now)

    def learn(self, told: Mapping[str, Rate | Hint]) -> None:
        """Take over what an answer's headers said, by lane; unknown lanes are ignored."""
        windows = self._pace.windows
        with self._pace.lock:
            now = self._clock.monotonic()
            for lane, said in told.items():
                if lane != ALL and lane in windows:
                    hint = Hint(said) if isinstance(said, Rate) else said
                    windows[lane].learn(hint, now)

    def pause(self, seconds: float) -> None:
        """Let no worker send before *seconds* from now; a longer pause stays."""
        pace = self._pace
        with pace.lock:
            until = self._clock.monotonic() + seconds
            if until <= pace.paused_until:
                return
            pace.paused_until = until
        self._log(ACCOUNT_PAUSED, account=self._name, seconds=round(seconds, 3))

    def _take(self, windows: tuple[Window, ...], *, left: int = 0) -> float:
        """Take a permit of each, where all have one; else gives the seconds until they may.

        So many must be *left* that no request in flight holds.
        """
        with self._pace.lock:
            wait = self._wait(windows)
            if left and not all(window.leaves(left) for window in windows):
                return max(wait, _TICK)
            if wait <= 0.0:
                for window in windows:
                    window.take()
            return wait

    def _wait(self, windows: tuple[Window, ...]) -> float:
        now = self._clock.monotonic()
        paused = self._pace.paused_until - now
        if paused > self._max_wait:
            raise PausedError(
                f"{self._name} asked for no requests for another {span(paused)}",
                hint=come_back(paused, self._clock.now()),
                retry_after=paused,
                final=True,
            )
        return max((window.wait(now) for window in windows), default=0.0) if paused <= 0 else paused
