"""The laws of an event's life, over random histories of lost answers, late commits, crashes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsync.destinations.atoka.reconcile import Ending
from crmsync.state import Phase
from tests.destinations.atoka.histories import QUIET, Fate, Journal

CRASHES = st.sampled_from(["", "", "", "before", "after"])
ROUNDING = 0.001  # seconds: moments are kept to the microsecond
SURELY_NOT = (Ending.NOT_SENT, Ending.REFUSED)


def fates(latest: float):
    """Fates of which none is committed later than so many seconds after its request began."""

    def fate(ending, takes, commit):
        return st.builds(Fate, st.just(ending), takes=takes, commit=commit, crash=CRASHES)

    short = st.just(0.1)
    created = fate(Ending.CREATED, short, st.just(0.05))
    lost = fate(Ending.UNKNOWN, st.floats(0.1, 30), st.none() | st.floats(0.05, latest))
    surely = fate(Ending.NOT_SENT, short, st.none())
    return st.lists(created | lost | lost | surely, max_size=25)


COUNTS = st.lists(st.integers(1, 4), min_size=1, max_size=4)
GAPS = st.lists(st.floats(0, 200), max_size=30)


def played(counts, plan, gaps, visibility, failing=()):
    """A journal after as many runs as there were crashes, and three clean ones."""
    journal = Journal(counts, plan, visibility)
    journal.failing_looks = iter(failing)
    crashes = sum(bool(fate.crash) for fate in plan)
    for gap in [*gaps, *[0.0] * crashes][: crashes + 1]:
        journal.run()
        journal.now += gap
    for _ in range(3):
        journal.run()
        journal.now += 1000.0
    return journal


def began(journal, tag):
    """When each request left for an event that may have arrived."""
    return [
        creation.began
        for creation in journal.creations
        if creation.tag == tag and creation.fate.ending not in SURELY_NOT
    ]


@settings(deadline=None)
@given(COUNTS, fates(latest=600.0), GAPS, st.floats(0, 300), st.lists(st.booleans(), max_size=20))
def test_no_event_is_sent_again_within_the_quiet_period_whatever_happens(
    counts, plan, gaps, visibility, failing
):
    journal = played(counts, plan, gaps, visibility, failing)
    for tag in journal.lines:
        times = began(journal, tag)
        assert len(times) <= 2
        assert all(later - earlier >= QUIET - ROUNDING for earlier, later in pairwise(times))


@settings(deadline=None)
@given(COUNTS, fates(latest=89.0), GAPS, st.floats(0, 30), st.lists(st.booleans(), max_size=20))
@pytest.mark.fault(53)
@pytest.mark.invariant(6)
def test_nothing_is_there_twice_where_commits_show_within_the_quiet_period(
    counts, plan, gaps, visibility, failing
):
    journal = played(counts, plan, gaps, visibility, failing)
    tags = [tag for _, tag in journal.platform.commits]
    assert len(tags) == len(set(tags))


@settings(deadline=None)
@given(COUNTS, fates(latest=89.0), GAPS, st.floats(0, 30), st.lists(st.booleans(), max_size=20))
@pytest.mark.fault(53)
@pytest.mark.invariant(8)
def test_a_leads_events_stay_in_order_where_commits_show_within_the_quiet_period(
    counts, plan, gaps, visibility, failing
):
    journal = played(counts, plan, gaps, visibility, failing)
    for lead in range(len(counts)):
        order = journal.platform.order(str(lead))
        assert order == sorted(order)


@settings(deadline=None)
@given(COUNTS, fates(latest=600.0), GAPS, st.floats(0, 300), st.lists(st.booleans(), max_size=20))
@pytest.mark.fault(53, 58)
@pytest.mark.invariant(7)
def test_no_event_is_lost_silently_however_late_it_comes(counts, plan, gaps, visibility, failing):
    journal = played(counts, plan, gaps, visibility, failing)
    there = {tag for _, tag in journal.platform.commits}
    for tag, line in journal.lines.items():
        if line.phase is Phase.ACCEPTED:
            assert line.id is not None
            assert journal.platform.commits[line.id - 1][1] == tag
        else:
            # One that a crash left on its way is unknown to the next run.
            owed = (Phase.SENDING, Phase.UNKNOWN, Phase.PARKED)
            assert tag not in there or line.phase in owed


@settings(deadline=None)
@given(COUNTS, fates(latest=89.0), GAPS, st.floats(0, 30))
def test_after_clean_runs_each_event_is_there_once_or_parked_or_behind_one(
    counts, plan, gaps, visibility
):
    journal = played(counts, plan, gaps, visibility)
    there = [tag for _, tag in journal.platform.commits]
    blocked = set()
    for tag, line in journal.lines.items():
        if line.event.lead in blocked:
            assert (line.phase, there.count(tag)) == (Phase.PLANNED, 0)
        elif line.phase is Phase.PARKED:
            assert len(began(journal, tag)) <= 2
            assert tag not in there
            blocked.add(line.event.lead)
        else:
            assert (line.phase, there.count(tag)) == (Phase.ACCEPTED, 1)


@settings(deadline=None)
@given(COUNTS, fates(latest=89.0), GAPS, st.floats(0, 30))
def test_an_uncertain_event_blocks_no_other_lead(counts, plan, gaps, visibility):
    first = [fate for fate in plan if fate.crash == ""][:1]
    journal = Journal([1, *counts], first, visibility)
    journal.run()
    others = [line for line in journal.lines.values() if line.event.lead != "0"]
    assert {line.phase for line in others} == {Phase.ACCEPTED}
    assert all(creation.began <= 60 for creation in journal.creations if creation.tag[0] != "0")
