from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.engine.resuming import Start, stored_cursor, where_to_start
from crmsync.state import SyncState


@pytest.mark.parametrize(
    ("live", "start"),
    [
        (None, Start("c:1")),
        (0, Start("c:1", in_pass=True)),
        (7, Start("c:1", in_pass=True, live=7)),
    ],
    ids=["after-a-pass", "in-a-pass", "with-records"],
)
def test_a_stored_cursor_says_where_to_go_on(bench, live, start):
    state = SyncState(cursor=stored_cursor(bench.plan(), "c:1", live=live))

    assert where_to_start(bench.plan(), state, bench.clock.now()) == start


@pytest.mark.parametrize("cursor", [None, "", "another mapping:S:c"])
def test_no_cursor_and_that_of_another_mapping_read_everything(bench, cursor):
    state = SyncState(cursor=cursor)

    assert where_to_start(bench.plan(), state, bench.clock.now()) == Start()


def test_a_full_pass_is_due_after_its_time_but_one_under_way_goes_on(bench):
    plan = replace(bench.plan(), full_every=60.0)
    now = bench.clock.now()
    old = now - timedelta(seconds=61)
    after = SyncState(cursor=stored_cursor(plan, "c", live=None), full_at=old)
    within = SyncState(cursor=stored_cursor(plan, "c", live=3), full_at=old)

    assert where_to_start(plan, after, now) == Start()
    assert where_to_start(plan, within, now).cursor == "c"
