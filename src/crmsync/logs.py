"""The events that crmsync logs: a closed list, so that they can be searched and counted."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final, Protocol

PAGE_READ: Final = "page_read"
BATCH_PUSHED: Final = "batch_pushed"
BATCH_SPLIT: Final = "batch_split"
REQUEST_RETRIED: Final = "request_retried"
ACCOUNT_PAUSED: Final = "account_paused"
SIGN_IN_ENDS: Final = "sign_in_ends"
CLOCK_OFF: Final = "clock_off"
RECORD_QUARANTINED: Final = "record_quarantined"
CURSOR_COMMITTED: Final = "cursor_committed"
RUN_STARTED: Final = "run_started"
RUN_FINISHED: Final = "run_finished"


class Log(Protocol):
    """Logs one event of the list above."""

    def __call__(self, name: str, *, level: int = logging.INFO, **values: object) -> None:
        """Log it with these values."""


_LOGGER: Final = logging.getLogger("crmsync")


def event(name: str, *, level: int = logging.INFO, **values: object) -> None:
    """Log one event of the list above. Values are facts, never prose or secrets."""
    _LOGGER.log(level, name, extra={"values": values})


def bound(**values: object) -> Log:
    """Log events that all carry these values: a run's id, its sync."""
    return partial(event, **values)  # type: ignore[arg-type]  # values are keywords of `event`
