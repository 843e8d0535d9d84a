"""Rolling rate windows."""

from __future__ import annotations

from collections import deque

from crmsync.sandbox.options import Rate


class RollingWindow:
    """Counts requests in the last so many seconds. A refused request is not counted."""

    def __init__(self, rate: Rate | None) -> None:
        self._rate = rate
        self._taken: deque[float] = deque()

    def take(self, now: float) -> bool:
        """Take a place at *now* (seconds, never going back); False where none is left."""
        if self._rate is None:
            return True
        while self._taken and self._taken[0] <= now - self._rate.seconds:
            self._taken.popleft()
        if len(self._taken) >= self._rate.limit:
            return False
        self._taken.append(now)
        return True

    def wait(self, now: float) -> float:
        """Seconds from *now* until a place is free."""
        if self._rate is None or len(self._taken) < self._rate.limit:
            return 0.0
        return max(0.0, self._taken[0] + self._rate.seconds - now)

    @property
    def remaining(self) -> int | None:
        """Places left as of the last request; None where there is no limit."""
        return None if self._rate is None else self._rate.limit - len(self._taken)
