"""The real clock, with a stop: whoever waits when the run is asked to stop wakes at once."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from typing_extensions import override

from crmsync.errors import StoppedError
from crmsync.interfaces import Clock


class SystemClock(Clock):
    """Time as the machine has it. One for all threads of a run."""

    def __init__(self) -> None:
        # A bare lock, held until stop() frees it: unlike an Event it has no lock of its own
        # that a signal handler could find taken by the very thread that it interrupts.
        self._gate = threading.Lock()
        self._gate.acquire()
        self._stopping = False

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)

    @override
    def monotonic(self) -> float:
        return time.monotonic()

    @override
    def sleep(self, seconds: float) -> None:
        # Looked at first: the gate may be in the hands of another sleeper that just woke.
        if not self._stopping:
            if not self._gate.acquire(timeout=min(max(seconds, 0.0), threading.TIMEOUT_MAX)):
                return
            self._gate.release()  # the next sleeper wakes too
        raise StoppedError("asked to stop", hint="the next run goes on from here")

    @property
    def stopping(self) -> bool:
        """Whether the run was asked to stop."""
        return self._stopping

    def stop(self) -> None:
        """End every sleep, present and future, with StoppedError. Safe in a signal handler.

        It may be called twice.
        """
        if not self._stopping:
            self._stopping = True
            self._gate.release()
