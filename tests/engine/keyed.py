"""A sync to a platform where a key takes one record only: Akita, on doubles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from crmsync.destinations.akita import PLUGIN
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.engine.plans import GuardLimits, RunOptions, SyncPlan
from crmsync.engine.run import run_syncs
from crmsync.interfaces import Answer
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from crmsync.receipts import Outcome
from crmsync.records import Record
from crmsync.reports import SyncReport
from crmsync.testing.fakes import KeepingDestination, ListSource
from tests.engine.conftest import Bench

RULES = {
    "internal_id": "customer_id",
    "name": "name",
    "is_tracked": {"from": "stage", "values": {"lead": False, "customer": True}},
    "is_churned": {"from": "stage", "values": {"churn": True}, "otherwise": ""},
    "tags": {"list": ["tag"]},
}
RULES["is_tracked"]["otherwise"] = "drop"  # type: ignore[index]  # the rule is a table
COLLISION = "INTERNAL_ID_COLLISION"
SETTINGS = AkitaSettings.model_validate({"api_key": "${AKITA_API_KEY}"})
LENIENT = GuardLimits(empty=False, minimum=10**6)


def account(number: int, customer_id: object = "", **fields: object) -> Record:
    """A company with a customer's id, `n` and its own number where none is given."""
    empty: dict[str, object] = dict.fromkeys(("stage", "tag"))
    known = {"customer_id": customer_id or f"n{number}", "name": f"Company {number}"}
    deleted = bool(fields.pop("deleted", False))
    return Record(
        id=str(number),
        fields={**empty, **known, **fields},
        modified_at=datetime(2026, 1, 1, tzinfo=UTC),
        deleted=deleted,
    )


def keeping() -> KeepingDestination:
    """A platform of accounts that vouches for each."""
    kept = KeepingDestination("internal_id")
    kept.answer = Answer(verified=True, status="200")
    return kept


@dataclass
class KeyedBench(Bench):
    """Two syncs, of two CRMs, to one Akita account; `run` executes the first."""

    destination: KeepingDestination = field(default_factory=keeping)
    rules: dict[str, Any] = field(default_factory=lambda: dict(RULES))
    other: ListSource = field(default_factory=ListSource)
    missing_key: str = "skip"

    @override
    def plan(self, name: str = "companies", rank: tuple[int, int] = (0, 0)) -> SyncPlan:
        plugin = PLUGIN.tailor(PLUGIN, SETTINGS)
        plugin = replace(plugin, limits=replace(plugin.limits, in_flight=2))
        rules, problems = parse_rules(self.rules, path="fields")
        assert not problems
        mapper = compile_mapping(
            rules,
            plugin=plugin,
            path="fields",
            filter=self.settings.get("filter", {}),
            missing_key=self.missing_key,
        )
        source = self.other if name == "other" else self.source
        plan = SyncPlan(
            name=name,
            source="crm",
            object="companies",
            destination="platform",
            mapper=mapper,
            plugin=plugin,
            method="upsert",
            mapped=frozenset(rules),
            guards=LENIENT,
            ranks={"companies": rank, "other": (0, 1)},
            open_source=lambda: source,
            open_destination=lambda: self.destination,
        )
        return replace(plan, **self.settings)

    def run_other(self, **options: Any) -> SyncReport:
        """Run the second sync."""
        plans = [self.plan("other")]
        return run_syncs(plans, self.ledger, self.clock, RunOptions(**options)).syncs[0]

    def held_back(self) -> dict[tuple[str, str], str]:
        """What is in quarantine, and the last problem of each."""
        names = ("companies", "other")
        found = [one for name in names for one in self.ledger.quarantine(name)]
        return {(one.sync, one.record_id): one.problems[-1].code for one in found}

    def outcome(self, record_id: str, sync: str = "companies") -> Outcome | None:
        """What the ledger says became of a record."""
        row = self.ledger.record(sync, record_id)
        return None if row is None else row.outcome

    @property
    def sent(self) -> list[dict[str, object]]:
        """Every account sent, in the order of arrival."""
        return [payload for push in self.destination.pushes for payload in push]
