"""A whole sync on doubles: a list for a CRM, a dict for a platform, a real ledger and mapping."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crmsync.destinations.akooda import PLUGIN
from crmsync.engine.plans import GuardLimits, RunOptions, SyncPlan
from crmsync.engine.preview import preview_syncs
from crmsync.engine.previews import PreviewOptions, PreviewReport
from crmsync.engine.run import run_syncs
from crmsync.interfaces import Ledger
from crmsync.ledger import open_ledger
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Limits
from crmsync.receipts import Outcome
from crmsync.records import Record
from crmsync.reports import RunReport, SyncReport
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import KeepingDestination, ListSource
from tests.engine.eventful import eventful

RULES = {
    "domain": {"from": ["domain", "website"], "transforms": ["domain"]},
    "properties.displayName": "name",
    "properties.stage": {"from": "stage", "otherwise": "reject", "values": {"lead": "LEAD"}},
    "properties.segments": {"list": ["industry"]},
    "properties.phone": "phone",
    "properties.objectId": "record.id",
    "properties.modifiedAt": "record.modified_at",
}


def company(number: int, **fields: Any) -> Record:
    """A company with a domain and a name of its own, changed on day *number* of 2026."""
    day = fields.pop("day", number)
    deleted = bool(fields.pop("deleted", False))
    merged = fields.pop("merged", ())
    empty = dict.fromkeys(("website", "stage", "industry", "phone"))
    values = {**empty, "domain": f"c{number}.com", "name": f"Company {number}", **fields}
    return Record(
        id=str(number),
        fields=values,
        modified_at=datetime(2026, 1, 1 + int(str(day)) % 28, tzinfo=UTC),
        deleted=deleted,
        merged_ids=tuple(str(old) for old in merged) if isinstance(merged, tuple) else (),
    )


@dataclass
class Bench:
    """One sync and everything around it; `run` executes it."""

    ledger: Ledger
    clock: FakeClock = field(default_factory=FakeClock)
    source: ListSource = field(default_factory=ListSource)
    destination: KeepingDestination = field(default_factory=KeepingDestination)
    rules: dict[str, Any] = field(default_factory=lambda: dict(RULES))
    settings: dict[str, Any] = field(default_factory=dict)
    max_payloads: int = 1_000

    def plan(self, name: str = "companies", rank: tuple[int, int] = (0, 0)) -> SyncPlan:
        """The plan, compiled from the rules as they are now."""
        plugin = replace(PLUGIN, limits=Limits(max_payloads=self.max_payloads, max_bytes=100_000))
        rules, problems = parse_rules(self.rules, path="fields")
        assert not problems
        mapper = compile_mapping(
            rules,
            plugin=plugin,
            path="fields",
            object_name="companies",
            filter=self.settings.get("filter", {}),
        )
        plan = SyncPlan(
            name=name,
            source="crm",
            object="companies",
            destination="platform",
            mapper=mapper,
            plugin=plugin,
            method="upsert",
            mapped=frozenset(rules),
            guards=GuardLimits(minimum=3),
            ranks={name: rank, "companies": (0, 0), "other": (0, 1)},
            open_source=lambda: self.source,
            open_destination=lambda: self.destination,
        )
        return replace(plan, **self.settings)

    def run(self, **options: Any) -> SyncReport:
        """Run it once; gives the one sync's report."""
        return self.whole_run(**options).syncs[0]

    def whole_run(self, **options: Any) -> RunReport:
        """Run it once."""
        return run_syncs([self.plan()], self.ledger, self.clock, RunOptions(**options))

    def preview(self, **options: Any) -> PreviewReport:
        """Preview it."""
        return preview_syncs([self.plan()], self.ledger, self.clock, PreviewOptions(**options))

    def properties(self, domain: str) -> dict[str, object]:
        """What the platform holds for a domain, without what every payload has."""
        held: Any = self.destination.kept[domain]["properties"]
        return {k: v for k, v in held.items() if k not in ("objectId", "modifiedAt")}


def counts(report: SyncReport) -> dict[str, int]:
    """The outcomes that occurred."""
    named = {outcome.value: getattr(report.counts, outcome.value) for outcome in Outcome}
    return {name: count for name, count in named.items() if count}


@pytest.fixture
def bench():
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    yield Bench(ledger)
    ledger.close()


@pytest.fixture
def events(bench):
    """Three companies, and a platform to which each is an event."""
    eventful(bench).source.records = [company(number) for number in (1, 2, 3)]
    return bench
