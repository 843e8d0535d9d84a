"""One company that the platform refuses: the rest arrives, and it can be worked on."""

from __future__ import annotations

import csv
import json
import stat

import pytest

from tests.e2e.world import SYNC

# The account is said to know a stage that the platform then refuses.
PILOT = {
    "destination": 'extra_stages = ["PILOT"]',
    "sync": f'[syncs.{SYNC}.fields]\n"properties.stage" = '
    '{ from = "city", values = { Pilotville = "PILOT" }, otherwise = "drop" }',
}


@pytest.fixture(params=["true", "false"], ids=["named", "not named"])
def refused(request, world_with, undisturbed):
    """A world after a run in which one company was refused, and its id."""
    world = world_with("--akooda-mode", "any_fails", "--akooda-details", request.param)
    (bad,) = world.change(1)
    world.ask("/hubspot/set", {"id": bad, "properties": {"city": "Pilotville"}})
    world.configure(**PILOT)
    ended = world.run()
    counts = ended.sync["counts"]
    assert (ended.code, ended.sync["status"], ended.sync["balanced"]) == (3, "partial", True)
    assert (counts["rejected"], ended.sync["quarantined"], ended.sync["owed"]) == (1, 1, 0)
    assert counts["unverified"] == len(world.held()) == len(undisturbed) - 1
    return world, bad


def listed(world):
    return world.crmsync("quarantine", "list", "--json").json["quarantined"]


@pytest.mark.fault(43)
@pytest.mark.invariant(19)
def test_a_refused_company_is_mended_in_the_crm_and_retried(refused):
    world, bad = refused
    (entry,) = listed(world)
    assert (entry["id"], entry["outcome"], entry["tries"]) == (bad, "rejected", 1)
    assert world.crmsync("quarantine", "retry", "--json").sync["counts"]["rejected"] == 1
    assert listed(world)[0]["tries"] == 2
    world.ask("/hubspot/set", {"id": bad, "properties": {"city": "Lund"}})
    retried = world.crmsync("quarantine", "retry", bad, "--json")
    assert (retried.code, retried.sync["counts"]["unverified"]) == (0, 1)
    assert listed(world) == []
    assert "stage" not in world.held()[entry["key"]]["properties"]


def test_a_refused_company_is_shown_exported_and_dropped(refused):
    world, bad = refused
    (shown,) = world.crmsync("quarantine", "show", bad, "--json").json["quarantined"]
    assert shown["payload"]["properties.stage"] == "PILOT"
    assert [problem["severity"] for problem in shown["problems"]][:1] == ["error"]
    assert world.crmsync("quarantine", "export", "--output", "refused.ndjson").code == 0
    file = world.folder / "refused.ndjson"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text(encoding="utf-8"))["id"] == bad
    (row,) = csv.DictReader(
        world.crmsync("quarantine", "export", "--format", "csv").out.split("\n")
    )
    assert row["id"] == bad
    dropped = world.crmsync("quarantine", "drop", bad, "--json")
    assert (dropped.code, dropped.json) == (0, {"dropped": 1})
    assert listed(world) == []


def test_a_later_run_ends_with_0_and_status_still_tells(refused):
    world, _ = refused
    assert world.run().code == 0
    assert world.crmsync("status").code == 0
    assert world.crmsync("status", "--exit-code").code == 3
