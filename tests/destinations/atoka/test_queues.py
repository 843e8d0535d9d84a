from __future__ import annotations

import pytest

from crmsync.destinations.atoka.caching import LeadNotes
from crmsync.destinations.atoka.encoding import unpack
from crmsync.destinations.atoka.leads import Lead
from crmsync.destinations.atoka.queues import AT_ONCE, Queues
from crmsync.destinations.atoka.reconcile import Rules
from crmsync.interfaces import Ledger
from crmsync.state import Phase
from tests.destinations.atoka.lines import AT, after, journal, line

RULES = Rules()


def test_only_the_first_event_of_a_lead_moves_and_what_was_sent_goes_before_what_was_not():
    lines = line(3, "x"), line(1, "x"), line(9, "y", Phase.UNKNOWN, attempt=1), line(2, "y")
    with journal(*lines) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        assert queues.fill(AT) != []
        assert (list(queues.ready), list(queues.unsure)) == (["x"], ["y"])
        assert [queues.head(lead).line.record_id for lead in "xy"] == ["1", "9"]
        assert [entry.line.record_id for entry in queues.waiting("x")] == ["3"]
        queues.ready.popleft()
        queues.next("x")
        assert queues.head("x").line.record_id == "3"
        assert list(queues.ready) == ["x"]


def test_k05_what_an_earlier_run_was_sending_is_uncertain_from_now_on():
    with journal(line(1, "x", Phase.SENDING, attempt=1, first_at=AT)) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        (renewed,) = queues.fill(after(60))
        assert (renewed.phase, list(queues.unsure)) == (Phase.UNKNOWN, ["x"])
        assert queues.head("x").intent.since == after(60)
        assert ledger.open_events("atoka", ["x"])[0].phase is Phase.SENDING


def test_a_parked_event_is_looked_for_again_by_each_run():
    parked = line(1, "x", Phase.PARKED, attempt=2, since=AT, absences=3)
    with journal(parked) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        queues.fill(after(1_000))
        intent = queues.head("x").intent
        assert (intent.phase, intent.absences, list(queues.unsure)) == (Phase.UNKNOWN, 2, ["x"])


def test_leads_that_were_left_make_room_for_the_next_and_come_back_in_no_run():
    count = AT_ONCE + 150
    with journal(*(line(number, f"{number:04}") for number in range(1, count + 1))) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        queues.fill(AT)
        assert len(queues.ready) == AT_ONCE
        while queues.ready:
            queues.leave(queues.ready.popleft())
        queues.fill(AT)
        assert len(queues.ready) == 150
        assert queues.fill(AT) == []
        assert len(queues.ready) == 150


def test_an_event_that_was_looked_for_in_vain_is_ready_again():
    with journal(line(1, "x", Phase.UNKNOWN, attempt=1, since=AT, absences=3)) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        queues.fill(AT)
        queues.resend("x")
        assert (list(queues.ready), list(queues.unsure)) == (["x"], [])


def test_a_lead_without_anything_open_is_forgotten():
    with journal(line(1, "x")) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        queues.fill(AT)
        queues.ready.clear()
        queues.next("x")
        assert (list(queues.ready), list(queues.unsure)) == ([], [])


KNOWN = Lead("main", ("alias",), "vat 1")
BOTH = (line(2, "alias", Phase.UNKNOWN, attempt=1), line(1, "main"))


def noted(ledger: Ledger) -> None:
    """What a look-up notes of the lead."""
    LeadNotes(ledger, "atoka").update({"id:main": KNOWN, "id:alias": KNOWN})


def test_what_stands_under_several_ids_of_a_lead_is_one_queue_in_order():
    with journal(*BOTH, line(3, "alias"), line(9, "zz")) as ledger:
        noted(ledger)
        queues = Queues(ledger, "atoka", RULES)
        (renewed,) = queues.fill(AT)
        assert (list(queues.ready), list(queues.unsure)) == (["zz"], ["alias"])
        first, *waiting = queues.head("alias"), *queues.waiting("alias")
        assert [one.line.record_id for one in (first, *waiting)] == ["2", "1", "3"]
        names = [{one.intent.event.lead, *one.intent.event.aliases} for one in (first, *waiting)]
        assert names == [{"main", "alias"}] * 3
        assert unpack(renewed, 0).intent.event.aliases == ("main",)


def test_an_event_that_knows_of_an_alias_waits_for_what_stands_under_that():
    with journal(BOTH[0], line(1, "main", aliases=("alias",))) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        queues.fill(AT)
        assert (list(queues.ready), list(queues.unsure)) == ([], ["alias"])


@pytest.mark.parametrize("left", [False, True], ids=["queued", "left"])
def test_an_alias_that_shows_only_later_waits_for_what_was_taken_before(left):
    many = (line(number, f"b{number:03}") for number in range(11, 10 + AT_ONCE))
    late = line(3, "zz", aliases=("alias",))
    with journal(BOTH[0], *many, late) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        queues.fill(AT)
        if left:
            queues.leave("alias")
        while queues.ready:
            queues.next(queues.ready.popleft())
        queues.fill(AT)
        assert (list(queues.ready), list(queues.unsure)) == ([], [] if left else ["alias"])


def test_an_alias_that_shows_when_the_other_is_settled_goes():
    many = (line(number, f"b{number:03}") for number in range(11, 10 + AT_ONCE))
    with journal(line(2, "alias"), *many, line(3, "zz", aliases=("alias",))) as ledger:
        queues = Queues(ledger, "atoka", RULES)
        queues.fill(AT)
        while queues.ready:
            queues.next(queues.ready.popleft())
        queues.fill(AT)
        (lead,) = queues.ready
        assert queues.head(lead).line.record_id == "3"
