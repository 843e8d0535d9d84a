"""What the laws are checked against: a history, what the ledger remembers, what the worlds hold.

All of it is plain values. What was not looked at is None, and a law that needs it says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, NamedTuple

from crmsync.history import Entry, Item, What
from crmsync.interfaces import Ledger
from crmsync.state import SETTLED, Delivery, EventLine, Phase, Quarantined, RecordWrite
from crmsync.values import Value

_ALL: Final = 2**31
_SURE: Final = range(200, 300)


class Violation(NamedTuple):
    """A law that did not hold, by its name (`I6`), and where."""

    law: str
    message: str


class Remembered(Value):
    """What the ledger holds of one platform's syncs.

    Attributes:
        records: By sync and record id.
        deliveries: What the platform holds, as the ledger believes, by key.
        lines: Of the journal of events, oldest first within a record.
        quarantine: What is refused, and waits for a person.
        owed: How much is, by sync.
    """

    records: Mapping[tuple[str, str], RecordWrite] = field(default_factory=dict)
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)
    lines: Sequence[EventLine] = ()
    quarantine: Sequence[Quarantined] = ()
    owed: Mapping[str, int] = field(default_factory=dict)

    @property
    def open_lines(self) -> list[EventLine]:
        """Events that are not settled."""
        return [line for line in self.lines if line.phase not in SETTLED]

    @property
    def blocked(self) -> set[str]:
        """Leads with an event of which only a person can say whether it is there."""
        return {line.lead for line in self.lines if line.phase is Phase.PARKED}


def remember(
    ledger: Ledger, destination: str, syncs: Iterable[str], ids: Mapping[str, Iterable[str]]
) -> Remembered:
    """Read a ledger: the records of *ids*, by sync, and all others that give to a key."""
    records: dict[tuple[str, str], RecordWrite] = {}
    lines: list[EventLine] = []
    owed: dict[str, int] = {}
    quarantine: list[Quarantined] = []
    for sync in syncs:
        for one in sorted({*ids.get(sync, ()), *ledger.unseen(sync, _ALL, limit=_ALL)}):
            row = ledger.record(sync, one)
            if row is not None:
                records[sync, one] = row
            lines += ledger.events_of(sync, one)
        owed[sync] = ledger.standing(sync, destination).owed
        quarantine += ledger.quarantine(sync)
    keys = {row.key for row in records.values() if row.key is not None}
    return Remembered(
        records=records,
        deliveries=ledger.deliveries(destination, sorted(keys)),
        lines=lines,
        quarantine=quarantine,
        owed=owed,
    )


class Evidence(Value):
    """Everything that was looked at, of one platform, after the last run.

    Attributes:
        history: In the order in which it happened.
        remembered: What the ledger holds.
        there: The live records that the CRM shows each sync, by sync.
        held: What the platform has, by key, nulls and disabled keys left out.
        wanted: What it should have.
        again: What it has when the same is read in another order, in other pages and batches.
        excused: Keys whose payload the platform refuses, or that are owed for a reason.
        told: The platform's events in the order of creation: `key` is the lead, `digest` what
            they tell.
        expected: The events that should be there, likewise, in the order of their changes.
        settles: Whether faults have stopped and runs have followed: nothing may be owed then but
            what a person has to decide.
        traces: Digests of the same schedule played more than once.
    """

    history: Sequence[Entry] = ()
    remembered: Remembered | None = None
    there: Mapping[str, Iterable[str]] | None = None
    held: Mapping[str, object] | None = None
    wanted: Mapping[str, object] | None = None
    again: Mapping[str, object] | None = None
    excused: frozenset[str] = frozenset()
    told: Sequence[Item] | None = None
    expected: Sequence[Item] | None = None
    settles: bool = True
    traces: Sequence[str] = ()


def of_runners(history: Iterable[Entry]) -> dict[str, list[Entry]]:
    """What each runner that is known did."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in history:
        if entry.runner:
            found[entry.runner].append(entry)
    return found


def answers(history: Iterable[Entry]) -> dict[int, Entry]:
    """The whole answers, by exchange."""
    return {entry.exchange: entry for entry in history if entry.what is What.ANSWERED}


def is_yes(answer: Entry | None) -> bool:
    """Whether an answer says that something was taken: a web page says nothing."""
    return answer is not None and answer.status in _SURE and answer.note != "html"


def is_write(entry: Entry) -> bool:
    """Whether it is a request that writes to a platform: those to a CRM carry nothing."""
    return entry.what is What.ASKED and not entry.call.startswith("GET ") and bool(entry.items)


def writes(history: Iterable[Entry]) -> Iterator[Entry]:
    """The requests that write."""
    return filter(is_write, history)
