from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.reconcile import (
    Action,
    Ending,
    Intent,
    Look,
    Result,
    Rules,
    decide,
    ended,
    head,
    intended,
    is_last,
    looked,
    moves,
    refused_with,
    released,
    resumed,
)
from crmsync.state import Phase
from tests.destinations.atoka.histories import RULES, at

PLANNED = Intent(event=Event(tag="4f9a21c0d3b8", lead="l1", day=date(2026, 11, 20)), order=1)
SENDING = intended(PLANNED, at(0))
LOST = Result(Ending.UNKNOWN, reason="no whole answer in time")
UNKNOWN = ended(SENDING, LOST, at(30), RULES)


def absent(line, *seconds):
    for moment in seconds:
        line = looked(line, Look(at(moment)), RULES)
    return line


def action(line, seconds):
    return decide(line, at(seconds), RULES).action


def test_what_is_planned_is_sent_and_its_intent_comes_first():
    assert action(PLANNED, 0) is Action.SEND
    assert (SENDING.phase, SENDING.attempt, SENDING.first_at) == (Phase.SENDING, 1, at(0))
    assert action(SENDING, 0) is Action.HOLD


def test_what_is_created_is_done():
    line = ended(SENDING, Result(Ending.CREATED, 42), at(1), RULES)
    assert (line.phase, line.id) == (Phase.ACCEPTED, 42)
    assert action(line, 1) is Action.DONE


def test_k04_what_surely_did_not_arrive_is_planned_again_and_never_looked_for():
    line = ended(
        SENDING, Result(Ending.NOT_SENT, reason="the connection was refused"), at(1), RULES
    )
    assert (line.phase, line.attempt, line.first_at) == (Phase.PLANNED, 0, None)
    assert line.reason == "the connection was refused"
    assert action(line, 1) is Action.SEND


def test_k02_what_is_found_is_adopted_and_not_sent_again():
    line = looked(UNKNOWN, Look(at(35), (7,)), RULES)
    assert (line.phase, line.id, line.duplicates, line.attempt) == (Phase.ACCEPTED, 7, (), 1)
    assert action(line, 1000) is Action.DONE


@pytest.mark.fault(59)
def test_the_lowest_id_of_several_is_adopted_and_the_others_are_told():
    line = looked(UNKNOWN, Look(at(35), (9, 7, 8)), RULES)
    assert (line.id, line.duplicates, line.reason) == (7, (8, 9), "there 3 times, also as 8, 9")


@pytest.mark.parametrize(
    ("looks", "now", "action", "until"),
    [
        ((), 34, Action.WAIT, 35),
        ((), 35, Action.LOOK, None),
        ((35,), 35, Action.WAIT, 60),
        ((35,), 60, Action.LOOK, None),
        ((35, 60), 60, Action.WAIT, 150),
        ((35, 60), 150, Action.LOOK, None),
        ((35, 60, 150), 150, Action.SEND, None),
        ((150,), 150, Action.SEND, None),
        ((149,), 149, Action.WAIT, 150),
    ],
)
def test_what_is_uncertain_is_looked_for_after_5_30_and_120_seconds(looks, now, action, until):
    decision = decide(absent(UNKNOWN, *looks), at(now), RULES)
    assert decision.action is action
    assert decision.until == (None if until is None else at(until))


@pytest.mark.fault(51)
def test_k03_what_three_looks_do_not_find_is_sent_exactly_once_more():
    again = intended(absent(UNKNOWN, 35, 60, 150), at(150))
    assert (again.attempt, again.event, again.first_at) == (2, PLANNED.event, at(0))
    lost = ended(again, LOST, at(180), RULES)
    parked = absent(lost, 185, 210, 300)
    assert parked.phase is Phase.PARKED
    assert parked.reason == "sent 2 times, never answered and never found"
    assert action(parked, 10_000) is Action.OWE


@pytest.mark.fault(58)
def test_a_look_before_the_quiet_period_is_over_does_not_count_as_its_last():
    line = absent(UNKNOWN, 149, 149.9, 149.99)
    assert (line.phase, line.absences) == (Phase.UNKNOWN, 2)


def test_what_may_not_be_sent_again_is_not_given_up_before_the_last_look():
    again = ended(intended(absent(UNKNOWN, 150), at(150)), LOST, at(180), RULES)
    assert absent(again, 185, 210).phase is Phase.UNKNOWN
    assert looked(absent(again, 185, 210), Look(at(300), (7,)), RULES).phase is Phase.ACCEPTED


def test_what_cannot_be_told_is_parked_with_the_reason():
    line = looked(UNKNOWN, Look(at(35), doubt="2 events are all that was sent"), RULES)
    assert (line.phase, line.reason) == (Phase.PARKED, "2 events are all that was sent")


def test_k05_an_intent_without_an_ending_is_uncertain_from_the_next_start_on():
    line = resumed(SENDING, at(500), RULES)
    assert (line.phase, line.since, line.absences) == (Phase.UNKNOWN, at(500), 0)
    assert line.reason == "the run that sent it was cut off"
    assert action(line, 500) is Action.WAIT
    assert action(absent(line, 505, 530, 620), 620) is Action.SEND


@pytest.mark.parametrize("passed", [-90_000, 151, 90_000], ids=["clock-set-back", "", "-forward"])
def test_k05_what_was_looked_for_before_the_crash_has_a_quiet_period_anew(passed):
    line = resumed(absent(UNKNOWN, 35, 60, 150), at(passed), RULES)
    assert (line.since, line.absences) == (at(passed), 0)
    assert action(absent(line, passed + 5, passed + 30, passed + 119.9), passed + 119.9) is (
        Action.WAIT
    )
    assert action(absent(line, passed + 120), passed + 120) is Action.SEND


@pytest.mark.parametrize("line", [PLANNED, replace(PLANNED, phase=Phase.ACCEPTED, id=1)])
def test_what_is_certain_is_taken_over_as_it_is(line):
    assert resumed(line, at(500), RULES) == line


def test_what_was_parked_in_doubt_and_may_be_sent_has_a_quiet_period_anew():
    doubtful = looked(UNKNOWN, Look(at(35), doubt="2 events are all that was sent"), RULES)
    line = resumed(doubtful, at(9000), RULES)
    assert (line.since, line.absences) == (at(9000), 0)


def test_only_a_look_after_the_quiet_period_is_the_last():
    assert [is_last(UNKNOWN, at(seconds), RULES) for seconds in (149.9, 150)] == [False, True]


def test_what_is_parked_is_looked_for_once_a_run():
    parked = replace(UNKNOWN, phase=Phase.PARKED, attempt=2, absences=3)
    line = resumed(parked, at(9000), RULES)
    assert action(line, 9000) is Action.LOOK
    assert absent(line, 9000).phase is Phase.PARKED
    assert looked(line, Look(at(9000), (7,)), RULES).phase is Phase.ACCEPTED


def test_a_person_lets_what_is_parked_be_sent_once_more_if_a_fresh_look_does_not_find_it():
    parked = replace(UNKNOWN, phase=Phase.PARKED, attempt=2, absences=3)
    line = resumed(released(parked), at(9000), RULES)
    assert action(line, 9000) is Action.LOOK
    again = intended(absent(line, 9000), at(9000))
    assert again.attempt == 3
    assert absent(ended(again, LOST, at(9030), RULES), 9150).phase is Phase.PARKED


def test_a_date_that_is_refused_is_left_out_the_second_time():
    line = ended(SENDING, Result(Ending.DATE_REFUSED, reason="date: too early"), at(1), RULES)
    assert (line.phase, line.attempt, line.event.day) == (Phase.PLANNED, 0, None)
    assert line.event.tag == PLANNED.event.tag


def test_a_date_refused_to_what_may_be_there_says_that_it_may_be_there():
    again = intended(absent(UNKNOWN, 150), at(150))
    line = ended(again, Result(Ending.DATE_REFUSED, reason="date: too early"), at(151), RULES)
    assert (line.phase, line.since, line.event.day) == (Phase.UNKNOWN, at(151), PLANNED.event.day)
    assert absent(line, 271).phase is Phase.PARKED


@pytest.mark.parametrize("ending", [Ending.REFUSED, Ending.DATE_REFUSED])
def test_what_is_refused_without_a_date_to_blame_is_refused(ending):
    undated = replace(SENDING, event=replace(SENDING.event, day=None))
    line = ended(undated, Result(ending, reason="status: no"), at(1), RULES)
    assert (line.phase, line.reason) == (Phase.REFUSED, "status: no")


def test_a_second_request_that_surely_did_not_arrive_is_taken_back_and_looked_for_afresh():
    again = intended(absent(UNKNOWN, 150), at(150))
    line = ended(again, Result(Ending.NOT_SENT), at(400), RULES)
    assert (line.phase, line.attempt) == (Phase.UNKNOWN, 1)
    assert action(line, 400) is Action.LOOK
    assert action(absent(line, 400), 400) is Action.SEND


def test_k06_a_look_that_fails_is_made_again_and_then_left_to_the_next_run():
    line, now = UNKNOWN, 35.0
    for pause in RULES.looks:
        assert action(line, now) is Action.LOOK
        line = looked(line, Look(at(now), failed=True), RULES)
        assert decide(line, at(now), RULES).until == at(now + pause)
        now += pause
    line = looked(line, Look(at(now), failed=True), RULES)
    assert action(line, now + 10_000) is Action.OWE
    assert line.phase is Phase.UNKNOWN
    assert action(resumed(line, at(now), RULES), now + 5) is Action.LOOK


def test_k06_an_uncertain_event_blocks_its_lead_and_no_other():
    def line(lead, order, **known):
        event = replace(PLANNED.event, lead=lead, tag=f"{lead}{order}")
        return replace(PLANNED, event=event, order=order, **known)

    lost = {"phase": Phase.UNKNOWN, "attempt": 1, "since": at(0)}
    journal = [line("a", 2), line("b", 1), line("a", 1, **lost), line("a", 3), line("b", 2)]
    told = [(d.intent.event.tag, d.action) for d in moves(journal, at(1), RULES)]
    assert told == [
        ("a1", Action.WAIT),
        ("a2", Action.HOLD),
        ("a3", Action.HOLD),
        ("b1", Action.SEND),
        ("b2", Action.HOLD),
    ]


@pytest.mark.parametrize(
    ("phase", "blocks"),
    [
        (Phase.PLANNED, True),
        (Phase.SENDING, True),
        (Phase.UNKNOWN, True),
        (Phase.PARKED, True),
        (Phase.ACCEPTED, False),
        (Phase.REFUSED, False),
    ],
)
def test_what_is_not_settled_blocks_the_later_events_of_its_lead(phase, blocks):
    first = replace(PLANNED, phase=phase, since=at(0))
    _, second = moves([first, replace(PLANNED, order=2)], at(0), RULES)
    assert (second.action is Action.HOLD) is blocks


def test_the_head_of_a_queue_is_the_first_event_that_is_not_settled():
    done = replace(PLANNED, order=1, phase=Phase.ACCEPTED)
    parked = replace(PLANNED, order=2, phase=Phase.PARKED)
    assert head([replace(PLANNED, order=3), parked, done]) == parked
    assert head([done]) is None


def test_the_queue_of_a_lead_that_is_not_there_is_refused_where_nothing_was_sent():
    refused = refused_with([PLANNED, UNKNOWN], "there is no lead 'l1'")
    assert [line.phase for line in refused] == [Phase.REFUSED, Phase.UNKNOWN]
    assert refused[0].reason == "there is no lead 'l1'"


def test_the_looks_are_the_configurations():
    rules = Rules(looks=(0.1,))
    line = ended(SENDING, LOST, at(0), rules)
    due = decide(line, at(0), rules).until
    assert due == at(0) + timedelta(seconds=0.1)
    assert decide(looked(line, Look(at(0.1)), rules), at(0.1), rules).action is Action.SEND
