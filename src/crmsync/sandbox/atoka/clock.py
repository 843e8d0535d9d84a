"""The platform's clock: it may go wrong, and a test may turn it on."""

from __future__ import annotations

import time


class Clock:
    """Tells the time as the platform believes it to be, and how much has really passed."""

    def __init__(self, skew_s: float) -> None:
        self.skew_s = skew_s
        self._advanced_s = 0.0

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._advanced_s += seconds

    def now(self) -> int:
        """What it believes: epoch milliseconds, skewed."""
        return int((time.time() + self.skew_s + self._advanced_s) * 1000)

    def passed(self) -> float:
        """Seconds since some moment; never goes back, whatever the skew."""
        return time.monotonic() + self._advanced_s
