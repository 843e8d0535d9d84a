"""The journal of events, and what destinations note."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from crmsync.ledger.codec import (
    WORDS,
    from_micros,
    pack_body,
    pack_problems,
    refuse_nul,
    text_list,
    to_micros,
)
from crmsync.ledger.store import Row, Store
from crmsync.receipts import Outcome, Problem
from crmsync.state import OUTCOME_OF, EventLine, Phase

SHORTENED: Final = "what it told was deleted when its time was over"
"""The reason of a line of which less is kept than it was."""

_STRETCH: Final = 500
_SENDS: Final = "sends of "


def write_events(store: Store, destination: int, lines: Iterable[EventLine]) -> None:
    """Write lines, and let their records follow; the caller holds the transaction.

    The syncs of the lines are known to the ledger: their records were stored before.
    """
    for line in lines:
        refuse_nul(line.tag + line.record_id + line.lead)
        store.run("write_event", destination, *_row(line))
        if line.phase is Phase.SENDING:
            store.run("count_note", destination, sends_of(line.sync))
        ((sync,),) = store.rows("sync_id", line.sync)
        outcome = OUTCOME_OF[line.phase]
        followed = store.run("follow_event", sync, line.record_id, line.tag, WORDS[outcome])
        if followed and line.phase is Phase.REFUSED:
            _quarantine(store, sync, line)
        elif followed and line.phase is Phase.ACCEPTED:
            store.run("release", sync, text_list([line.record_id]))


def sends_of(sync: str) -> str:
    """Under which name it is noted how often something of a sync left that must come once."""
    return f"{_SENDS}{sync}"


def all_senders(store: Store) -> list[str]:
    """The syncs of which ever something left that must come once."""
    return [name.removeprefix(_SENDS) for (name,) in store.rows("all_senders", f"{_SENDS}%")]


def sent(store: Store, sync: str) -> int:
    """How often something of a sync left that must come once, to any destination."""
    return int(store.rows("sent", sends_of(sync))[0][0])


def read(rows: Iterable[Row]) -> list[EventLine]:
    """Lines from the rows of any of the statements that give them."""
    return [
        EventLine(tag, sync, record_id, lead, order, Phase(phase), body, from_micros(at), *rest)
        for tag, sync, record_id, lead, order, phase, body, at, *rest in rows
    ]


def aged(store: Store, destination: str, before: datetime) -> Iterator[EventLine]:
    """Whole lines that the platform has since before a moment, a stretch of them at once."""
    after, moment = -1, to_micros(before)
    while rows := store.rows("aged_events", destination, moment, SHORTENED, after, _STRETCH):
        yield from read(row[1:] for row in rows)
        after = rows[-1][0]


def shorten(store: Store, destination: int, bodies: Mapping[str, bytes]) -> None:
    """Keep less of lines that the platform has; the caller holds the transaction."""
    rows = [(destination, tag, body, SHORTENED) for tag, body in bodies.items()]
    store.run_many("shorten_event", rows)


def owed(store: Store, sync: int | None, records: int) -> int:
    """How much is owed, where so many records are: with the events that no record stands for."""
    lines, counted = store.rows("owed_events", sync)[0]
    return records + int(lines) - int(counted)


def write_notes(store: Store, destination: int, notes: Sequence[tuple[str, str]]) -> None:
    """Write notes; the caller holds the transaction."""
    refuse_nul("".join(name + text for name, text in notes))
    store.run_many("note", [(destination, name, text) for name, text in notes])


def _row(line: EventLine) -> Row:
    return (
        line.tag,
        line.sync,
        line.record_id,
        line.lead,
        line.order,
        line.phase.value,
        line.body,
        to_micros(line.at),
        line.answer,
        line.reason,
    )


def _quarantine(store: Store, sync: int, line: EventLine) -> None:
    row = store.row("record", line.sync, line.record_id)
    if row is None:
        return
    _, key, _, digest, body, *_ = row
    problems = pack_problems((Problem(line.lead, "REJECTED", line.reason),))
    outcome = Outcome.REJECTED.value
    at = to_micros(line.at)
    store.run(
        "refuse", sync, line.record_id, key, outcome, problems, digest, pack_body(body or b""), at
    )
    store.run("tell_problems", sync, line.record_id, problems)
