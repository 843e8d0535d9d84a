"""Retries that were asked for on the page, each in a thread, one after the other at most."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Final

from crmsync.config.loading import Loaded
from crmsync.engine.retry import doubted, held, retry_quarantined
from crmsync.engine.run import unforeseen, words_of
from crmsync.errors import CrmsyncError
from crmsync.exit_codes import MEANINGS
from crmsync.reports import RunReport
from crmsync.web.exchange import RefusedError
from crmsync.wiring import Paces, Selection, Workspace

GRACE: Final = 1.0
"""Seconds that a retry has to settle what is in flight when the daemon stops."""
_REMEMBERED: Final = 50
_LOGGER: Final = logging.getLogger(__name__)


@dataclass
class Retry:
    """One retry.

    Attributes:
        ids: The records; none means all that are in quarantine.
        certain: Whether a person says to have looked at the platform, where one may have arrived.
        run_id: The run that it came to; empty where none began, or it goes on.
        told: What came of it, for people.
        over: Set when it has ended.
    """

    number: int
    sync: str
    ids: tuple[str, ...] = ()
    certain: bool = False
    run_id: str = ""
    told: str = ""
    over: Event = field(default_factory=Event)


class Retries:
    """Starts retries and remembers the last. Safe for several threads.

    *paces* are what the process knows of accounts' limits.
    """

    def __init__(self, paces: Paces | None = None) -> None:
        self._paces: Paces = {} if paces is None else paces
        self._known: OrderedDict[int, Retry] = OrderedDict()
        self._numbers = 0
        self._lock = Lock()
        self._workspace: Workspace | None = None

    def start(
        self, loaded: Loaded, sync: str, ids: Sequence[str] = (), *, certain: bool = False
    ) -> Retry:
        """Start one in the background; raises RefusedError while another is under way."""
        with self._lock:
            for other in self._known.values():
                if not other.over.is_set():
                    message = f"a retry of {other.sync} is under way; try again when it has ended"
                    raise RefusedError(409, "Not now", message)
            self._numbers += 1
            retry = Retry(self._numbers, sync, tuple(ids), certain)
            self._known[retry.number] = retry
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        Thread(target=self._work, args=(retry, loaded), name="retry", daemon=True).start()
        return retry

    def get(self, number: str) -> Retry | None:
        """One that was started, by its number."""
        with self._lock:
            return self._known.get(int(number)) if number.isascii() and number.isdigit() else None

    def stop(self, grace: float = GRACE) -> None:
        """Ask the one that is under way to end, and wait a little. What it has settled stays."""
        if (workspace := self._workspace) is not None:
            workspace.clock.stop()
        for retry in list(self._known.values()):
            retry.over.wait(grace)

    def _work(self, retry: Retry, loaded: Loaded) -> None:
        try:
            with Workspace(loaded, paces=self._paces) as workspace:
                self._workspace = workspace
                self._run(retry, workspace)
        except CrmsyncError as error:
            retry.told = words_of(error)
        except Exception as error:
            # The rim of the thread: the page goes on, and says so.
            _LOGGER.debug("unexpected", exc_info=error)
            retry.told = words_of(unforeseen(error))
        finally:
            self._workspace = None
            retry.over.set()

    def _run(self, retry: Retry, workspace: Workspace) -> None:
        (plan,) = workspace.plans(Selection(syncs=(retry.sync,)))
        ledger = workspace.ledger()
        waiting = held(plan, ledger, retry.ids) if retry.ids else ledger.quarantine(plan.name)
        if next(iter(waiting), None) is None:
            retry.told = "nothing of it is in quarantine any more"
        elif not retry.certain and any(doubted(plan, ledger, retry.ids)) and retry.ids:
            retry.told = (
                "it may have arrived: look at the platform first, then tick the box beside its "
                "button and press again"
            )
        else:
            report = retry_quarantined(plan, ledger, workspace.clock, retry.ids)
            retry.run_id, retry.told = report.run_id, _outcome(report)


def _outcome(report: RunReport) -> str:
    errors = [sync.error for sync in report.syncs if sync.error]
    return "; ".join(errors) or MEANINGS[report.exit_code]
