from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from crmsync.destinations.atoka.destination import Atoka
from crmsync.destinations.atoka.encoding import unpack
from crmsync.interfaces import Ledger
from crmsync.journal import Unsent
from crmsync.receipts import Outcome
from crmsync.state import EventLine, Phase, RecordWrite, Settlement
from tests.destinations.atoka.accounts import Scripted, answer, context, settings
from tests.destinations.atoka.lines import AT, change, journal

STATUSES = answer({"items": [{"label": "Contacted"}, {"label": "Imported", "hidden": True}]})
FOUND = answer({"items": [{"id": "a1", "ids": ["a1", "b1"], "name": "Acme", "confidence": 1}]})


def opened(*script) -> Atoka:
    return Atoka(settings(), context(), Scripted(script).client)


def made(account: Atoka, ledger: Ledger, *args, **new) -> EventLine:
    line = account.event(change(*args, **new), ledger)
    assert isinstance(line, EventLine)
    return line


@contextmanager
def journaled(line: EventLine, phase: Phase, **keys) -> Iterator[Ledger]:
    """A ledger in whose journal the event stands, in that phase."""
    with journal(line._replace(phase=phase, **keys)) as ledger:
        yield ledger


def test_statuses_and_a_lead_are_asked_for_once_and_the_lead_is_known_to_later_runs():
    account = opened(STATUSES, FOUND)
    with journal() as ledger:
        first = made(account, ledger, stage="A", status="Contacted", lead="", company="Acme")
        again = made(account, ledger, stage="B", status="Contacted", lead="", company=" acme ")
        later = made(opened(), ledger, stage="C", lead="b1")
    assert [line.lead for line in (first, again, later)] == ["a1", "a1", "b1"]
    assert unpack(later, 0).intent.event.aliases == ("a1",)
    assert unpack(first, 0).intent.event.aliases == ("b1",)
    assert account.traffic.requests == 2


def test_a_check_tells_which_statuses_may_be_set_and_events_ask_no_more():
    account = opened(STATUSES)
    results = list(account.check())
    assert all(result.passed for result in results)
    assert "'Contacted'" in results[-1].message
    assert "Imported" not in results[-1].message
    with journal() as ledger:
        assert made(account, ledger, status="Contacted").phase is Phase.PLANNED
    account.close()


def planned(old: str, new: str) -> EventLine:
    """The event of a change of the stage."""
    with journal() as ledger:
        return made(opened(), ledger, {"stage": old}, stage=new)


def test_an_event_that_stands_in_the_journal_is_not_made_again():
    line = planned("A", "B")
    for phase in (Phase.PLANNED, Phase.UNKNOWN, Phase.ACCEPTED, Phase.PARKED):
        with journaled(line, phase) as ledger:
            found = opened().event(change({"stage": "A"}, stage="B"), ledger)
            assert found == Unsent(Outcome.UNCHANGED), phase
    with journaled(line, Phase.REFUSED) as ledger:
        assert made(opened(), ledger, {"stage": "A"}, stage="B").tag == line.tag


def test_an_event_that_is_not_the_records_last_any_more_is_another_one_when_it_comes_again():
    there, back = planned("A", "B"), planned("B", "A")
    lines = [line._replace(phase=Phase.ACCEPTED) for line in (there, back)]
    with journal(*lines) as ledger:
        again = made(opened(), ledger, {"stage": "A"}, stage="B")
    assert again.tag not in (there.tag, back.tag)


@pytest.mark.parametrize("phase", [Phase.ACCEPTED, Phase.REFUSED])
@pytest.mark.parametrize("other", [{"record_id": "8"}, {"sync": "orders"}])
def test_a_line_of_another_record_or_sync_is_never_overwritten(phase, other):
    line = planned("A", "B")
    with journal(line._replace(phase=Phase.ACCEPTED, record_id="0", tag="0" * 12)) as ledger:
        row = RecordWrite("1", None, 0, b"d", b"", Outcome.PENDING)
        moved = {"sync": other.get("sync", "deals"), "destination": "atoka"}
        ledger.settle(
            Settlement(
                **moved,
                run_id="1",
                at=AT,
                records=[row],
                events=[line._replace(phase=phase, **other)],
            )
        )
        assert made(opened(), ledger, {"stage": "A"}, stage="B").tag != line.tag


def test_records_of_two_objects_with_one_id_have_events_of_their_own():
    given = change({"stage": "A"}, stage="B", modified_at=0)
    with journal() as ledger:
        tags = {
            made_of.tag
            for object_name in ("offers", "orders")
            if isinstance(
                made_of := opened().event(given._replace(object=object_name), ledger), EventLine
            )
        }
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("record", "old", "new"),
    [("7", "B", "C"), ("8", "A", "B")],
    ids=["of-the-same-moment", "of-another-record"],
)
def test_a_tag_that_another_event_has_is_no_reason_to_leave_an_event_out(record, old, new):
    other = planned("A", "B")
    with journaled(other, Phase.ACCEPTED, record_id=record) as ledger:
        line = made(opened(), ledger, {"stage": old}, stage=new)
        assert line.tag != other.tag
        assert made(opened(), ledger, {"stage": old}, stage=new).tag == line.tag


@pytest.mark.parametrize("phase", [Phase.PLANNED, Phase.SENDING, Phase.UNKNOWN])
def test_what_is_open_and_asked_for_again_stays_the_one_event(phase):
    with journaled(planned("A", "B"), phase) as ledger:
        again = made(opened(), ledger, {"stage": "B"}, stage="B", again=True)
        assert (again.phase, again.tag) == (phase, planned("A", "B").tag)


def test_what_is_parked_and_asked_for_again_may_be_sent_once_more():
    with journaled(planned("A", "B"), Phase.PARKED) as ledger:
        again = made(opened(), ledger, {"stage": "B"}, stage="B", again=True)
        assert (again.phase, unpack(again, 0).intent.allowed) == (Phase.PARKED, 1)


def test_what_was_refused_and_is_asked_for_again_tells_what_it_told_before():
    with journaled(planned("A", "B"), Phase.REFUSED) as ledger:
        again = made(opened(), ledger, {"stage": "B"}, stage="B", again=True)
        assert unpack(again, 0).intent.event.note.startswith("A → B, ")
        newer = made(opened(), ledger, {"stage": "B"}, stage="C", again=True)
        assert unpack(newer, 0).intent.event.note.startswith("B → C, ")
