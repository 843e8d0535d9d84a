from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.scheduling.agenda import Agenda, Skipped, Standing
from tests.scheduling.syncs import NOW, due, sync

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def test_syncs_that_are_due_run_side_by_side():
    assert due(sync("a"), sync("b")).start() == [("a",), ("b",)]


def test_syncs_that_are_due_together_and_share_a_read_go_in_one_run():
    agenda = due(sync("a", reads="r"), sync("b"), sync("c", reads="r"))
    assert agenda.start() == [("a", "c"), ("b",)]


def test_syncs_of_one_destination_take_turns():
    agenda = due(sync("a", to="akooda"), sync("b", to="akooda"))
    assert (agenda.start(), agenda.start()) == ([("a",)], [])
    agenda.ended("a", ExitCode.OK, NOW)
    assert agenda.start() == [("b",)]


def test_who_waits_longest_comes_first():
    a, b = sync("a", to="akooda"), sync("b", to="akooda")
    agenda = due(a, b)
    agenda.start()
    agenda.ended("a", ExitCode.OK, NOW)
    agenda.due("a", NOW + SECOND)
    assert agenda.start() == [("b",)]


@pytest.mark.fault(109)
def test_a_sync_that_runs_is_not_started_again_and_does_not_pile_up():
    agenda = due(sync("a"))
    agenda.start()
    assert [agenda.due("a", NOW + MINUTE * n) for n in range(3)] == [Skipped.RUNNING] * 3
    assert agenda.start() == []
    agenda.ended("a", ExitCode.OK, NOW)
    assert agenda.start() == []


@pytest.mark.fault(108)
def test_a_sync_that_waits_runs_once_however_often_it_became_due():
    agenda = due(sync("a", to="akooda"), sync("b", to="akooda"))
    agenda.start()
    assert agenda.due("b", NOW + MINUTE) is Skipped.WAITING
    agenda.ended("a", ExitCode.OK, NOW)
    assert agenda.start() == [("b",)]
    agenda.ended("b", ExitCode.OK, NOW)
    assert agenda.start() == []


@pytest.mark.fault(113)
def test_no_more_runs_go_side_by_side_than_may():
    agenda = due(*map(sync, "abc"), at_once=2)
    assert agenda.start() == [("a",), ("b",)]
    agenda.ended("a", ExitCode.OK, NOW)
    assert agenda.start() == [("c",)]


def test_a_destination_is_free_when_its_sync_has_ended_though_the_run_goes_on():
    slow, quick = sync("slow", reads="r"), sync("quick", to="akooda", reads="r")
    agenda = due(slow, quick, sync("next", to="akooda"))
    assert agenda.start() == [("slow", "quick")]
    agenda.ended("quick", ExitCode.OK, NOW)
    assert agenda.start() == [("next",)]
    assert agenda.standing("slow").running


def test_a_passing_failure_is_tried_again_before_the_schedule_and_not_by_it():
    agenda = due(sync("a"))
    agenda.start()
    again = agenda.ended("a", ExitCode.TEMPORARY, NOW)
    assert again == NOW + MINUTE
    assert agenda.due("a", NOW + SECOND) is Skipped.BACKING_OFF
    assert agenda.wanted("a", again) is None
    assert agenda.start() == [("a",)]


def test_what_wants_a_person_is_left_to_a_schedule_that_does_not_knock_too_often():
    agenda = due(sync("a"))
    agenda.start()
    assert agenda.ended("a", ExitCode.CREDENTIALS, NOW) is None
    assert agenda.due("a", NOW + SECOND) is Skipped.BACKING_OFF
    assert agenda.due("a", NOW + MINUTE) is None


def test_who_ended_well_is_forgiven():
    agenda = due(sync("a"))
    agenda.start()
    agenda.ended("a", ExitCode.TEMPORARY, NOW)
    agenda.wanted("a", NOW)
    agenda.start()
    agenda.ended("a", ExitCode.OK, NOW)
    assert agenda.standing("a") == Standing()


def test_with_another_configuration_what_runs_goes_on_and_what_left_is_forgotten():
    agenda = due(sync("runs"), sync("left", to="platform of runs"), sync("stays"), at_once=1)
    agenda.start()
    agenda.replace([sync("runs"), sync("stays")])
    assert (agenda.start(), agenda.standing("runs").running) == ([], True)
    agenda.ended("runs", ExitCode.OK, NOW)
    assert agenda.start() == [("stays",)]


def test_a_sync_that_left_is_not_wanted_any_more():
    agenda = Agenda([sync("a")])
    agenda.wanted("gone", NOW)
    assert agenda.start() == []


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_end_leaves_the_sync_free_to_run_again(code):
    agenda = due(sync("a"))
    agenda.start()
    again = agenda.ended("a", code, NOW) or NOW + timedelta(days=1)
    assert agenda.wanted("a", again) is None
    assert agenda.start() == [("a",)]
