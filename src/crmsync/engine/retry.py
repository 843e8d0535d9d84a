"""Quarantined records, tried again: read, mapped, validated and sent at once."""

from __future__ import annotations

from collections.abc import Sequence

from crmsync.engine.plans import RunOptions, SyncPlan
from crmsync.engine.run import run_syncs
from crmsync.interfaces import Clock, Ledger
from crmsync.reports import RunReport


def retry_quarantined(
    plan: SyncPlan, ledger: Ledger, clock: Clock, ids: Sequence[str] = ()
) -> RunReport:
    """Run a sync over quarantined records only: those of *ids*, or all of the sync's.

    The cursor stays where it is. Ids that are not in quarantine are left out; a record
    that the CRM no longer has stays in quarantine until it is dropped.
    """
    chosen = tuple(entry.record_id for entry in ledger.quarantine(plan.name, ids))
    plans = [plan] if chosen else []
    return run_syncs(plans, ledger, clock, RunOptions(ids=chosen, force=True))
