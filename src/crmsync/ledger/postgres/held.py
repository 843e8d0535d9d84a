"""The leases that this process has, and whether it may still act on them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from crmsync.errors import LockedError
from crmsync.interfaces import Clock

LEASE: Final = 60.0
"""Seconds that a lease holds without being renewed."""


class Held:
    """Leases by their epochs. Safe to use from several threads.

    Once one is lost, nothing may be done on any of them: they were renewed together, so they
    ran out together. That ends as each is let go of.

    Attributes:
        seconds: How long a lease holds.
    """

    def __init__(
        self, clock: Clock, name: str, lost: Callable[[], None], *, seconds: float = LEASE
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._name = name
        self._lost = lost
        self._guard = threading.Lock()
        self._names: dict[int, str] = {}
        self._until = (0.0, 0.0)
        self._over: set[int] = set()

    def epochs(self) -> list[int]:
        """The epochs of every lease that is held.

        Raises:
            LockedError: One of them was lost, or has run out by this machine's own clocks.
        """
        if self._names and not self._over and self._ran_out():
            self.lose()
        with self._guard:
            if self._over:
                raise self._error()
            return list(self._names)

    def add(self, name: str, epoch: int, moment: tuple[float, float]) -> None:
        """Hold a lease that was asked for at that moment."""
        with self._guard:
            if not self._names:
                self._until = self._end(moment)
            self._names[epoch] = name

    def renewed(
        self, asked: Sequence[int], found: Sequence[int], moment: tuple[float, float]
    ) -> None:
        """Note which of the leases that were asked for at that moment hold on."""
        with self._guard:
            self._until = self._end(moment)
            gone = ({*asked} - {*found}) & {*self._names}
        if gone:
            self.lose()

    def drop(self, epoch: int) -> None:
        """Let go of a lease."""
        with self._guard:
            self._names.pop(epoch, None)
            self._over.discard(epoch)

    def lose(self) -> None:
        """Note that the leases are somebody else's now, and tell whoever runs this, once."""
        with self._guard:
            told = bool(self._over)
            self._over = {*self._names}
            due = bool(self._over) and not told
        if due:
            self._lost()

    def moment(self) -> tuple[float, float]:
        """Now, by both clocks: one stands still while the machine sleeps, the other may be set."""
        return self._clock.monotonic(), self._clock.now().timestamp()

    def _end(self, moment: tuple[float, float]) -> tuple[float, float]:
        steady, wall = moment
        return steady + self.seconds, wall + self.seconds

    def _ran_out(self) -> bool:
        steady, wall = self.moment()
        return steady >= self._until[0] or wall >= self._until[1]

    def _error(self) -> LockedError:
        names = ", ".join(sorted(self._names[epoch] for epoch in self._over))
        return LockedError(
            f"{names}: this process was frozen, or cut off from the ledger {self._name}, for "
            f"longer than the {self.seconds:g} s that its lock holds; another may have gone on",
            hint="nothing was written since; run again, and the next run goes on from there",
        )
