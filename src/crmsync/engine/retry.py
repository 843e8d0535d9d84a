"""What a person decides: refused records tried again, and what may have arrived settled.

A payload that must arrive once at most, and may have, is never sent again by itself, nor is an
event that was looked for in vain. It is listed beside what is in quarantine; a person looks at
the platform, and names the record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from crmsync.engine.books import MAYBE_ARRIVED
from crmsync.engine.plans import RunOptions, SyncPlan
from crmsync.engine.run import run_syncs
from crmsync.interfaces import Clock, Ledger
from crmsync.receipts import Outcome, Problem
from crmsync.reports import RunReport
from crmsync.state import EventLine, Phase, Quarantined

_BY_HAND = "settled by hand"


def retry_quarantined(
    plan: SyncPlan, ledger: Ledger, clock: Clock, ids: Sequence[str] = ()
) -> RunReport:
    """Run a sync over quarantined records only: those of *ids*, or all of the sync's.

    Records whose payload may have arrived, and must not arrive twice, are sent again where *ids*
    names them, as the CRM has them now, and else never. The cursor stays where it is. Ids
    that are neither are left out; a record that the CRM no longer has stays in quarantine until
    it is dropped.
    """
    chosen = [entry.record_id for entry in ledger.quarantine(plan.name, ids)]
    if ids:
        chosen += [entry.record_id for entry in doubted(plan, ledger, ids)]
    plans = [plan] if chosen else []
    options = RunOptions(ids=tuple(dict.fromkeys(chosen)), force=True, doubted=bool(ids))
    return run_syncs(plans, ledger, clock, options)


def doubted(plan: SyncPlan, ledger: Ledger, ids: Collection[str] = ()) -> Iterator[Quarantined]:
    """Payloads of a sync that may have arrived and are not sent again, oldest first.

    With *ids*, those of these records. One record may have several.
    """
    for line in _lines(plan, ledger):
        if not ids or line.record_id in ids:
            yield Quarantined(
                sync=plan.name,
                record_id=line.record_id,
                key=line.lead,
                outcome=Outcome.UNKNOWN,
                problems=(Problem(line.lead, MAYBE_ARRIVED, line.reason),),
                body=_body(plan, line),
                first_at=line.at,
                last_at=line.at,
                tries=1,
            )


def held(plan: SyncPlan, ledger: Ledger, ids: Sequence[str] = ()) -> Iterator[Quarantined]:
    """Everything of a sync that waits for a person: in quarantine, or perhaps arrived."""
    return chain(ledger.quarantine(plan.name, ids), doubted(plan, ledger, ids))


def drop(plan: SyncPlan, ledger: Ledger, ids: Sequence[str]) -> int:
    """Forget quarantined records, and take what may have arrived for arrived; gives how many.

    Raises:
        LockedError: A run is writing to the destination, and may be settling these very events.
    """
    dropped = ledger.drop_quarantined(plan.name, ids)
    if not _lines_of(plan, ledger, ids):
        return dropped
    with ledger.lock(f"destination {plan.destination}"):
        lines = _lines_of(plan, ledger, ids)
        ledger.journal(plan.destination, [_settled(plan, ledger, line) for line in lines])
    return dropped + len(lines)


def _lines(plan: SyncPlan, ledger: Ledger) -> list[EventLine]:
    """Lines that nothing but a person settles."""
    if plan.open_events is not None:  # each run looks for the others by itself
        lines = ledger.uncertain_events(plan.name)
        return [line for line in lines if line.phase is Phase.PARKED]
    return ledger.uncertain_events(plan.name) if plan.once else []


def _lines_of(plan: SyncPlan, ledger: Ledger, ids: Collection[str]) -> list[EventLine]:
    return [line for line in _lines(plan, ledger) if line.record_id in ids]


def _body(plan: SyncPlan, line: EventLine) -> bytes:
    rules = plan.plugin.events
    return line.body if rules is None else plan.plugin.encode(rules.told(line))


def _settled(plan: SyncPlan, ledger: Ledger, line: EventLine) -> EventLine:
    """The line, settled. Its record follows it, unless it came to something else since."""
    row = ledger.record(plan.name, line.record_id)
    follows = row is not None and row.outcome is Outcome.UNKNOWN
    record_id = line.record_id if follows else ""
    return line._replace(phase=Phase.ACCEPTED, record_id=record_id, reason=_BY_HAND)
