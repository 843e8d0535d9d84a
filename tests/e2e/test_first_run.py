"""The first day: check, look, run, run again."""

from __future__ import annotations

import pytest

from crmsync.receipts import Outcome
from tests.e2e.world import present

HEAD = {"run_id", "exit_code", "started_at", "finished_at", "syncs"}
SYNC_KEYS = {
    *("sync", "source", "object", "destination", "status", "error", "balanced", "counts"),
    *("warnings", "owed", "quarantined", "source_requests", "destination_requests", "retries"),
    *("rate_limited", "bytes_sent", "duration_s", "cursor", "notes", "exit_code"),
}
OUTCOMES = {str(outcome) for outcome in Outcome}
ACTIONS = {"create", "change", "unchanged", "merged", "filtered", "skipped", "invalid"}


@pytest.fixture
def ran(world):
    """A world after its first run, and how that ended."""
    return world, world.run()


def test_check_passes_and_sends_nothing_to_the_platform(world):
    ended = world.crmsync("check", "--json")
    assert ended.code == 0
    assert all(check["passed"] for check in ended.json["checks"])
    assert any("not verified" in check["message"] for check in ended.json["checks"])
    assert world.requests("akooda.post") == 0


def test_a_dry_run_has_the_head_of_a_report_and_every_record(world):
    ended = world.crmsync("dry-run", "--format", "json")
    assert ended.code == 0
    assert set(ended.json) == HEAD
    assert set(ended.sync) == SYNC_KEYS | {"changes", "records"}
    assert set(ended.sync["changes"]) == ACTIONS
    assert sum(ended.sync["changes"].values()) == len(ended.sync["records"]) == world.live()


def test_each_record_of_a_dry_run_says_what_would_be_sent_and_why_not(world):
    records = world.crmsync("dry-run", "--format", "json").sync["records"]
    keys = {"id", "key", "action", "payload", "diff", "problems"}
    assert {frozenset(record) for record in records} == {frozenset(keys)}
    created = next(record for record in records if record["action"] == "create")
    assert created["payload"]["domain"] == created["key"]
    assert created["diff"]["domain"] == [None, created["key"]]
    problem = next(record for record in records if record["action"] == "skipped")["problems"][0]
    assert set(problem) == {"field", "code", "message", "severity"}


def test_a_dry_run_sends_nothing_needs_no_platform_credentials_and_leaves_no_ledger(world):
    del world.env["AKOODA_TENANT_ID"], world.env["AKOODA_API_KEY"]
    ended = world.crmsync("dry-run", "--exit-code")
    assert ended.code == 4
    assert world.requests("akooda.post") == 0
    assert [path.name for path in world.folder.iterdir()] == ["config.toml"]


def test_what_a_dry_run_promises_is_what_the_platform_holds_after_the_run(world):
    records = world.crmsync("dry-run", "--json").sync["records"]
    assert world.run().code == 0
    promised = {one["key"]: one["payload"] for one in records if one["action"] == "create"}
    held = world.held()
    assert held.keys() == promised.keys()
    assert {key: _properties(entity) for key, entity in held.items()} == {
        key: _properties(payload) for key, payload in promised.items()
    }


def test_a_report_has_the_keys_of_the_contract(ran):
    _, ended = ran
    assert set(ended.json) == HEAD
    assert set(ended.sync) == SYNC_KEYS
    assert set(ended.sync["counts"]) == OUTCOMES | {"source_total", "read"}


def test_the_first_run_balances_and_agrees_with_both_sides(ran):
    world, ended = ran
    counts = ended.sync["counts"]
    assert (ended.code, ended.sync["status"], ended.sync["balanced"]) == (0, "succeeded", True)
    assert counts["read"] == counts["source_total"] == world.live()
    assert counts["read"] == sum(counts[outcome] for outcome in OUTCOMES)
    assert counts["unverified"] == len(world.held())
    assert ended.sync["destination_requests"] == world.requests("akooda.post") == 1
    assert ended.sync["bytes_sent"] == world.ask("/requests")["bytes_in"]["akooda"]


def test_companies_without_a_domain_are_skipped_with_a_reason_and_exit_code_0(ran):
    world, ended = ran
    assert ended.code == 0
    skipped = [
        record["problems"][0]
        for record in world.crmsync("dry-run", "--full", "--json").sync["records"]
        if record["action"] == "skipped"
    ]
    assert len(skipped) == ended.sync["counts"]["skipped"] > 0
    assert {problem["code"] for problem in skipped} == {"MISSING_DOMAIN"}


def test_a_second_run_asks_nothing_of_the_platform(ran):
    world, _ = ran
    again = world.run()
    assert (again.code, again.sync["balanced"]) == (0, True)
    assert again.sync["destination_requests"] == again.sync["bytes_sent"] == 0
    assert again.sync["source_requests"] <= 5
    assert world.requests("akooda.post") == 1


def test_a_full_run_of_unchanged_companies_sends_nothing(ran):
    world, first = ran
    again = world.run("--full")
    assert again.code == 0
    before = first.sync["counts"]
    assert again.sync["counts"]["unchanged"] == before["unverified"] + before["merged"]
    assert again.sync["destination_requests"] == 0


def test_a_sample_is_sent_and_the_cursor_stays_where_it_was(world):
    sample = world.run("--limit", "10")
    assert (sample.code, sample.sync["counts"]["read"]) == (0, 10)
    assert sample.sync["cursor"] is None
    assert world.run().sync["counts"]["read"] == world.live()


def _properties(entity):
    """Without the roles of owners, which the platform spells its own way."""
    properties = present(entity["properties"])
    return properties | {"owners": set(properties.get("owners", ()))}
