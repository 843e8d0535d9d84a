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
SENDING_ESTIMATED: Final = "sending_estimated"
RUN_STARTED: Final = "run_started"
RUN_FINISHED: Final = "run_finished"
SYNC_FINISHED: Final = "sync_finished"
SYNC_SKIPPED: Final = "sync_skipped"
SYNC_HELD_BACK: Final = "sync_held_back"
RUN_OVERDUE: Final = "run_overdue"
CLOCK_SET_BACK: Final = "clock_set_back"
CONFIG_RELOADED: Final = "config_reloaded"
CONFIG_KEPT: Final = "config_kept"
ALERT_TOLD: Final = "alert_told"
ALERT_FAILED: Final = "alert_failed"
DAEMON_STARTED: Final = "daemon_started"
PAGE_SERVED: Final = "page_served"
DAEMON_REPLACED: Final = "daemon_replaced"
DAEMON_STOPPED: Final = "daemon_stopped"


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
