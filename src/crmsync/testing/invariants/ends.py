"""Laws about where things end: nothing lost, nothing stuck, the platform as the CRM says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmsync.history import What
from crmsync.receipts import Outcome
from crmsync.state import Phase
from crmsync.testing.invariants.evidence import Evidence, of_runners, writes

QUIET = "quiet"
"""The note of a run that follows one without a change in the CRM."""
ANEW = "anew"
"""The note of a cursor that begins a full pass."""
_REFUSED = frozenset({Outcome.INVALID, Outcome.REJECTED})
_SHOWN = 3


def conserved(evidence: Evidence) -> Iterator[str]:
    """Each record that the CRM shows stands in the ledger once, and every book balances."""
    for entry in evidence.history:
        if entry.what is What.SYNCED and entry.note.startswith("unbalanced"):
            yield f"{entry.call} of {entry.runner} ended unbalanced"
    if evidence.remembered is None or evidence.there is None:
        return
    for sync, ids in evidence.there.items():
        lost = [one for one in ids if (sync, one) not in evidence.remembered.records]
        if lost:
            yield f"{sync}: the ledger has nothing of records {lost}"


def cursor_is_safe(evidence: Evidence) -> Iterator[str]:
    """No record at or before a stored cursor was unsettled when that was stored."""
    for entry in evidence.history:
        if entry.what is What.PASSED and entry.items:
            ids = [item.key for item in entry.items]
            yield f"{entry.call}: the cursor came to {entry.mark:g} and passed records {ids}"


def cursor_is_monotone(evidence: Evidence) -> Iterator[str]:
    """A cursor goes back only where a full pass begins, or to where a guarded run began."""
    reached: dict[str, float] = {}
    began: dict[tuple[str, str], float] = {}
    for entry in evidence.history:
        if entry.what is What.STARTED:
            began |= {(entry.runner, call): mark for call, mark in reached.items()}
        if entry.what is not What.PASSED:
            continue
        before = reached.get(entry.call, entry.mark)
        put_back = entry.mark == began.get((entry.runner, entry.call))
        if entry.mark < before and entry.note != ANEW and not put_back:
            yield f"{entry.call}: the cursor went back from {before:f} to {entry.mark:f}"
        reached[entry.call] = entry.mark


def converged(evidence: Evidence) -> Iterator[str]:
    """When faults have stopped the platform holds what the CRM says, and nothing is stuck."""
    if evidence.held is not None and evidence.wanted is not None:
        yield from _differences(evidence, evidence.held, evidence.wanted)
    remembered = evidence.remembered
    if remembered is None or not evidence.settles:
        return
    for line in remembered.open_lines:
        if line.phase is not Phase.PARKED and line.lead not in remembered.blocked:
            yield f"event {line.tag} of lead {line.lead} is stuck: {line.phase.value}"
    for sync, owed in remembered.owed.items():
        if owed and not remembered.open_lines:
            yield f"{sync}: {owed} are owed for ever"


def _differences(
    evidence: Evidence, held: Mapping[str, object], wanted: Mapping[str, object]
) -> Iterator[str]:
    keys = sorted((held.keys() | wanted.keys()) - evidence.excused)
    different = [key for key in keys if held.get(key) != wanted.get(key)]
    for key in different[:_SHOWN]:
        yield f"{key} holds {held.get(key)} and should hold {wanted.get(key)}"
    if len(different) > _SHOWN:
        yield f"and {len(different) - _SHOWN} more differ"


def quiet(evidence: Evidence) -> Iterator[str]:
    """A run with nothing changed since the last sends no write."""
    for runner, entries in of_runners(evidence.history).items():
        if any(one.what is What.STARTED and one.note == QUIET for one in entries):
            sent = {item.key for one in writes(entries) for item in one.items}
            sent -= evidence.excused  # another record of a key that was refused brings it up once
            if sent:
                yield f"{runner} had nothing to send, and sent {sorted(sent)}"


def quarantine_is_whole(evidence: Evidence) -> Iterator[str]:
    """What is refused is kept, with the reason, when and how often; and nothing else is."""
    remembered = evidence.remembered
    if remembered is None:
        return
    jumped = any(entry.what is What.JUMPED for entry in evidence.history)
    kept = {(one.sync, one.record_id): one for one in remembered.quarantine}
    refused = {one for one, row in remembered.records.items() if row.outcome in _REFUSED}
    for sync, record_id in sorted(refused - kept.keys()):
        yield f"{sync}: record {record_id} is refused, and not in quarantine"
    for (sync, record_id), one in kept.items():
        if (sync, record_id) in remembered.records and (sync, record_id) not in refused:
            yield f"{sync}: record {record_id} is in quarantine, and not refused"
        back = one.last_at < one.first_at and not jumped
        if not one.problems or one.tries < 1 or back:
            yield f"{sync}: what quarantine has of record {record_id} is not whole: {one}"


def nothing_blown_up(evidence: Evidence) -> Iterator[str]:
    """No key that a live record gives to is ever disabled."""
    for entry in evidence.history:
        if entry.what is What.DONE:
            keys = [item.key for item in entry.items if item.state == "off lives"]
            if keys:
                yield f"{entry.runner} disabled {keys}, to which live records give"


def any_way_the_same(evidence: Evidence) -> Iterator[str]:
    """What the platform holds depends on no order, page, batch or crash."""
    if evidence.again is not None and evidence.held is not None:
        yield from _differences(evidence, evidence.held, evidence.again)


def repeatable(evidence: Evidence) -> Iterator[str]:
    """The same seed gives the same trace."""
    if len(set(evidence.traces)) > 1:
        yield f"one seed gave different traces: {', '.join(evidence.traces)}"
