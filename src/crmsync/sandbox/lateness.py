"""Requests that are handled only after their connections were cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

Work: TypeAlias = Callable[[], None]


class Late:
    """Holds them until their time, on the running event loop."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[asyncio.TimerHandle, Work]] = {}
        self._added = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, seconds: float, work: Work) -> None:
        """Do it in so many seconds."""
        self._added += 1
        key = self._added
        timer = asyncio.get_running_loop().call_later(seconds, self._handle, key)
        self._waiting[key] = (timer, work)

    def hurry(self) -> int:
        """Do all that wait now, in the order they came; how many there were."""
        keys = list(self._waiting)
        for key in keys:
            self._handle(key)
        return len(keys)

    def forget(self) -> None:
        """Never do those that wait."""
        for timer, _ in self._waiting.values():
            timer.cancel()
        self._waiting.clear()

    def _handle(self, key: int) -> None:
        timer, work = self._waiting.pop(key)
        timer.cancel()
        work()
