"""Changes, lines of the journal and a ledger for them, with only what matters to a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from crmsync.destinations.atoka.encoding import pack
from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.reconcile import Intent
from crmsync.interfaces import Ledger
from crmsync.journal import Change
from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.state import EventLine, Phase, RecordWrite, Settlement
from crmsync.testing.clocks import FakeClock

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def change(old: dict[str, object] | None = None, **new: object) -> Change:
    """A change of deal 7, a minute before AT, unless `modified_at` says otherwise."""
    modified_at = new.pop("modified_at", int(AT.timestamp() * 1000) - 60_000)
    again = bool(new.pop("again", False))
    assert isinstance(modified_at, int)
    return Change(
        sync="deals",
        source="crm",
        object="deals",
        record_id="7",
        modified_at=modified_at,
        new={"record": "7", "lead": "x", **new},
        old=old,
        first_pass=False,
        again=again,
    )


def line(tag: int, lead: str = "x", phase: Phase = Phase.PLANNED, **keys: Any) -> EventLine:
    """An event's line; what the intent holds may be given."""
    name = f"{tag:012x}"
    order, moment = keys.pop("order", tag), keys.pop("moment", None)
    note = keys.pop("note", f"event {tag} [cs:{name}]")
    event = Event(tag=name, lead=lead, note=note, aliases=keys.pop("aliases", ()))
    intent = Intent(event=event, order=0, phase=phase, **keys)
    body = pack(intent, moment)
    answer = "" if intent.id is None else str(intent.id)
    return EventLine(name, "deals", str(tag), lead, order, phase, body, AT, answer, intent.reason)


@contextmanager
def journal(*lines: EventLine) -> Iterator[Ledger]:
    """A ledger with these lines and their records."""
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock(AT))
    records = [RecordWrite(one.record_id, None, 0, b"d", b"", Outcome.PENDING) for one in lines]
    keys = {"sync": "deals", "destination": "atoka", "run_id": "1", "at": AT}
    ledger.settle(Settlement(**keys, records=records, events=lines))  # type: ignore[arg-type]  # keys are named above
    yield ledger
    ledger.close()


def after(seconds: float) -> datetime:
    """So long after AT."""
    return AT + timedelta(seconds=seconds)
