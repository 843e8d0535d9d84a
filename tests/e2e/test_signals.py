"""SIGTERM at any moment: the run leaves soon, and the next one goes on from there."""

from __future__ import annotations

import json
import signal
import time

import pytest

from tests.e2e.world import PATIENCE, until

pytestmark = [pytest.mark.fault(73), pytest.mark.invariant(15)]
PROMPT = 4.0
"""Seconds in which a run must leave."""


def ended_by_sigterm(child) -> float:
    """Ask the command to stop; gives how many seconds it took to leave."""
    asked_at = time.monotonic()
    child.send_signal(signal.SIGTERM)
    child.wait(timeout=PATIENCE)
    return time.monotonic() - asked_at


@pytest.fixture
def assert_the_next_run_completes(world, undisturbed):
    def completes() -> None:
        world.faults()
        assert world.run().code == 0
        assert world.held() == undisturbed

    return completes


@pytest.mark.parametrize(
    ("system", "fault"),
    [
        ("hubspot", "429=1,retry_after=600"),
        ("akooda", "503=1"),
        ("akooda", "429=1,retry_after=600"),
    ],
)
@pytest.mark.invariant(15)
def test_a_run_that_waits_to_try_again_leaves_promptly_with_5(
    world, assert_the_next_run_completes, system, fault
):
    world.faults(**{system: fault})
    with world.started("run", "--json") as child:
        for line in child.stderr:
            if "request_retried" in line:
                break
        assert ended_by_sigterm(child) < PROMPT
        report = json.loads(child.stdout.read())
    assert (child.returncode, report["exit_code"]) == (5, 5)
    assert report["syncs"][0]["status"] == "temporary"
    assert_the_next_run_completes()


@pytest.mark.parametrize(
    ("system", "fault"),
    [
        ("hubspot", "hang=1,hang_s=30"),
        ("akooda", "hang=1,hang_s=30"),
        ("hubspot", "slow=1,slow_s=0.5"),
    ],
)
def test_a_run_that_waits_for_an_answer_leaves_when_it_is_there_or_late(
    world, assert_the_next_run_completes, system, fault
):
    world.configure(source='timeout = "1s"', destination='timeout = "1s"')
    world.faults(**{system: fault})
    with world.started("run", "--json") as child:
        until(lambda: any(kind.startswith(system) for kind in world.ask("/requests")["requests"]))
        assert ended_by_sigterm(child) < PROMPT
        assert child.returncode == json.loads(child.stdout.read())["exit_code"] == 5
    assert_the_next_run_completes()


def test_a_run_does_not_wait_for_a_crm_that_hangs(world, assert_the_next_run_completes):
    world.faults(hubspot="hang=1,hang_s=30")
    with world.started("run", "--json") as child:
        until(lambda: any(one.startswith("hubspot") for one in world.ask("/requests")["requests"]))
        assert ended_by_sigterm(child) < PROMPT
        assert child.returncode == json.loads(child.stdout.read())["exit_code"] == 5
    assert_the_next_run_completes()


def test_a_second_sigterm_ends_it_at_once(world, assert_the_next_run_completes):
    world.faults(akooda="hang=1,hang_s=60")
    with world.started("run") as child:
        until(lambda: world.requests("akooda.post"))
        child.send_signal(signal.SIGTERM)
        assert any("once more" in line for line in child.stderr)
        assert ended_by_sigterm(child) < 2
    assert child.returncode == 128 + signal.SIGTERM
    assert_the_next_run_completes()


@pytest.mark.fault(97)
@pytest.mark.invariant(16)
def test_the_second_of_two_runs_leaves_with_9_and_sends_nothing(
    world, assert_the_next_run_completes
):
    world.faults(akooda="hang=1,hang_s=60")
    with world.started("run") as first:
        until(lambda: world.requests("akooda.post"))
        second = world.run()
        assert (second.code, second.sync["status"]) == (9, "locked")
        assert str(first.pid) in second.sync["error"]
        assert second.sync["source_requests"] == second.sync["destination_requests"] == 0
        first.kill()
    assert_the_next_run_completes()


def test_status_names_a_run_that_was_killed_until_the_next_one_has_ended(world):
    world.faults(akooda="hang=1,hang_s=60")
    with world.started("run") as child:
        until(lambda: world.requests("akooda.post"))
        child.kill()
        child.wait()
    assert world.crmsync("status", "--json").json["unfinished_run"]
    assert "has not ended" in world.crmsync("status").out

    world.faults()
    world.run()

    assert world.crmsync("status", "--json").json["unfinished_run"] is None


def test_a_check_that_is_stopped_says_stopped(world):
    world.faults(hubspot="429=1,retry_after=10")
    with world.started("check") as child:
        for line in child.stderr:
            if "request_retried" in line:
                break
        assert ended_by_sigterm(child) < PROMPT
        told = child.stdout.read()
    assert child.returncode == 5
    assert "FAIL  check: stopped" in told
    assert "the next run goes on" not in told
