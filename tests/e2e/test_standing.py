"""What the other commands say after a run is JSON, and true."""

from __future__ import annotations

import tomllib
from types import SimpleNamespace

import pytest

from crmsync.plugins import destination_names
from tests.e2e.world import SYNC, World


@pytest.fixture(scope="module")
def ran(undisturbed, sandbox_at, tmp_path_factory, warm) -> SimpleNamespace:
    """A world after a run, a change and a run that failed."""
    world = World(sandbox_at(), tmp_path_factory.mktemp("standing"), warm)
    world.ask("/reset", {})
    before = world.crmsync("status", "--json")
    first = world.run()
    (changed,) = world.change(1)
    second = world.run()
    company = world.ask(f"/hubspot/companies/{changed}")
    return SimpleNamespace(
        world=world, before=before, first=first, second=second, id=changed, company=company
    )


def test_status_before_the_first_run_says_never(ran):
    (sync,) = ran.before.json["syncs"]
    assert (ran.before.code, sync["status"], sync["cursor_at"], sync["owed"]) == (0, None, None, 0)


def test_status_tells_the_last_run_and_what_is_tracked(ran):
    ended = ran.world.crmsync("status", "--json", "--exit-code")
    (sync,) = ended.json["syncs"]
    assert (ended.code, sync["status"], sync["run_id"]) == (
        0,
        "succeeded",
        ran.second.json["run_id"],
    )
    counts = ran.first.sync["counts"]
    assert sync["tracked"] == counts["unverified"] + counts["merged"]
    assert sync["skipped"] == counts["skipped"]
    assert 0 <= sync["cursor_age_s"] < 600


def test_runs_lists_the_newest_first_and_gives_each_report_back(ran):
    runs = ran.world.crmsync("runs", "--json").json["runs"]
    assert [run["run_id"] for run in runs] == [
        ran.second.json["run_id"],
        ran.first.json["run_id"],
    ]
    again = ran.world.crmsync("runs", ran.first.json["run_id"], "--json")
    assert (again.code, again.json) == (0, ran.first.json)


def test_explain_follows_a_value_to_the_answer(ran):
    ended = ran.world.crmsync("explain", SYNC, ran.id, "properties.location", "--json")
    assert ended.code == 0
    for known in (ran.id, ran.company["domain"], ran.company["city"], "204"):
        assert known in ended.out
    assert isinstance(ended.json, dict)


def test_fields_lists_the_crms_own_fields(ran):
    ended = ran.world.crmsync("fields", "hubspot", "--search", "lifecycle", "--json")
    fields = {field["name"]: field for field in ended.json["fields"]}
    assert fields["lifecyclestage"]["options"]


def test_mapping_show_is_toml_and_the_same_as_json(ran):
    text = ran.world.crmsync("mapping", "show", SYNC).out
    shown = ran.world.crmsync("mapping", "show", SYNC, "--json").json
    assert shown == {"sync": SYNC, "fields": tomllib.loads(text)}
    assert "properties.displayName" in shown["fields"]


def test_mapping_presets_are_listed(ran):
    presets = ran.world.crmsync("mapping", "presets", "--json").json["presets"]
    assert {"source": "hubspot", "object": "companies", "destination": "akooda"} in presets
    assert {one["destination"] for one in presets} <= set(destination_names())
