"""Looks now and then whether people are to be told of a sync of which no run tells."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

from crmsync.config.loading import Loaded
from crmsync.errors import CrmsyncError
from crmsync.wiring import Workspace

EVERY: Final = 300.0
"""Seconds between two looks: what could not be told is told that soon, too."""

_LOGGER: Final = logging.getLogger(__name__)


class Lookout:
    """A thread beside the daemon's own, which must not wait for an address.

    Args:
        loaded: Gives the configuration as it is now.
        every: Seconds between two looks.
    """

    def __init__(self, loaded: Callable[[], Loaded], *, every: float = EVERY) -> None:
        self._loaded = loaded
        self._every = every
        self._over = Event()
        self._thread = Thread(target=self._work, name="lookout", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()

    def look(self) -> None:
        """Look at every sync once, and tell what is to be told."""
        with Workspace(self._loaded()) as workspace:
            if not workspace.ways.silent:
                workspace.telling(workspace.ledger()).look()

    def _work(self) -> None:
        while not self._over.wait(self._every):
            try:
                self.look()
            except CrmsyncError as error:  # the ledger is away: looked for again
                _LOGGER.debug("not looked", exc_info=error)
