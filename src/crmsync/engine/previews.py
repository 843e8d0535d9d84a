"""What a preview is: how it was asked for, and what each record would come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from datetime import datetime

from crmsync.errors import Guard
from crmsync.exit_codes import ExitCode
from crmsync.receipts import Problem
from crmsync.reports import JSONObject, SyncReport, timestamp
from crmsync.values import Value

ACTIONS = ("create", "change", "unchanged", "merged", "filtered", "skipped", "invalid")
"""What a record may come to."""


class PreviewOptions(Value):
    """How a preview was asked for.

    Attributes:
        limit: Read no more than this many records of each sync.
        ids: Look at these records only.
        full: Look at every record, not only at those that changed since the last run.
        allowed: Guards that would be let pass.
    """

    limit: int | None = None
    ids: tuple[str, ...] = ()
    full: bool = False
    allowed: frozenset[Guard] = frozenset()

    @property
    def partial(self) -> bool:
        """Whether only some records are looked at."""
        return self.limit is not None or bool(self.ids)


class Preview(Value):
    """What one record would come to.

    Attributes:
        action: One of ACTIONS.
        payload: What would be sent for the record's key, None where nothing would be.
        diff: By field, (delivered, new); only what differs.
    """

    id: str
    key: str | None
    action: str
    payload: object = None
    diff: JSONObject = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> JSONObject:
        """The record as spec §6 writes it."""
        return {
            "id": self.id,
            "key": self.key,
            "action": self.action,
            "payload": self.payload,
            "diff": self.diff,
            "problems": [problem._asdict() for problem in self.problems],
        }


class SyncPreview(Value):
    """One sync's preview.

    Attributes:
        report: The same head that a run has; what would be sent is counted as pending.
        changes: How many records come to each action.
        records: In the order read.
    """

    report: SyncReport
    changes: dict[str, int]
    records: tuple[Preview, ...] = ()

    def to_json(self) -> JSONObject:
        """The sync as spec §6 writes it."""
        records = [record.to_json() for record in self.records]
        return {**self.report.to_json(), "changes": self.changes, "records": records}


class PreviewReport(Value):
    """A whole preview."""

    run_id: str
    exit_code: ExitCode
    started_at: datetime
    finished_at: datetime
    syncs: tuple[SyncPreview, ...]

    @property
    def to_send(self) -> int:
        """Payloads that a run would create or change."""
        return sum(sync.changes["create"] + sync.changes["change"] for sync in self.syncs)

    def to_json(self) -> JSONObject:
        """The preview as spec §6 writes it."""
        return {
            "run_id": self.run_id,
            "exit_code": int(self.exit_code),
            "started_at": timestamp(self.started_at),
            "finished_at": timestamp(self.finished_at),
            "syncs": [sync.to_json() for sync in self.syncs],
        }

    def records(self) -> Iterator[JSONObject]:
        """Every record with its sync's name, one document each."""
        for sync in self.syncs:
            for record in sync.records:
                yield {"sync": sync.report.sync, **record.to_json()}
