from __future__ import annotations

import pytest

from crmsync.cli.output.monitors import State, monitored


def sync(code=0, **facts):
    given = {
        "sync": "main",
        "status": "succeeded",
        "exit_code": code,
        "error": None,
        "owed": 0,
        "quarantined": 0,
        "skipped": 12,
        "cursor_age_s": 60,
        "alerts": [],
    }
    return {**given, **facts}


STALE = {"reason": "stale", "bad": True}


@pytest.mark.parametrize(
    ("syncs", "state", "line"),
    [
        ([sync()], State.OK, "OK - 1 syncs are well | owed=0 quarantined=0 skipped=12 oldest=60s"),
        ([sync(3, quarantined=8)], State.WARNING, "WARNING - main has 8 quarantined | owed=0 quar"),
        ([sync(5, error="away")], State.WARNING, "WARNING - main away |"),
        ([sync(5, error="away", alerts=[STALE])], State.CRITICAL, "CRITICAL - main away |"),
        ([sync(0, alerts=[STALE])], State.CRITICAL, "CRITICAL - main is stale |"),
        ([sync(7, error="no|token")], State.CRITICAL, "CRITICAL - main no/token |"),
        ([sync(None, status=None)], State.UNKNOWN, "UNKNOWN - main never ran |"),
        ([], State.UNKNOWN, "UNKNOWN - 0 syncs are well |"),
        ([sync(None), sync(3, owed=2)], State.WARNING, "WARNING - main never ran; main has 2 owed"),
        ([sync(), sync(1, error="\x1b[2J")], State.CRITICAL, r"CRITICAL - main \x1b[2J |"),
    ],
)
def test_the_gravest_state_and_why_on_one_line(syncs, state, line):
    found, said = monitored(syncs)

    assert found is state
    assert said.startswith(f"CRMSYNC {line}")
    assert "\n" not in said
