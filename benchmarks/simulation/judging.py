"""From a schedule's end to the evidence that the laws are checked against."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from benchmarks.simulation.akooda import POISON
from benchmarks.simulation.theatre import PLATFORMS, SYNCS, Theatre, mapper_of
from crmsync.destinations.akooda import PLUGIN as AKOODA
from crmsync.history import Item
from crmsync.payloads import Contribution
from crmsync.testing.invariants import INVARIANTS, Evidence, Violation, check, remember

_OF_PLATFORMS: Final = ("I1", "I4", "I5", "I6", "I7", "I8", "I10", "I19")
_OF_EVENTS: Final = ("I1", "I4", "I6", "I7", "I8", "I10", "I19")
_OF_HISTORY: Final = tuple(INVARIANTS.keys() - set(_OF_PLATFORMS))


def violations(theatre: Theatre) -> list[Violation]:
    """Every law that the schedule broke, at either platform."""
    found = check(Evidence(history=theatre.machine.history), _OF_HISTORY)
    for platform in dict.fromkeys(PLATFORMS[one] for one in theatre.syncs):
        judge = _akooda if platform == "akooda" else _atoka
        evidence = judge(theatre)
        # Writes of a quiet run are looked at once: who is excused is known for Akooda alone.
        laws = _OF_PLATFORMS if judge is _akooda or len(theatre.syncs) == 1 else _OF_EVENTS
        found += [one for one in check(evidence, laws) if one not in found]
    return found


def _remembered(theatre: Theatre, platform: str) -> Evidence:
    syncs = [one for one in theatre.syncs if PLATFORMS[one] == platform]
    crms = {one: theatre.crms[SYNCS[one]] for one in syncs}
    remembered = remember(
        theatre.ledger, platform, syncs, {one: list(crm.rows) for one, crm in crms.items()}
    )
    there = {one: list(crm.live()) for one, crm in crms.items()}
    return Evidence(history=theatre.machine.history, remembered=remembered, there=there)


def _akooda(theatre: Theatre) -> Evidence:
    evidence = _remembered(theatre, "akooda")
    wanted, refused = _wanted(theatre)
    held = theatre.akooda.held()
    left = frozenset(held.keys() - wanted.keys()) if theatre.on_delete == "ignore" else frozenset()
    return Evidence(
        history=evidence.history,
        remembered=evidence.remembered,
        there=evidence.there,
        held=held,
        wanted=wanted,
        excused=refused | left | theatre.akooda.dropped,
    )


def _wanted(theatre: Theatre) -> tuple[dict[str, object], frozenset[str]]:
    """What an empty platform would have of the CRMs as they are, and whom it would refuse."""
    given: dict[str, list[Contribution]] = defaultdict(list)
    mapper = mapper_of("akooda", theatre.variant)
    refused = set()
    for number, sync in enumerate(("companies", "others")):
        crm = theatre.crms.get(SYNCS[sync])
        if crm is None:
            continue
        for record_id, record in crm.live().items():
            mapped = mapper.map(record)
            if mapped.key is None or record.modified_at is None:
                continue
            at = int(record.modified_at.timestamp() * 1000)
            given[mapped.key].append(Contribution(sync, record_id, (0, number), at, mapped.fields))
            if POISON in str(record.fields.get("name")):
                refused.add(mapped.key)
    wanted: dict[str, object] = {}
    for key, some in given.items():
        ordered = sorted(some, key=lambda one: (one.sync, int(one.record_id)))
        fields = ordered[0].fields if len(ordered) == 1 else mapper.merge(ordered)[0]
        document = AKOODA.decode(AKOODA.encode(fields))
        properties = {
            name.removeprefix("properties."): value
            for name, value in document.items()
            if name.startswith("properties.")
        }
        wanted[key] = dict(sorted(properties.items()))
    return wanted, frozenset(refused)


def _atoka(theatre: Theatre) -> Evidence:
    evidence = _remembered(theatre, "atoka")
    told = theatre.atoka.told()
    return Evidence(
        history=evidence.history,
        remembered=evidence.remembered,
        there=evidence.there,
        told=told,
        expected=_expected(theatre, told),
    )


def _expected(theatre: Theatre, told: list[Item]) -> list[Item]:
    """The events that must be there: each deal's from stage to stage, to the present one.

    What a deal was between two reads nobody can tell. So the events that are there name the
    stages; where one does not go on from the last, or the last is not the present, one is missing.
    """
    expected: list[Item] = []
    at: dict[str, str] = {}
    seen: set[str] = set()
    for item in told:
        if item.digest in seen:
            continue
        seen.add(item.digest)
        deal, _, what = item.digest.partition(" @ ")[0].partition(": ")
        before, arrow, after = what.partition(" → ")
        if arrow and at.get(deal, "") != before:
            expected.append(Item(item.key, f"{deal}: {at.get(deal, '')} → {before}"))
        at[deal] = after if arrow else before
        expected.append(item)
    for deal, row in theatre.crms[SYNCS["deals"]].rows.items():
        stage, lead = str(row.fields["stage"]), str(row.fields["lead"])
        if at.get(deal) != stage:
            before = f"{at[deal]} → " if deal in at else ""
            expected.append(Item(lead, f"{deal}: {before}{stage}"))
    return expected
