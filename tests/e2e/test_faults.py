"""Everything that can break in passing, at 5 % each: the platform ends as if nothing had."""

from __future__ import annotations

import pytest

from benchmarks.kills import drill

STORM = "429=0.05,500=0.05,reset=0.05,slow=0.05,slow_s=0.1,retry_after=1"


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.fault(2, 8, 12, 50)
@pytest.mark.invariant(4)
def test_a_storm_leaves_no_trace_at_the_platform(world, undisturbed, seed):
    world.configure(destination="max_payloads = 20")  # more requests, more to hit
    world.faults(hubspot=f"{STORM},seed={seed}", akooda=f"{STORM},seed={seed}")
    ended = world.run()
    assert (ended.code, ended.sync["owed"]) == (0, 0)
    assert sum(world.ask("/requests")["faults"].values()) > 0
    assert world.held() == undisturbed


@pytest.mark.parametrize(
    ("system", "fault"),
    # Akooda's answers have no body that could be cut: a 204 that is followed by a reset came.
    [("akooda", "lost"), ("hubspot", "midreset"), ("akooda", "hang")],
    ids=["lost", "midreset", "hang"],
)
@pytest.mark.fault(51, 52)
def test_a_lost_answer_is_asked_for_again(world, undisturbed, system, fault):
    world.configure(destination='timeout = "1s"\nmax_payloads = 60')
    world.faults(**{system: f"{fault}=0.3,seed=1"})
    ended = world.run()
    assert (ended.code, ended.sync["counts"]["unknown"]) == (0, 0)
    assert ended.sync["retries"] > 0
    assert world.held() == undisturbed


@pytest.mark.slow
def test_runs_killed_at_random_moments_lose_nothing(warm):
    counts = drill(warm, 5, 300, 1, 0.2)  # seconds: most are at work then
    assert counts["runs killed"] > 0
    assert (counts["lost"], counts["different"], counts["balanced"]) == (0, 0, True)
    assert counts["held by the platform"] == counts["held after an undisturbed run"] > 250
