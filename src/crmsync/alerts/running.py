"""A run of which people are told: of each sync as it ends, while others go on."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from crmsync.alerts.telling import Telling
from crmsync.engine.plans import Progress, RunOptions, SyncPlan
from crmsync.engine.run import run_syncs
from crmsync.reports import RunReport, SyncReport


def run_told(
    plans: Sequence[SyncPlan], telling: Telling, options: RunOptions, progress: Progress
) -> RunReport:
    """Run syncs as `run_syncs` does, and tell people of them.

    Nobody is told of a sample: it says nothing of the sync.
    """
    told = progress if options.partial else ToldProgress(progress, telling)
    report = run_syncs(plans, telling.ledger, telling.clock, options, told, telling.run_id)
    if not options.partial:
        telling.over(report)
    return report


class ToldProgress(Progress):
    """Progress that is passed on, and of which people are told.

    A run's own thread of the sync does it, after the sync's locks are free.
    """

    def __init__(self, progress: Progress, telling: Telling) -> None:
        self._progress = progress
        self._telling = telling

    @override
    def sync_begins(self, name: str) -> None:
        self._progress.sync_begins(name)
        self._telling.begins(name)

    @override
    def sync_started(self, name: str, total: int | None) -> None:
        self._progress.sync_started(name, total)

    @override
    def estimated(self, name: str, payloads: int, seconds: float) -> None:
        self._progress.estimated(name, payloads, seconds)

    @override
    def advanced(self, name: str, read: int, sent: int) -> None:
        self._progress.advanced(name, read, sent)

    @override
    def sync_finished(self, report: SyncReport) -> None:
        self._progress.sync_finished(report)

    @override
    def sync_stored(self, report: SyncReport) -> None:
        self._progress.sync_stored(report)
        self._telling.ended(report)
