"""A clock that only moves when somebody waits."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from crmsync.errors import StoppedError
from crmsync.interfaces import Clock


class FakeClock(Clock):
    """Virtual time: a sleep advances it by its whole length and returns at once.

    Threads may share it: then each sleep moves it on for all of them.

    Attributes:
        sleeps: Seconds of each sleep, in the order they were asked for.
    """

    def __init__(self, start: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()
        self._stopped = False
        self.sleeps: list[float] = []

    @override
    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    @override
    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed

    @override
    def sleep(self, seconds: float) -> None:
        with self._lock:
            if self._stopped:
                raise StoppedError("asked to stop")
            self.sleeps.append(seconds)
            self._elapsed += max(seconds, 0.0)

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody sleeping."""
        with self._lock:
            self._elapsed += seconds

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def stop(self) -> None:
        """End every later sleep with StoppedError."""
        self._stopped = True
