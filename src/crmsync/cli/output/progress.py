"""Tells how a run goes on: bars on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TextIO

from typing_extensions import override

from crmsync.cli.output.log_lines import speaks_json
from crmsync.cli.output.terminal import note
from crmsync.cli.output.text import number, safe
from crmsync.engine.plans import Progress, Silent
from crmsync.reports import SyncReport

if TYPE_CHECKING:
    from rich.progress import TaskID

EVERY: Final = 30.0
"""Seconds between two plain lines of one sync."""

_MINUTE: Final = 60.0


def progress_for(*, quiet: bool) -> Progress:
    """What suits the place that stderr goes to."""
    if quiet:
        return Silent()
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    return Bars() if on_terminal and not speaks_json() else PlainLines()


class PlainLines(Silent):
    """A line when a sync begins and ends, and now and then between."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, float] = {}

    @override
    def sync_started(self, name: str, total: int | None) -> None:
        """Tell that a sync begins."""
        self._told[name] = self._monotonic()
        count = "" if total is None else f", {number(total)} records to read"
        note(f"{safe(name)}: started{count}", sync=name)

    @override
    def estimated(self, name: str, payloads: int, seconds: float) -> None:
        """Tell how long it will take."""
        note(_estimate(name, payloads, seconds), sync=name)

    @override
    def advanced(self, name: str, read: int, sent: int) -> None:
        """Tell how far it is, where nothing was told for a while."""
        now = self._monotonic()
        if now - self._told.setdefault(name, now) >= EVERY:
            self._told[name] = now
            note(f"{safe(name)}: {number(read)} read, {number(sent)} sent", sync=name)

    @override
    def sync_finished(self, report: SyncReport) -> None:
        """Tell how it ended."""
        told = f"{safe(report.sync)}: {report.status} in {report.duration_s:.1f} s"
        note(told, sync=report.sync)


class Bars(Silent):
    """A bar a sync, on a terminal. A sync whose total is unknown pulses."""

    def __init__(self, screen: TextIO | None = None) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("read, {task.fields[sent]:,} sent"),
            TimeElapsedColumn(),
            console=Console(file=screen, stderr=screen is None),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    @override
    def sync_started(self, name: str, total: int | None) -> None:
        """Show its bar."""
        self._progress.start()
        self._tasks[name] = self._progress.add_task(safe(name), total=total, sent=0)

    @override
    def estimated(self, name: str, payloads: int, seconds: float) -> None:
        """Tell above the bars how long it will take."""
        self._progress.console.print(
            _estimate(name, payloads, seconds), markup=False, highlight=False, soft_wrap=True
        )

    @override
    def advanced(self, name: str, read: int, sent: int) -> None:
        """Move its bar."""
        if name in self._tasks:
            self._progress.update(self._tasks[name], completed=read, sent=sent)

    @override
    def sync_finished(self, report: SyncReport) -> None:
        """Take its bar away, and the whole display with the last one."""
        task = self._tasks.pop(report.sync, None)
        if task is not None:
            self._progress.remove_task(task)
        if not self._tasks:
            self._progress.stop()


def _estimate(name: str, payloads: int, seconds: float) -> str:
    """Such as `a: 10,000 to send at 110 a minute: about 91 min`."""
    pace = round((payloads - 1) / seconds * _MINUTE)  # the first goes at once
    told = f"{number(payloads)} to send at {number(pace)} a minute: about {_about(seconds)}"
    return f"{safe(name)}: {told}; it may be stopped at any moment, the next run goes on"


def _about(seconds: float) -> str:
    from crmsync.transport.retrying import span

    return span(round(seconds / _MINUTE) * _MINUTE if seconds > 10 * _MINUTE else seconds)
