"""After the read: which of the ledger's records the CRM has no more, or gives to no key."""

from __future__ import annotations

from collections.abc import Collection

from crmsync.engine.plans import SyncPlan
from crmsync.interfaces import Ledger, Source
from crmsync.receipts import Outcome


def vanished(
    plan: SyncPlan,
    ledger: Ledger,
    source: Source,
    full_pass: int,
    seen: Collection[str] = (),
) -> list[str]:
    """What the ledger has, a whole full pass did not show, and the CRM has no more.

    *seen* are ids that the pass showed and that are not marked so in the ledger.
    """
    tracked = ledger.tracked(plan.name)
    unseen = ledger.unseen(plan.name, full_pass, limit=tracked + 1)
    unseen = [record_id for record_id in unseen if record_id not in seen]
    alive = still_there(plan, source, unseen)
    return [record_id for record_id in unseen if record_id not in alive]


def still_there(plan: SyncPlan, source: Source, ids: list[str]) -> set[str]:
    """Of records that the read did not show, those that the CRM has all the same."""
    if not ids:
        return set()
    pages = source.read(plan.query(ids=tuple(ids)))
    return {record.id for page in pages for record in page.records if not record.deleted}


def departed(plan: SyncPlan, source: Source, ids: Collection[str]) -> list[str]:
    """Of records at keys that several claim, those that claim theirs no more.

    The CRM has them no more, or the sync's filter leaves them out.
    """
    if not ids:
        return []
    pages = source.read(plan.query(ids=tuple(sorted(ids))))
    live = [record for page in pages for record in page.records if not record.deleted]
    mapped = zip(live, plan.map_page(live), strict=True)
    there = {record.id for record, one in mapped if one.outcome is not Outcome.FILTERED}
    return sorted(set(ids) - there)
