"""Each law speaks up where it is broken, and is silent where it is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from crmsync.history import Entry, Item, What, meaning
from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome, Problem
from crmsync.state import (
    Delivery,
    DeliveryWrite,
    EventLine,
    Phase,
    RecordWrite,
    Settlement,
)
from crmsync.testing.clocks import FakeClock
from crmsync.testing.invariants import INVARIANTS, Evidence, Remembered, check, remember

AT = datetime(2026, 11, 21, tzinfo=UTC)
BODY = b'{"domain":"a.com"}'
PUSH = "POST /organizations"
CREATE = "POST /leadevents"
ON_ACCOUNT = {"system": "akooda", "call": PUSH}


def row(record_id, outcome=Outcome.UNVERIFIED):
    return RecordWrite(record_id, "a.com", 1, b"d", BODY, outcome)


def line(phase, answer=""):
    return EventLine("t1", "deals", "1", "x", 0, phase, b"{}", AT, answer)


def asked(exchange, *keys, at=0.0, status=204, **told):
    """A request that writes these keys, and its whole answer."""
    items = tuple(Item(key) for key in keys)
    wait = told.pop("wait", None)
    size = told.pop("size", 10)
    body = told.pop("body", str(exchange))
    given = {**ON_ACCOUNT, **told}
    return (
        Entry(at, What.ASKED, "r1", exchange=exchange, items=items, size=size, body=body, **given),
        Entry(at, What.ANSWERED, "r1", exchange=exchange, status=status, wait=wait, **given),
    )


def note(what, **told):
    return Entry(0.0, what, "r1", **told)


STARTED, INTENDED = note(What.STARTED), note(What.INTENDED, system="akooda", items=(Item("a"),))
LOCK = "destination akooda"
TAKEN = Entry(1.0, What.LOCKED, "r2", call=LOCK)
MANY = [f"k{number}" for number in range(1_001)]
RESENT = [one for number in range(12) for one in asked(number, "a", body="same", status=500)]
SPLIT = [one for number in range(9) for one in asked(number, "a", "b", status=400)]
SPLIT += asked(9, "a")
DELIVERED = Remembered(deliveries={"a": Delivery(b"d", b'{"a":1}', "b1")})
FALSE = (Item("a", meaning({"a": 2})),)
EVENTS = (Item("x", digest="1 New", tag="t1"), Item("x", digest="1 Won", tag="t2"))

BROKEN = {
    1: [
        Evidence(there={"s": ["1"]}, remembered=Remembered()),
        Evidence(history=[note(What.SYNCED, call="s", note="unbalanced: 3 of 4")]),
    ],
    2: [Evidence(history=[note(What.PASSED, call="s", items=(Item("7"),))])],
    3: [
        Evidence(history=[note(What.PASSED, mark=9.0), note(What.PASSED, mark=8.0)]),
    ],
    4: [
        Evidence(held={"a": 1}, wanted={"a": 2}),
        Evidence(remembered=Remembered(lines=[line(Phase.UNKNOWN)])),
        Evidence(remembered=Remembered(owed={"s": 1})),
    ],
    5: [Evidence(history=[note(What.STARTED, note="quiet"), *asked(1, "a")])],
    6: [
        Evidence(told=(EVENTS[0], EVENTS[0])),
        Evidence(history=[note(What.DONE, items=EVENTS), note(What.DONE, items=EVENTS[:1])]),
    ],
    7: [
        Evidence(told=EVENTS[:1], expected=EVENTS),
        Evidence(told=EVENTS, expected=EVENTS[:1]),
    ],
    8: [
        Evidence(told=EVENTS[::-1], expected=EVENTS),
        Evidence(told=[Item("x", date="2026-02"), Item("x", date="2026-01")]),
        Evidence(history=[note(What.ASKED, items=(Item("x", state="sending, before t1"),))]),
    ],
    9: [
        Evidence(history=[INTENDED, *asked(1, "b")]),
        Evidence(
            history=[
                INTENDED,
                note(What.ASKED, call=CREATE, items=(Item("x", tag="t", state="planned"),)),
            ]
        ),
    ],
    10: [
        Evidence(history=asked(1, "a", status=500), remembered=DELIVERED),
        Evidence(
            history=[note(What.ASKED, exchange=1, items=FALSE), asked(1, "a")[1]],
            remembered=DELIVERED,
        ),
        Evidence(remembered=Remembered(lines=[line(Phase.ACCEPTED, "7")])),
        Evidence(
            remembered=Remembered(
                records={("s", "1"): row("1", Outcome.ACCEPTED)},
                deliveries={"a.com": Delivery(b"", b"{}", answer="204")},
            )
        ),
    ],
    11: [
        Evidence(history=asked(1, "a", "a")),
        Evidence(history=asked(1, "a", size=1_000_001)),
        Evidence(history=asked(1, *MANY)),
    ],
    12: [Evidence(history=[INTENDED, *SPLIT])],
    13: [Evidence(history=RESENT)],
    14: [Evidence(history=[*asked(1, "a", status=429, wait=5.0), *asked(2, "b", at=4.9)])],
    15: [
        Evidence(history=[note(What.STOPPED), note(What.ENDED)._replace(at=9.0)]),
        Evidence(history=[note(What.STOPPED)]),
    ],
    16: [
        Evidence(history=[note(What.LOCKED, call="sync s"), *asked(1, "a")]),
        Evidence(history=[note(What.LOCKED, call=LOCK), TAKEN]),
    ],
    17: [Evidence(traces=["a", "b"])],
    18: [
        Evidence(history=[note(What.ENDED, status=139)]),
        Evidence(history=[note(What.SYNCED, note="this is a bug in crmsync: KeyError")]),
    ],
    19: [
        Evidence(remembered=Remembered(records={("s", "1"): row("1", Outcome.REJECTED)})),
    ],
    21: [Evidence(history=[note(What.SYNCED, system="akooda", status=5)])],
    25: [Evidence(history=[STARTED, note(What.SYNCED, wait=864_000.0)])],
    26: [Evidence(history=[note(What.DONE, items=(Item("a", state="off lives"),))])],
    27: [Evidence(held={"a": 1}, again={"a": 2})],
}
KEPT = {
    3: Evidence(history=[note(What.PASSED, mark=9.0), note(What.PASSED, mark=0.0, note="anew")]),
    4: Evidence(held={"a": 1}, wanted={"a": 2}, excused=frozenset("a")),
    7: Evidence(
        told=EVENTS[:1], expected=EVENTS, remembered=Remembered(lines=[line(Phase.PARKED)])
    ),
    9: Evidence(history=[INTENDED, *asked(1, "a")]),
    10: Evidence(history=asked(1, "a"), remembered=DELIVERED),
    12: Evidence(history=[INTENDED, *asked(1, "a", status=400)]),
    14: Evidence(history=[*asked(1, "a", status=429, wait=5.0), *asked(2, "b", at=5.0)]),
    15: Evidence(history=[note(What.STOPPED), note(What.ENDED)._replace(at=4.0)]),
    16: Evidence(
        history=[
            note(What.LOCKED, call=LOCK),
            *asked(1, "a"),
            note(What.CRASHED),
            TAKEN,
        ]
    ),
    21: Evidence(
        history=[note(What.CUT, system="akooda"), note(What.SYNCED, system="akooda", status=5)]
    ),
}


# By numbers: that the checker can see a law broken does not show that crmsync keeps it.
@pytest.mark.parametrize("number", BROKEN)
def test_a_law_that_is_broken_is_named(number):
    for evidence in BROKEN[number]:
        assert {one.law for one in check(evidence, [f"I{number}"])} == {f"I{number}"}, evidence


@pytest.mark.parametrize("number", KEPT)
def test_a_law_that_is_kept_is_not_named(number):
    assert check(KEPT[number], [f"I{number}"]) == []


def test_each_law_that_is_checked_was_seen_broken():
    assert {f"I{number}" for number in BROKEN} == {
        name for name, law in INVARIANTS.items() if law.check
    }


def test_nothing_is_said_of_what_was_not_looked_at():
    assert check(Evidence()) == []


def test_every_law_has_its_number_and_is_checked_here_or_elsewhere():
    assert list(INVARIANTS) == [f"I{number}" for number, _ in zip(count(1), INVARIANTS)]
    assert len(INVARIANTS) == 27
    assert all(bool(law.check) != bool(law.elsewhere) for law in INVARIANTS.values())


def test_what_a_ledger_remembers_is_read_whole():
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    refused = RecordWrite(
        "2", None, 1, b"r", b"", Outcome.INVALID, (Problem("name", "EMPTY", "it is empty"),)
    )
    pending = line(Phase.UNKNOWN)._replace(sync="s", record_id="1")
    ledger.settle(
        Settlement(
            sync="s",
            destination="p",
            run_id="r",
            at=AT,
            records=[row("1"), refused],
            deliveries=[DeliveryWrite("a.com", b"d", BODY)],
            events=[pending],
        )
    )
    found = remember(ledger, "p", ["s"], {"s": ["2"]})
    ledger.close()
    assert set(found.records) == {("s", "1"), ("s", "2")}
    assert found.deliveries["a.com"].body == BODY
    assert [one.record_id for one in found.quarantine] == ["2"]
    assert (found.open_lines, found.blocked) == ([pending], set())
    assert found.owed == {"s": 1}
