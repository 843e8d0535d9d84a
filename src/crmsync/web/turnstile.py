"""Slows down who guesses: wrong tries of one address are answered one after the other."""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from threading import Lock
from typing import Final

FREE: Final = 3
"""Wrong tries that are answered at once: a person mistypes."""
STEP: Final = 1.0
"""Seconds between the answers to the others."""
LONGEST: Final = 8.0
"""Seconds that an answer is held back; whoever would wait longer is not looked at."""
_KNOWN: Final = 1_000


class Turnstile:
    """Counts wrong tries by address. Right ones cost nothing. Safe for several threads.

    Moments are seconds of a clock that never goes back.
    """

    def __init__(self) -> None:
        self._next: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def wait(self, peer: str, now: float) -> float:
        """Seconds until a try of this address is looked at; 0 where it is at once."""
        with self._lock:
            return max(0.0, self._next.get(peer, now) - now - LONGEST)

    def wrong(self, peer: str, now: float) -> float:
        """A try was wrong; gives the seconds that its answer is to be held back."""
        with self._lock:
            turn = max(self._next.pop(peer, -inf), now - FREE * STEP) + STEP
            self._next[peer] = turn
            while len(self._next) > _KNOWN:
                self._next.popitem(last=False)
            return max(0.0, turn - now)
