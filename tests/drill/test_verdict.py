from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from crmsync.cli.output.drills import verdict_text
from crmsync.drill.casting import Cast, Part
from crmsync.drill.lives import Lives
from crmsync.drill.verdict import Seen, World, judged
from crmsync.exit_codes import ExitCode

PLAYED = Cast((), (Part("akooda", "akooda", 0), Part("atoka", "atoka", 0)), {}, {})


def world(state=(("a", 1), ("b", 2)), events=("lead A", "lead B"), twice=0, disorder=0):
    return World(
        states={"akooda": dict(state), "atoka": {}},
        events={"akooda": Counter(), "atoka": Counter(events)},
        twice={"akooda": 0, "atoka": twice},
        disorder={"akooda": 0, "atoka": disorder},
    )


def seen(last, *, first=None, owed=frozenset(), report=None):
    return Seen(
        first=first or last,
        last=last,
        expected=world(),
        owed={"akooda": frozenset(), "atoka": frozenset(owed)},
        report=report or {"exit_code": 0, "syncs": []},
        struck={"akooda.429": 3},
        seconds=1.0,
    )


def verdict(last, lives=None, **more):
    return judged(PLAYED, seen(last, **more), lives or lives_of())


def lives_of(**counts):
    return replace(Lives(Path("none"), random.Random(1)), **counts)


def counts(verdict, name):
    return {one.name: getattr(one, name) for one in verdict.platforms}


def test_the_same_world_is_sound():
    told = verdict(world())
    assert told.code is ExitCode.OK
    assert counts(told, "expected") == {"akooda": 2, "atoka": 2}
    assert "nothing lost" in verdict_text(told)


@pytest.mark.parametrize(
    ("last", "name", "platform"),
    [
        (world(state=[("a", 1)]), "lost", "akooda"),
        (world(state=[("a", 1), ("b", 3)]), "wrong", "akooda"),
        (world(state=[("a", 1), ("b", 2), ("c", 3)]), "unexpected", "akooda"),
        (world(events=["lead A"]), "lost", "atoka"),
        (world(twice=1), "doubled", "atoka"),
        (world(disorder=1), "disorder", "atoka"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_as_it_must_be_is_counted_and_fails_the_drill(last, name, platform):
    told = verdict(last)
    assert told.code is ExitCode.FAILED
    assert counts(told, name)[platform] == 1
    assert "NOT SOUND" in verdict_text(told)
    assert told.to_json()["sound"] is False


@pytest.mark.parametrize(
    "wrong", [{"tracebacks": 1}, {"stuck": 1}, {"unbalanced": 1}], ids=lambda one: next(iter(one))
)
def test_a_run_that_misbehaves_fails_the_drill_whatever_the_platforms_hold(wrong):
    assert verdict(world(), lives_of(**wrong)).code is ExitCode.FAILED


def test_a_drill_in_which_nothing_went_wrong_or_nothing_arrived_is_not_sound():
    calm = judged(PLAYED, seen(world())._replace(struck={}), lives_of())
    assert calm.code is ExitCode.FAILED
    assert "nothing went wrong" in verdict_text(calm)
    empty = seen(world(events=()))._replace(expected=world(events=()))
    idle = judged(PLAYED, empty, lives_of())
    assert idle.code is ExitCode.FAILED
    assert "nothing reaches atoka" in verdict_text(idle)
    assert idle.to_json()["sound"] is False


def test_a_kill_is_trouble_enough():
    assert judged(PLAYED, seen(world())._replace(struck={}), lives_of(killed=1)).code == 0


def test_a_last_run_that_failed_fails_the_drill():
    assert verdict(world(), report={"exit_code": 5, "syncs": []}).code is ExitCode.FAILED
    assert verdict(world(), report={"syncs": []}).code is ExitCode.FAILED


def test_an_event_whose_lead_is_owed_something_is_not_lost():
    report = {"exit_code": 3, "syncs": [{"owed": 1}]}
    told = verdict(world(events=["lead A"]), owed={"lead"}, report=report)
    assert counts(told, "lost")["atoka"] == 0
    assert told.code is ExitCode.OWED


def test_an_owed_lead_excuses_no_other():
    told = verdict(world(events=["lead A"]), owed={"le", "lead 2"})
    assert counts(told, "lost")["atoka"] == 1


def test_what_came_right_after_the_first_clean_run_is_late():
    first = world(state=[("a", 7)], events=["lead A", "lead B"])
    told = verdict(world(), first=first)
    assert counts(told, "late") == {"akooda": 2, "atoka": 0}
    assert told.code is ExitCode.OK
