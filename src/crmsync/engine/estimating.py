"""How long a run will take, told as soon as it is known how much there is to send."""

from __future__ import annotations

from typing import Final

from crmsync import logs
from crmsync.engine.plans import Progress, SyncPlan

NOTICEABLE: Final = 60.0
"""Seconds; a shorter run is over before anybody asks."""

_ALIKE: Final = 0.05
"""A number that differs by no larger share from the one told before is no news."""


class Estimate:
    """Tells how long sending takes, at a platform that takes so many payloads in a time."""

    def __init__(self, plan: SyncPlan, progress: Progress, log: logs.Log) -> None:
        self._plan = plan
        self._progress = progress
        self._log = log
        self._told = 0

    def tell(self, payloads: int) -> None:
        """So many payloads are to be sent, as far as is known now."""
        seconds = self._plan.plugin.seconds
        if seconds is None or abs(payloads - self._told) <= _ALIKE * self._told:
            return
        takes = seconds(payloads)
        if takes > NOTICEABLE:
            self._told = payloads
            self._log(logs.SENDING_ESTIMATED, payloads=payloads, seconds=round(takes))
            self._progress.estimated(self._plan.name, payloads, takes)
