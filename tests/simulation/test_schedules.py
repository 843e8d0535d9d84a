"""A slice of `python -m benchmarks.simulation`, which plays thousands of schedules."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread

import pytest

from benchmarks.simulation.bugs import BUGS, seeded
from benchmarks.simulation.many import caught, played_as_always, simulate
from benchmarks.simulation.staging import staged
from crmsync.engine import reading, sync
from crmsync.engine.settling import LowWater

LAWS = pytest.mark.invariant(
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 21, 25, 26
)
CATCHING = {
    "unclear is sent again": 5,
    "hidden retry": 5,
    "no quiet period": 84,
    "looked for at once": 52,
    "unknown blocks nobody": 15,
    "sending forgotten": 6,
    "no is read from a 500": 6,
    "order of arrival": 6,
    "wall clock in waits": 517,
    "noted before journaled": 6,
    "intents not noted": 2,
    "intents forgotten": 117,
    "yes is read from a 500": 1,
    "yes is read from a redirect": 17,
    "yes is read from a web page": 3,
    "yes is read from silence": 1,
    "retry after ignored": 3,
    "no budget": 477,
    "unchanged is sent": 1,
    "compared before merge": 2,
    "receipts mixed up": 25,
    "halves go twice": 1,
    "two versions in flight": 3,
    "settled before answered": 3,
    "quarantine lost": 1,
    "no lock": 6,
    "cursor before receipts": 3,
    "cursor jumps over what is owed": 3,
    "no overlap": 7,
    "window ends by a fast clock": 7,
    "deleted is forgotten": 4,
    "old key is kept": 3,
    "merged by arrival": 2,
    "broken read is a whole one": 1,
    "guard after write": 3,
    "no receipt": 9,
}
"""A schedule that catches a bug, where the very first does not. After a change of the engine it
may be another, near by."""
MOST_TRIES = 150


@LAWS
@pytest.mark.parametrize("first", range(10_000, 10_045, 15))
def test_no_schedule_of_crashes_and_faults_breaks_a_law(first):
    assert simulate(range(first, first + 15)).broken == {}


@pytest.mark.invariant(17)
@pytest.mark.parametrize("seed", [3, 4, 20], ids=["events", "upserts", "a ledger in a file"])
def test_one_seed_gives_one_trace(seed):
    with staged():
        first, second = played_as_always(seed), played_as_always(seed)
    assert first.trace == second.trace
    assert first.script == second.script


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_that_is_seeded_on_purpose_is_caught_by_a_law(name):
    found = caught(name, CATCHING.get(name, 0), MOST_TRIES)
    assert found is not None
    assert {one.law for one in found[1].violations} <= {f"I{number}" for number in range(1, 28)}


def test_there_are_thirty_bugs_and_more():
    assert len(BUGS) >= 30
    assert CATCHING.keys() <= BUGS.keys()


def test_what_was_changed_for_a_block_is_as_it_was_after_it():
    real = vars(LowWater)["take"]
    with staged(), seeded("cursor before receipts"):
        assert vars(LowWater)["take"] is not real
        assert vars(reading)["Thread"] is not Thread
    assert vars(LowWater)["take"] is real
    assert vars(reading)["Thread"] is Thread
    assert vars(sync)["SimpleQueue"] is SimpleQueue
