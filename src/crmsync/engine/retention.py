"""What is deleted by its age when a run has ended: reports, and the text of events.

Nothing that decides what is sent is ever deleted so: contributions, deliveries, quarantine,
cursors, events that are not settled, and of those that are what tells them from others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from crmsync.engine.plans import SyncPlan
from crmsync.interfaces import Ledger
from crmsync.state import EventLine

LOOK_EVERY: Final = timedelta(days=1)
"""Events are looked through so often: that takes a while where there are many."""

_LOOKED: Final = "events were looked through up to"
_AT_ONCE: Final = 500


def purge(plans: Iterable[SyncPlan], ledger: Ledger, before: datetime) -> None:
    """Delete what is older than a moment; of events, those of these plans' destinations.

    Raises LedgerError as the ledger does; what was not deleted is deleted by a later run.
    """
    ledger.purge(before)
    for plan in {plan.destination: plan for plan in plans}.values():
        if (plan.once or plan.open_events is not None) and _is_due(plan, ledger, before):
            _shorten(plan, ledger, before)
            ledger.note(plan.destination, {_LOOKED: before.isoformat()})


def _is_due(plan: SyncPlan, ledger: Ledger, before: datetime) -> bool:
    looked = ledger.recall(plan.destination, [_LOOKED]).get(_LOOKED)
    # Also where that lies ahead: the clock was wrong then, or less was kept.
    return looked is None or abs(before - datetime.fromisoformat(looked)) >= LOOK_EVERY


def _shorten(plan: SyncPlan, ledger: Ledger, before: datetime) -> None:
    bodies: dict[str, bytes] = {}
    for line in ledger.aged(plan.destination, before):
        bodies[line.tag] = _left(plan, line)
        if len(bodies) == _AT_ONCE:
            ledger.shorten(plan.destination, bodies)
            bodies = {}
    if bodies:
        ledger.shorten(plan.destination, bodies)


def _left(plan: SyncPlan, line: EventLine) -> bytes:
    rules = plan.plugin.events
    # A payload that is sent once is told from others by its key's delivery.
    return rules.shortened(line) if rules is not None else b""
