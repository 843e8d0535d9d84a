"""Lets so many through at once, and the others one after the other."""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from threading import Lock
from typing import Final

_KNOWN: Final = 1_000


class Turnstile:
    """Gives each who comes a turn. Safe for several threads.

    Moments are seconds of a clock that never goes back.

    Args:
        free: How many may come at once.
        step: Seconds between the turns of the others.
    """

    def __init__(self, *, free: int, step: float) -> None:
        self._head_start = free * step
        self._step = step
        self._next: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def wait(self, who: str, now: float) -> float:
        """Seconds until all have had their turn who came before; takes none."""
        with self._lock:
            return max(0.0, self._next.get(who, now) - now)

    def turn(self, who: str, now: float) -> float:
        """Take a turn; gives the seconds until it comes."""
        with self._lock:
            turn = max(self._next.pop(who, -inf), now - self._head_start) + self._step
            self._next[who] = turn
            while len(self._next) > _KNOWN:
                self._next.popitem(last=False)
            return max(0.0, turn - now)
