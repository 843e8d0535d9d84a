from __future__ import annotations

from dataclasses import replace
from datetime import date

from crmsync.destinations.atoka.encoding import decode, encode, unpack
from crmsync.state import Phase
from tests.destinations.atoka.lines import AT, line


def test_equal_values_are_equal_bytes_and_come_back():
    values = {"stage": "Won", "assignee": "jo@acme.com", "unassign": True}
    assert encode(values) == encode(dict(reversed(values.items())))
    assert decode(encode(values)) == values


def test_a_line_tells_all_of_its_intent():
    kept = line(
        3,
        phase=Phase.UNKNOWN,
        aliases=("a", "b"),
        attempt=1,
        allowed=3,
        first_at=AT,
        since=AT,
        absences=2,
        id=9,
        duplicates=(10, 11),
        reason="lost",
    )
    entry = unpack(kept, 5)
    assert entry.intent.order == 5
    assert entry.intent.event.aliases == ("a", "b")
    assert (entry.intent.attempt, entry.intent.allowed, entry.intent.absences) == (1, 3, 2)
    assert (entry.intent.first_at, entry.intent.since, entry.moment) == (AT, AT, None)
    assert entry.renewed(entry.intent, AT).line == kept


def test_a_renewed_line_has_the_phase_the_answer_and_the_day_of_its_intent():
    entry = unpack(line(1, moment=AT), 0)
    event = replace(entry.intent.event, day=date(2026, 11, 21))
    renewed = entry.renewed(replace(entry.intent, event=event, phase=Phase.ACCEPTED, id=77), AT)
    assert (renewed.line.phase, renewed.line.answer) == (Phase.ACCEPTED, "77")
    again = unpack(renewed.line, 0)
    assert (again.intent.event.day, again.moment) == (date(2026, 11, 21), AT)
