"""Events are created once each, whatever is lost, and whenever crmsync is killed."""

from __future__ import annotations

import pytest

from benchmarks.events import FAULTS, WRONG, Drill, judged


@pytest.mark.slow
def test_k05_killed_runs_and_lost_answers_neither_double_nor_lose_an_event(
    sandbox_at, tmp_path, warm
):
    url = sandbox_at("--deals", "0", "--atoka-companies", "0")
    drill = Drill(tmp_path, url, leads=10, seed=5, warm=warm)
    drill.ask("/faults", {"atoka": FAULTS.format(seed=5)})
    for _ in range(3):
        drill.round(kills=1, longest=0.8)
        drill.deals.change(10)
    drill.ask("/faults", {})
    found = judged(drill)
    assert {name: found.get(name, 0) for name in WRONG} == dict.fromkeys(WRONG, 0)
    assert found["events"] == len(drill.deals)
    assert drill.kills >= 3
    assert found["uncertain"] > 0
    assert not drill.unlisted
