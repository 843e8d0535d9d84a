"""Laws about events: at most once, never lost without a word, in order, intended before sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import orjson

from crmsync.history import Entry, Item, What, meaning
from crmsync.receipts import Outcome
from crmsync.state import UNCERTAIN, Delivery, Phase
from crmsync.testing.invariants.evidence import (
    Evidence,
    answers,
    is_write,
    is_yes,
    of_runners,
)

_SILENT = "204"
"""An answer without a word: what is taken by it is unverified."""


def at_most_once(evidence: Evidence) -> Iterator[str]:
    """No event is at the platform twice: by its tag, and by what it tells."""
    told = evidence.told if evidence.told is not None else _created(evidence.history)
    for name in ("tag", "digest", "id"):
        counted = Counter(getattr(item, name) for item in told if getattr(item, name))
        for text, times in counted.items():
            if times > 1:
                yield f"the event with {name} {text} is there {times} times"


def _created(history: Iterable[Entry]) -> list[Item]:
    """The events that a history tells of: what has a tag is one."""
    done = (entry for entry in history if entry.what is What.DONE)
    return [item._replace(digest="") for entry in done for item in entry.items if item.tag]


def none_lost(evidence: Evidence) -> Iterator[str]:
    """Every event that should be there is there, or open in the ledger, or in quarantine."""
    if evidence.told is None or evidence.expected is None:
        return
    there = {item.digest for item in evidence.told}
    remembered = evidence.remembered
    open_leads = set() if remembered is None else {line.lead for line in remembered.open_lines}
    for item in evidence.expected:
        if item.digest not in there and item.key not in open_leads | evidence.excused:
            yield f"the event {item.digest!r} of lead {item.key} is lost"
    wanted = {item.digest for item in evidence.expected}
    for item in evidence.told:
        if item.digest not in wanted:
            yield f"the event {item.digest!r} of lead {item.key} was never due"


def in_order(evidence: Evidence) -> Iterator[str]:
    """A lead's events stand in the order of their changes, dates never going back."""
    told = evidence.told if evidence.told is not None else _created(evidence.history)
    for entry in evidence.history:
        for item in entry.items if entry.what is What.ASKED else ():
            if ", before " in item.state:
                yield f"{entry.runner} created event {item.tag} of {item.key} {item.state}"
    leads = _by_lead(told)
    for lead, items in leads.items():
        dates = [item.date for item in items if item.date]
        if dates != sorted(dates):
            yield f"the dates of lead {lead} go back: {dates}"
    for lead, wanted in _by_lead(evidence.expected or ()).items():
        place = {item.digest: number for number, item in enumerate(wanted)}
        found = [item.digest for item in leads.get(lead, ()) if item.digest in place]
        if found != sorted(found, key=place.__getitem__):
            yield f"the events of lead {lead} are out of order: {found}"


def _by_lead(items: Sequence[Item]) -> dict[str, list[Item]]:
    leads: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        leads[item.key].append(item)
    return leads


def intended_before_sent(evidence: Evidence) -> Iterator[str]:
    """What a request writes was noted in the ledger, durably, before it left."""
    if not any(entry.what is What.INTENDED or _has_state(entry) for entry in evidence.history):
        return
    for runner, entries in of_runners(evidence.history).items():
        intended: set[tuple[str, str]] = set()
        for entry in entries:
            if entry.what is What.INTENDED:
                intended |= {(entry.system, item.key) for item in entry.items}
            elif is_write(entry):
                yield from _unintended(runner, entry, intended)


def _has_state(entry: Entry) -> bool:
    return entry.what is What.ASKED and any(item.tag and item.state for item in entry.items)


def _unintended(runner: str, entry: Entry, intended: set[tuple[str, str]]) -> Iterator[str]:
    for item in entry.items:
        if item.tag:
            phase = item.state.partition(",")[0]
            if phase != Phase.SENDING.value:
                yield f"{runner} created event {item.tag} while the ledger had it {phase}"
        elif (entry.system, item.key) not in intended:
            yield f"{runner} sent {item.key} before that was noted"


def no_false_yes(evidence: Evidence) -> Iterator[str]:
    """What the ledger takes for delivered was in a request that got a whole 2xx."""
    remembered = evidence.remembered
    if remembered is None:
        return
    yeses = _yeses(evidence.history)
    for key, delivery in remembered.deliveries.items():
        if delivery.batch_id and delivery.digest != UNCERTAIN and remembered.lines == ():
            yield from _unbacked(key, delivery, yeses.get(key, []))
    for (sync, record_id), row in remembered.records.items():
        held = remembered.deliveries.get(row.key or "")
        if row.outcome is Outcome.ACCEPTED and held is not None and held.answer == _SILENT:
            yield f"{sync}: record {record_id} is told as accepted, by an answer that says nothing"
    created = {item.id for entry in evidence.history for item in entry.items if item.id}
    for line in remembered.lines:
        if line.phase is Phase.ACCEPTED and line.answer and line.answer not in created:
            yield f"event {line.tag} is taken for {line.answer}, which was never created"


def _yeses(history: Sequence[Entry]) -> dict[str, list[Item]]:
    """What requests with a whole 2xx carried, by key."""
    answered = answers(history)
    found: dict[str, list[Item]] = defaultdict(list)
    for entry in history:
        if is_write(entry) and is_yes(answered.get(entry.exchange)):
            for item in entry.items:
                found[item.key].append(item)
    return found


def _unbacked(key: str, delivery: Delivery, carried: Sequence[Item]) -> Iterator[str]:
    if not carried:
        yield f"{key} is taken for delivered, and no request with it was answered yes"
        return
    digest = meaning_of(delivery.body)
    if not any(item.digest in ("", digest) or item.state for item in carried):
        yield f"{key} is taken for delivered as {delivery.body!r}, which no yes was about"


def meaning_of(body: bytes) -> str:
    """The meaning of an encoded payload; of what is no JSON, nothing is told."""
    try:
        return meaning(orjson.loads(body))
    except orjson.JSONDecodeError:
        return ""
