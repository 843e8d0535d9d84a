"""The part of the ledgers' conformance suite that is about events that are created once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from crmsync.errors import LedgerError
from crmsync.interfaces import Ledger
from crmsync.receipts import Outcome, Problem
from crmsync.state import OUTCOME_OF, SETTLED, EventLine, Phase, RecordWrite
from crmsync.testing.settlements import (
    AT,
    DESTINATION,
    OTHER_SYNC,
    SYNC,
    record,
    refused,
    settlement,
)

OPEN: Final = [phase for phase in Phase if phase not in SETTLED]


def line(tag: str, phase: Phase = Phase.PLANNED, **changed: object) -> EventLine:
    """A line of record 1 for lead x, but for what is changed."""
    written = EventLine(tag, SYNC, "1", "x", 0, phase, b'{"note":"n"}', AT)
    return written._replace(**changed)  # type: ignore[arg-type] # fields of any type, by name


def journaled(ledger: Ledger, *lines: EventLine) -> None:
    """Settle the lines, and a record that waits for each, as a run does."""
    records = [record(one, outcome=Outcome.PENDING) for one in {line.record_id for line in lines}]
    for sync in {line.sync for line in lines}:
        ledger.settle(settlement(records, sync=sync))
    ledger.journal(DESTINATION, lines)


def tags(lines: Sequence[EventLine]) -> str:
    """Their tags in order, as one word."""
    return "".join(line.tag for line in lines)


class JournalContract:
    """What is to be created once, and how that goes."""

    def test_nothing_is_journaled_at_first(self, ledger: Ledger) -> None:
        """Every lookup of an empty journal is empty."""
        ledger.journal(DESTINATION, [])
        assert ledger.open_leads(DESTINATION) == []
        assert ledger.open_events(DESTINATION, ["x"]) == []
        assert ledger.settled_events(DESTINATION, ["x"]) == []
        assert ledger.event(DESTINATION, "a") is None
        assert ledger.events_of(SYNC, "1") == []
        assert ledger.uncertain_events(SYNC) == []

    @pytest.mark.parametrize("phase", Phase)
    def test_a_line_comes_back_as_it_was_written(self, ledger: Ledger, phase: Phase) -> None:
        """From whichever lookup; its time is exact, its order may be below zero."""
        told = line("a", phase, order=-7, answer="5000001", reason="said 'no'", lead="ü;--")
        journaled(ledger, told)
        found = [
            *ledger.open_events(DESTINATION, ["ü;--"]),
            *ledger.settled_events(DESTINATION, ["ü;--"]),
            *ledger.uncertain_events(SYNC),
        ]
        assert ledger.event(DESTINATION, "a") == told
        assert ledger.events_of(SYNC, "1") == [told]
        assert set(found) == (set() if phase is Phase.REFUSED else {told})

    def test_a_line_is_rewritten_in_its_place(self, ledger: Ledger) -> None:
        """Its record's lines stay in the order in which they came."""
        journaled(ledger, line("a"), line("b"))
        sent = line("a", Phase.SENDING, at=AT + timedelta(hours=1), body=b"{}")
        ledger.journal(DESTINATION, [sent])
        assert ledger.events_of(SYNC, "1") == [sent, line("b")]

    def test_destinations_are_apart(self, ledger: Ledger) -> None:
        """Equal tags and leads elsewhere are others."""
        journaled(ledger, line("a"))
        ledger.journal("another", [line("a", Phase.PARKED)])
        assert ledger.event(DESTINATION, "a") == line("a")
        assert ledger.event("another", "a") == line("a", Phase.PARKED)
        assert ledger.open_leads("a third") == []
        assert ledger.open_events("a third", ["x"]) == []

    def test_open_leads_are_told_in_their_order_a_stretch_at_a_time(self, ledger: Ledger) -> None:
        """Each once, whatever is open of it; those of which all is settled are not among them."""
        open_lines = [line(f"o{n}", one, lead=f"l{n}") for n, one in enumerate(OPEN)]
        done = [line(f"d{n}", one, lead=f"m{n}") for n, one in enumerate(sorted(SETTLED))]
        journaled(ledger, *reversed(open_lines), *done, line("again", lead="l0"))
        leads = [one.lead for one in open_lines]
        assert ledger.open_leads(DESTINATION) == leads
        assert ledger.open_leads(DESTINATION, limit=2) == leads[:2]
        assert ledger.open_leads(DESTINATION, after=leads[1]) == leads[2:]
        assert ledger.open_leads(DESTINATION, after=leads[-1]) == []

    def test_open_events_stand_in_the_order_they_are_created_in(self, ledger: Ledger) -> None:
        """What may have been sent is before what was not; of equals the first that came."""
        planned = (
            line("e", order=9, record_id="2"),
            line("c", order=2, record_id="3"),
            line("d", order=2, record_id="4"),
            line("b", order=1, record_id="5"),
        )
        sent = line("a", Phase.UNKNOWN, order=10)
        settled = line("z", Phase.ACCEPTED), line("y", Phase.REFUSED)
        journaled(ledger, *planned, sent, *settled)
        assert tags(ledger.open_events(DESTINATION, ["x"])) == "abcde"

    def test_no_open_event_of_a_record_stands_before_one_that_came_earlier(
        self, ledger: Ledger
    ) -> None:
        """Whatever their orders say; what is of another record may stand between."""
        other = line("b", order=10, record_id="2")
        journaled(ledger, line("a", order=9), line("c", order=2), line("d", order=11), other)
        found = ledger.open_events(DESTINATION, ["x"])
        assert [(one.tag, one.order) for one in found] == [("a", 9), ("c", 9), ("b", 10), ("d", 11)]

    def test_open_events_of_several_leads_stand_lead_by_lead(self, ledger: Ledger) -> None:
        """Only of those that are asked for."""
        journaled(ledger, *(line(tag, lead=lead) for tag, lead in ("ay", "bx", "cy", "dz")))
        assert tags(ledger.open_events(DESTINATION, ["y", "x"])) == "bac"
        assert ledger.open_events(DESTINATION, []) == []

    def test_settled_events_are_those_that_the_platform_has(self, ledger: Ledger) -> None:
        """The most recent first, by when that was known."""
        later = AT + timedelta(seconds=1)
        first, second = line("a", Phase.ACCEPTED), line("b", Phase.ACCEPTED)
        journaled(ledger, line("c", Phase.ACCEPTED, at=later), first, second)
        journaled(ledger, line("r", Phase.REFUSED), line("p", Phase.PARKED))
        assert tags(ledger.settled_events(DESTINATION, ["x", "y"])) == "cba"

    def test_the_last_settled_event_is_the_most_recent_of_several_leads(
        self, ledger: Ledger
    ) -> None:
        """By when it was known, then by arrival; None where the platform has none."""
        later = AT + timedelta(seconds=1)
        lines = line("a", Phase.ACCEPTED, at=later), line("b", Phase.ACCEPTED, lead="y", at=later)
        journaled(ledger, *lines, line("c", Phase.ACCEPTED), line("p", at=later))
        found = [ledger.last_settled(DESTINATION, leads) for leads in (["x", "y"], ["x"], ["z"])]
        assert [one.tag if one else None for one in found] == ["b", "a", None]

    def test_uncertain_events_are_those_that_may_have_arrived(self, ledger: Ledger) -> None:
        """Of a sync, in the order in which they came."""
        journaled(ledger, *(line(one.value, one) for one in reversed(Phase)))
        journaled(ledger, line("other", Phase.PARKED, sync=OTHER_SYNC))
        found = ledger.uncertain_events(SYNC)
        assert {one.phase for one in found} == {Phase.SENDING, Phase.UNKNOWN, Phase.PARKED}
        phases = [one.phase for one in found]
        assert phases == [one for one in reversed(Phase) if one in phases]

    @pytest.mark.parametrize("phase", Phase)
    def test_a_records_outcome_follows_its_last_line(self, ledger: Ledger, phase: Phase) -> None:
        """An earlier line of it tells nothing of the record; the rest of the record stays."""
        journaled(ledger, line("a"), line("b"))
        ledger.journal(DESTINATION, [line("a", phase, reason="no")])
        assert ledger.record(SYNC, "1") == record(outcome=Outcome.PENDING)
        assert list(ledger.quarantine()) == []
        ledger.journal(DESTINATION, [line("b", phase)])
        assert ledger.known(SYNC, ["1"])["1"].outcome is OUTCOME_OF[phase]

    def test_a_refused_event_puts_its_record_in_quarantine(self, ledger: Ledger) -> None:
        """With the platform's words; the record has them, too."""
        journaled(ledger, line("a"))
        ledger.journal(DESTINATION, [line("a", Phase.REFUSED, reason="no such lead")])
        (kept,) = ledger.quarantine(SYNC)
        told = (Problem("x", "REJECTED", "no such lead"),)
        assert (kept.record_id, kept.outcome, kept.problems) == ("1", Outcome.REJECTED, told)
        assert (kept.key, kept.body, kept.tries) == (record().key, record().body, 1)
        assert self._stored(ledger).problems == told
        assert ledger.standing(SYNC, DESTINATION).quarantined == 1

    def test_a_created_event_takes_its_record_out_of_quarantine(self, ledger: Ledger) -> None:
        """That of this sync; and so does an event that is to be tried once more."""
        for sync in (SYNC, OTHER_SYNC):
            ledger.settle(settlement([refused("1"), refused("2")], sync=sync))
        journaled(ledger, line("a", Phase.ACCEPTED))
        retried = settlement([record("2", outcome=Outcome.PENDING)])
        ledger.settle(replace(retried, events=[line("b", record_id="2")]))
        assert {one.sync for one in ledger.quarantine()} == {OTHER_SYNC}

    def test_a_record_that_came_to_something_else_follows_its_event_no_more(
        self, ledger: Ledger
    ) -> None:
        """What was refused since stays in quarantine, whatever its earlier event comes to."""
        journaled(ledger, line("a"))
        ledger.settle(settlement([refused("1")]))
        ledger.journal(DESTINATION, [line("a", Phase.ACCEPTED)])
        assert self._stored(ledger).outcome is refused("1").outcome
        assert [one.record_id for one in ledger.quarantine(SYNC)] == ["1"]

    def test_events_are_owed_until_they_are_settled(self, ledger: Ledger) -> None:
        """A record and the event that it waits for count once, two events of a record twice."""
        journaled(ledger, line("a"), line("b", record_id="2"))
        assert ledger.standing(SYNC, DESTINATION).owed == len("ab")
        ledger.journal(DESTINATION, [line("c", record_id="2"), line("a", Phase.PARKED)])
        assert ledger.standing(SYNC, DESTINATION).owed == len("abc")
        ledger.journal(DESTINATION, [line("a", Phase.REFUSED), line("b", Phase.ACCEPTED)])
        assert ledger.standing(SYNC, DESTINATION).owed == len("c")
        assert ledger.standing(OTHER_SYNC, DESTINATION).owed == 0

    def test_what_no_record_stands_for_is_owed_all_the_same(self, ledger: Ledger) -> None:
        """Its record came to something else since, or is forgotten."""
        journaled(ledger, line("a", Phase.UNKNOWN), line("b", Phase.PARKED, record_id="2"))
        ledger.settle(settlement([record("1", outcome=Outcome.FILTERED)]))
        ledger.settle(replace(settlement(), forgotten=("2",)))
        assert ledger.standing(SYNC, DESTINATION).owed == len("ab")

    def test_events_become_durable_with_their_records_and_the_cursor(self, ledger: Ledger) -> None:
        """All of it, or nothing: here of a line that is no text."""
        whole = settlement([record(outcome=Outcome.PENDING)], cursor="1")
        ledger.settle(replace(whole, events=[line("a")]))
        with pytest.raises(LedgerError):
            ledger.settle(
                replace(whole, records=[record("2")], cursor="2", events=[line("b"), line("c\0")])
            )
        assert ledger.events_of(SYNC, "1") == [line("a")]
        assert ledger.sync_state(SYNC).cursor == "1"
        assert ledger.known(SYNC, ["2"]) == {}

    def test_lines_are_written_together_or_not_at_all(self, ledger: Ledger) -> None:
        """The outcomes of their records with them."""
        journaled(ledger, line("a"))
        with pytest.raises(LedgerError):
            ledger.journal(DESTINATION, [line("a", Phase.ACCEPTED), line("\0")])
        assert ledger.event(DESTINATION, "a") == line("a")
        assert self._stored(ledger).outcome is Outcome.PENDING

    def test_a_settled_batch_ends_the_line_that_it_was(self, ledger: Ledger) -> None:
        """Where nothing of it is left to be found out."""
        journaled(ledger, line("a", Phase.SENDING), line("b", Phase.UNKNOWN))
        for tag in "ab":
            ledger.settle(settlement([record()], batch_id=tag))
        assert tags(ledger.events_of(SYNC, "1")) == "b"

    def test_notes_are_recalled_by_their_names(self, ledger: Ledger) -> None:
        """The last one of a name; each destination has its own."""
        ledger.note(DESTINATION, {"a": "1", "b": "'; --", "": ""})
        ledger.note(DESTINATION, {"a": "2"})
        ledger.note("another", {"b": "3"})
        ledger.note(DESTINATION, {})
        assert ledger.recall(DESTINATION, ["a", "b", "", "c"]) == {"a": "2", "b": "'; --", "": ""}
        assert ledger.recall("another", ["a", "b"]) == {"b": "3"}
        assert ledger.recall(DESTINATION, []) == {}

    @staticmethod
    def _stored(ledger: Ledger) -> RecordWrite:
        found = ledger.record(SYNC, "1")
        assert found is not None
        return found
