"""A good citizen: limits are planned for, and a 429 is obeyed."""

from __future__ import annotations

import pytest


@pytest.mark.invariant(14)
def test_a_normal_run_gets_no_429_at_all(world_with):
    world = world_with("--rate-limit", "10/1s", "--search-rate", "5/1s")
    world.configure(source="max_url_bytes = 500")  # ids and fields apart: twice the requests
    for _ in range(2):
        ended = world.run()
        assert (ended.code, ended.sync["rate_limited"]) == (0, 0)
    assert world.ask("/requests")["rate_limited"] == {}


def test_a_limit_of_the_user_is_kept_too(world):
    world.configure(source='rate_limit = "4/1s"')
    ended = world.run()
    assert ended.code == 0
    assert ended.sync["duration_s"] > 1  # 7 requests, 4 a second


@pytest.mark.parametrize("retry_after", ["1", "date"])
def test_a_429_is_waited_out_and_nothing_is_lost(world, undisturbed, retry_after):
    world.faults(akooda=f"429=0.4,retry_after={retry_after},seed=2")
    world.configure(destination="max_payloads = 60")
    ended = world.run()
    assert (ended.code, world.held()) == (0, undisturbed)
    assert ended.sync["retries"] == ended.sync["rate_limited"] > 0


@pytest.mark.fault(8)
@pytest.mark.invariant(14)
def test_no_request_leaves_before_retry_after_has_passed(world):
    world.faults(hubspot="429=0.2,retry_after=1,seed=6")
    ended = world.run()
    assert ended.code == 0
    assert ended.sync["rate_limited"] == world.ask("/requests")["rate_limited"]["hubspot"] == 1
    assert ended.sync["duration_s"] >= 1


@pytest.mark.fault(8)
def test_a_longer_wait_than_is_allowed_ends_with_5_and_the_next_run_goes_on(world, undisturbed):
    world.configure(top='limits.max_wait = "1s"')
    world.faults(akooda="429=1,retry_after=600")
    ended = world.run()
    assert (ended.code, ended.sync["status"]) == (5, "temporary")
    assert "come back at" in ended.sync["error"]
    assert ended.sync["owed"] == ended.sync["counts"]["pending"] > 0
    world.faults()
    ended = world.run()
    assert (ended.code, ended.sync["owed"]) == (0, 0)
    assert world.held() == undisturbed


def test_a_used_up_day_ends_with_5(world_with):
    ended = world_with("--daily-limit", "3").run()
    assert ended.code == 5
    assert ended.sync["destination_requests"] == 0


@pytest.mark.fault(49)
def test_bodies_that_the_platform_finds_too_large_are_divided(world_with):
    world = world_with("--akooda-max-bytes", "60000")
    ended = world.run()
    assert ended.code == 0
    assert ended.sync["destination_requests"] > 4
    assert ended.sync["counts"]["unverified"] == len(world.held())
