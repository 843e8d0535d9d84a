"""What a run tells: per sync counts that balance, and their JSON (spec §6)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Protocol, TypeAlias

from crmsync.exit_codes import ExitCode
from crmsync.receipts import Outcome
from crmsync.values import Value

JSONObject: TypeAlias = dict[str, object]
"""A JSON document, as Python holds it."""


class Counts(Value):
    """How many records came to each outcome.

    Attributes:
        source_total: The CRM's own count of the live records asked for, None without one.
        read: Records read, the sum of the ten outcomes that follow.
    """

    source_total: int | None = None
    read: int = 0
    accepted: int = 0
    unverified: int = 0
    unchanged: int = 0
    merged: int = 0
    filtered: int = 0
    skipped: int = 0
    invalid: int = 0
    rejected: int = 0
    unknown: int = 0
    pending: int = 0

    @property
    def settled(self) -> int:
        """Records with an outcome; equal to `read` when the books balance."""
        return sum(getattr(self, outcome.value) for outcome in Outcome)


class SyncReport(Value):
    """One sync's part of a run.

    Attributes:
        status: succeeded, partial, failed, temporary, guarded or locked.
        error: What ended it early, with what to do next; None where nothing did.
        balanced: Whether read is the sum of outcomes, and the CRM's own count explained.
        warnings: Fields mended or left out, plus remarks on the run.
        owed: Records not delivered, or not certainly, in the ledger now.
        quarantined: Records in quarantine for this sync now.
        source_requests: To the CRM. Syncs that share a read are charged with each request
            once: as one ends, with what no other was charged with yet. So their sum is true.
        rate_limited: Answers that said "too many".
        cursor: Where the next read goes on.
        notes: Remarks for people, such as what explains a difference in the count.
        guard: The guard that stopped it, None where none did.
        allowed: The guards that would have stopped it and were let pass for this run.
        partial: Whether it was to read some records only, such as the first few or those with
            certain ids: then it says nothing of the others. In the JSON only where true.
        exit_code: This sync's own.
    """

    sync: str
    source: str
    object: str
    destination: str
    status: str = "succeeded"
    error: str | None = None
    balanced: bool = True
    counts: Counts = field(default_factory=Counts)
    warnings: int = 0
    owed: int = 0
    quarantined: int = 0
    source_requests: int = 0
    destination_requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    bytes_sent: int = 0
    duration_s: float = 0.0
    cursor: str | None = None
    notes: tuple[str, ...] = ()
    guard: str | None = None
    allowed: tuple[str, ...] = ()
    partial: bool = False
    exit_code: ExitCode = ExitCode.OK

    def to_json(self) -> JSONObject:
        """The report as spec §6 writes it."""
        document: JSONObject = {**vars(self), "counts": {**vars(self.counts)}}
        document["notes"] = list(self.notes)
        document["allowed"] = list(self.allowed)
        if not self.partial:
            del document["partial"]
        document["exit_code"] = int(self.exit_code)
        document["duration_s"] = round(self.duration_s, 3)
        return document


class RunReport(Value):
    """A run: every sync that it executed, in order."""

    run_id: str
    exit_code: ExitCode
    started_at: datetime
    finished_at: datetime
    syncs: tuple[SyncReport, ...] = ()

    def to_json(self) -> JSONObject:
        """The report as spec §6 writes it."""
        return {
            "run_id": self.run_id,
            "exit_code": int(self.exit_code),
            "started_at": timestamp(self.started_at),
            "finished_at": timestamp(self.finished_at),
            "syncs": [sync.to_json() for sync in self.syncs],
        }


def is_whole(report: Mapping[str, object]) -> bool:
    """Whether a sync's report, as JSON, tells of all its records. Older ones always do."""
    return not report.get("partial")


def timestamp(moment: datetime) -> str:
    """A moment as reports write it: UTC, milliseconds, `Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def counts_from(outcomes: Mapping[Outcome, int], *, read: int, source_total: int | None) -> Counts:
    """Counts from a tally by outcome."""
    named = {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}
    return Counts(source_total=source_total, read=read, **named)


class RunLog(Protocol):
    """What runs came to, kept; a part of the ledger."""

    @abstractmethod
    def start_run(self, run_id: str, at: datetime) -> None:
        """Note that a run began; one never finished shows as interrupted."""

    @abstractmethod
    def finish_sync(self, run_id: str, report: SyncReport, at: datetime) -> None:
        """Note one sync's report."""

    @abstractmethod
    def finish_run(self, report: RunReport) -> None:
        """Note a run's report."""

    @abstractmethod
    def runs(self, *, limit: int = 20) -> list[dict[str, object]]:
        """Reports, newest first; an interrupted run has `exit_code` None."""

    @abstractmethod
    def run(self, run_id: str) -> dict[str, object] | None:
        """One run's report; a unique prefix of the id does."""

    @abstractmethod
    def last_report(self, sync: str) -> dict[str, object] | None:
        """The last report of a sync, with `run_id` and `finished_at`."""

    @abstractmethod
    def last_whole(self, sync: str) -> dict[str, object] | None:
        """The last report that tells how a sync is, as `last_report` gives it.

        It is no sample's (`is_whole`), and of a run that did not leave since another had the sync
        (9). It is never forgotten.
        """

    @abstractmethod
    def last_good(self, sync: str) -> dict[str, object] | None:
        """The last of these that ended with 0 or 3, since it brought everything it could.

        It is never forgotten.
        """

    @abstractmethod
    def reports(self, sync: str, *, limit: int) -> list[dict[str, object]]:
        """The last reports of a sync, newest first, each as `last_report` gives it."""
