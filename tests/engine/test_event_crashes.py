"""Runs that create events, cut off at every durable step, then clean ones.

Each event must be there once, in the order of its lead's changes, or be listed and owed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from crmsync.errors import LedgerError
from crmsync.exit_codes import ExitCode
from crmsync.receipts import Outcome
from crmsync.records import Record
from crmsync.state import Phase
from tests.engine.conftest import counts
from tests.engine.lead_events import Events, deal
from tests.engine.test_crashes import CutLedger, PowerCut
from tests.examples import examples

WRITES = ("settle", "journal", "note", "begin_full", "finish_full", "pin")
FATES = ("", "lost", "late", "reset", "502", "unconnected")
STAGES = ("New", "Talk", "Won", "Lost")


class CutJournal(CutLedger):
    """A ledger whose n-th write, events' among them, is the last."""

    @override
    def __getattr__(self, name: str) -> Any:
        real = getattr(self._ledger, name)
        return self._cut(real) if name in WRITES else real


class FullLedger:
    """A ledger whose n-th write fails, as on a full disk; the ones after it succeed again."""

    def __init__(self, ledger: Any, at: int) -> None:
        self._ledger = ledger
        self._left = at

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._ledger, name)
        return self._filled(real) if name in WRITES else real

    def _filled(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise LedgerError("the disk is full")
            return real(*args, **kwargs)

        return write


FIRST = [deal(1, "New", lead="x"), deal(2, "New", lead="x"), deal(3, "New", lead="y")]
THEN = [
    deal(1, "Won", lead="x", minute=9),
    deal(2, "Won", lead="x", minute=8),
    deal(3, "Won", lead="y", minute=7),
]
TOLD = ["1 New", "1 New → Won", "2 New", "2 New → Won", "3 New", "3 New → Won"]


def cut_off(events: Events, fate: str, ledger: Any) -> bool:
    """Two leads, three deals; in the run that has their changes the ledger is another one.

    Gives whether that was cut off. What may be there must be listed then.
    """
    events.run(*FIRST)
    events.line.fates += ["", fate]
    real, events.ledger = events.ledger, ledger
    try:
        cut = events.run(*THEN).error is not None
    except PowerCut:
        cut = True
    events.ledger = real
    lines = [line for number in "123" for line in real.events_of("deals", number)]
    there = set(events.tags())
    assert there <= {line.tag for line in lines}
    surely = {line.tag for line in lines if line.phase is Phase.ACCEPTED}
    assert there - surely <= {line.tag for line in real.uncertain_events("deals")}
    return cut


def settled(events: Events) -> list[str]:
    """What is told in the end, after a clean run, and a person's word on what was parked."""
    events.run(full=True)
    parked = tuple(line.record_id for line in events.ledger.uncertain_events("deals"))
    if parked:
        events.run(ids=parked, force=True)
    assert events.run(full=True).exit_code == 0
    told = events.told()
    events.ledger.close()
    return told


@pytest.mark.parametrize("fate", ["", "lost", "late", "reset"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_k05_a_crash_at_any_write_of_the_ledger_neither_doubles_nor_loses_an_event(fate, before):
    for at in count(1):
        events = Events()
        if not cut_off(events, fate, CutJournal(events.ledger, at, before=before)):
            break
        told = settled(events)
        assert sorted(told) == TOLD, at
        assert [one for one in told if one[0] in "12"][2:] == ["2 New → Won", "1 New → Won"]
    assert at > 6


@pytest.mark.parametrize("fate", ["", "lost", "reset"])
def test_a_write_that_fails_ends_the_run_and_neither_doubles_nor_loses_an_event(fate):
    for at in count(1):
        events = Events()
        if not cut_off(events, fate, FullLedger(events.ledger, at)):
            break
        assert sorted(settled(events)) == TOLD, at
    assert at > 6


def test_where_a_page_cannot_be_stored_its_records_are_pending():
    events = Events()
    events.source.page_size = 3
    real, events.ledger = events.ledger, FullLedger(events.ledger, 4)
    report = events.run(*FIRST)
    assert (report.exit_code, counts(report)) == (ExitCode.FAILED, {"pending": 3})
    assert real.events_of("deals", "1") == []
    real.close()


changes = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(STAGES)), max_size=6)
rounds = st.tuples(
    changes, st.integers(1, 20), st.booleans(), st.lists(st.sampled_from(FATES), max_size=8)
)


class Model:
    """The CRM, and what must be told of it: of each lead in order, where it is read whole."""

    def __init__(self) -> None:
        self.stages: dict[int, tuple[str, int]] = {}
        self.told: dict[str, list[str]] = {"a": [], "b": []}
        self._minute = 0

    def change(self, found: list[tuple[int, str]]) -> None:
        """Each deal changes once at most until it is read."""
        for number, stage in dict(found).items():
            before, _ = self.stages.get(number, ("", 0))
            if stage == before:
                continue
            self._minute += 1
            self.stages[number] = (stage, self._minute)
            what = f"{before} → {stage}" if before else stage
            self.told["ab"[number % 2]].append(f"{number} {what}")

    def records(self) -> list[Record]:
        """The CRM's deals."""
        return [
            deal(number, stage, lead="ab"[number % 2], minute=minute)
            for number, (stage, minute) in sorted(self.stages.items())
        ]

    def __len__(self) -> int:
        return sum(map(len, self.told.values()))


def journaled(events: Events) -> int:
    """How many events the journal has."""
    return sum(len(events.ledger.events_of("deals", str(number))) for number in range(1, 6))


@examples(0.75)
@given(history=st.lists(rounds, min_size=1, max_size=4), threads=st.integers(1, 3))
@pytest.mark.invariant(6, 7, 8, 9)
def test_whatever_is_cut_and_lost_each_event_is_there_once_in_order_or_owed(history, threads):
    events, model = Events(), Model()
    events.keys["in_flight"] = threads
    real = events.ledger
    for found, at, before, fates in history:
        model.change(found)
        events.source.records = model.records()
        events.line.fates.extend(fates)
        events.ledger = CutJournal(real, at, before=before)
        with suppress(PowerCut):
            events.run(full=True)
        events.ledger = real
        if journaled(events) < len(model):
            events.run(full=True)
    events.line.fates.clear()
    for _ in range(2):
        events.run(full=True)
    told = events.told()
    blocked = {line.lead for line in real.uncertain_events("deals")}
    assert len(told) == len(set(events.tags()))
    for lead, wanted in model.told.items():
        theirs = [one for one in told if "ab"[int(one[0]) % 2] == lead]
        assert theirs == (wanted[: len(theirs)] if lead in blocked else wanted)
    assert real.standing("deals", "atoka").owed == len(model) - len(told)
    for number in model.stages:
        record = real.record("deals", str(number))
        assert record is not None
        assert record.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.PENDING)
    real.close()
