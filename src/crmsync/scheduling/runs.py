"""One run of the daemon: a thread, with a workspace and so a clock of its own to be stopped by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Thread
from typing import Final, NamedTuple, Protocol

from typing_extensions import override

from crmsync import logs
from crmsync.alerts.running import run_told
from crmsync.config.loading import Loaded
from crmsync.engine.plans import RunOptions, Silent
from crmsync.engine.run import log_end, new_run_id, unforeseen, words_of
from crmsync.errors import CrmsyncError
from crmsync.exit_codes import ExitCode, of_error
from crmsync.reports import SyncReport
from crmsync.wiring import Paces, Selection, Workspace

_LEVELS: Final = {
    ExitCode.OK: logging.INFO,
    ExitCode.OWED: logging.INFO,
    ExitCode.RUNNING: logging.INFO,
    ExitCode.TEMPORARY: logging.WARNING,
}
"""How a sync's end is logged; any other is an error: a person must act."""

_LOGGER: Final = logging.getLogger(__name__)


class Ended(NamedTuple):
    """A sync ended, its locks are free.

    Attributes:
        error: What ended it early, with what to do next; None where nothing did.
    """

    sync: str
    code: ExitCode
    error: str | None = None


class Run(Protocol):
    """A run that was started."""

    run_id: str
    syncs: tuple[str, ...]

    def stop(self) -> None:
        """Ask it to end; it goes on from there the next time. May be called twice."""


class Hears(Protocol):
    """Who is told of a run, from its threads."""

    def ended(self, end: Ended) -> None:
        """A sync ended. Each sync of the run is told of once."""

    def over(self, run: Run) -> None:
        """The run is over, all of its syncs have ended."""


Start = Callable[[Loaded, Sequence[str], Hears, datetime], Run]
"""Starts a run of some syncs of a configuration, now, and returns at once."""


class ThreadRun:
    """A run in a thread of this process.

    It keeps the configuration that it was started with, whatever is loaded meanwhile.
    """

    def __init__(
        self, loaded: Loaded, syncs: Sequence[str], hears: Hears, now: datetime, paces: Paces
    ) -> None:
        self.syncs = tuple(syncs)
        self.run_id = new_run_id(now)
        log = logs.bound(run_id=self.run_id)
        self._workspace = Workspace(loaded, log=log, paces=paces)
        self._hears = hears
        self._told: set[str] = set()
        # No process waits for its end: one that hangs in a request must not hold up a stop.
        self._thread = Thread(target=self._work, name=f"run {self.run_id}", daemon=True)

    def start(self) -> None:
        """Begin. Call it once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end."""
        self._workspace.clock.stop()

    def tell(self, end: Ended) -> None:
        """Note a sync's end, and pass it on."""
        self._told.add(end.sync)
        self._hears.ended(end)

    def _work(self) -> None:
        code, error = ExitCode.FAILED, "it ended without a report"
        try:
            self._run()
        except CrmsyncError as failure:
            code, error = of_error(failure), words_of(failure)
        except Exception as failure:
            # The rim of the thread: the daemon goes on, and says so.
            _LOGGER.debug("unexpected", exc_info=failure)
            error = words_of(unforeseen(failure))
        finally:
            for sync in self.syncs:
                if sync not in self._told:
                    self.tell(Ended(sync, code, error))
            self._hears.over(self)

    def _run(self) -> None:
        with self._workspace as workspace:
            chosen = [plan for name in self.syncs for plan in workspace.plans(_only(name))]
            telling = workspace.telling(workspace.ledger(), self.run_id)
            options = RunOptions(keep=workspace.config.state.keep)
            run_told(chosen, telling, options, _Told(self))


class _Told(Silent):
    """Hears of each sync's end as soon as it has ended, while others of the run go on."""

    def __init__(self, run: ThreadRun) -> None:
        self._run = run

    @override
    def sync_finished(self, report: SyncReport) -> None:
        level = _LEVELS.get(report.exit_code, logging.ERROR)
        log_end(report, self._run.run_id, level)
        self._run.tell(Ended(report.sync, report.exit_code, report.error))


class Threads:
    """Starts runs in threads of this process. *paces* are what they know of accounts' limits."""

    def __init__(self, paces: Paces) -> None:
        self._paces = paces

    def start(self, loaded: Loaded, syncs: Sequence[str], hears: Hears, now: datetime) -> Run:
        """Start a run."""
        run = ThreadRun(loaded, syncs, hears, now, self._paces)
        run.start()
        return run


def _only(name: str) -> Selection:
    return Selection(syncs=(name,))
