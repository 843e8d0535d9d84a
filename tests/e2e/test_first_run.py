"""The first day: check, look, run, run again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from crmsync.receipts import Outcome
from tests.e2e.world import World, present

HEAD = {"run_id", "exit_code", "started_at", "finished_at", "syncs"}
SYNC_KEYS = {
    *("sync", "source", "object", "destination", "status", "error", "balanced", "counts"),
    *("warnings", "owed", "quarantined", "source_requests", "destination_requests", "retries"),
    *("rate_limited", "bytes_sent", "duration_s", "cursor", "notes", "exit_code"),
    *("guard", "allowed"),
}
OUTCOMES = {str(outcome) for outcome in Outcome}
ACTIONS = {"create", "change", "unchanged", "merged", "filtered", "skipped", "invalid"}


@pytest.fixture(scope="module")
def day(undisturbed, sandbox_at, tmp_path_factory, warm) -> SimpleNamespace:
    """A first day, command by command, with what the simulators saw after each."""
    world = World(sandbox_at(), tmp_path_factory.mktemp("first"), warm)
    world.ask("/reset", {})
    check = world.crmsync("check", "--json")
    preview = world.crmsync("dry-run", "--format", "json")
    posts = world.requests("akooda.post")
    first = world.run()
    seen = world.ask("/requests")
    return SimpleNamespace(
        check=check,
        preview=preview,
        posts_before=posts,
        first=first,
        seen=seen,
        held=world.held(),
        live=world.live(),
        second=world.run(),
        whole=world.run("--full"),
        posts=world.requests("akooda.post"),
    )


def test_check_passes_and_says_what_it_cannot_verify(day):
    assert day.check.code == 0
    assert all(check["passed"] for check in day.check.json["checks"])
    assert any("not verified" in check["message"] for check in day.check.json["checks"])


def test_check_and_dry_run_send_nothing_to_the_platform(day):
    assert day.posts_before == 0


def test_a_dry_run_has_the_head_of_a_report_and_every_record(day):
    sync = day.preview.sync
    assert day.preview.code == 0
    assert set(day.preview.json) == HEAD
    assert set(sync) == SYNC_KEYS | {"changes", "records"}
    assert set(sync["changes"]) == ACTIONS
    assert sum(sync["changes"].values()) == len(sync["records"]) == day.live


def test_each_record_of_a_dry_run_says_what_would_be_sent_and_why_not(day):
    records = day.preview.sync["records"]
    keys = {"id", "key", "action", "payload", "diff", "problems"}
    assert {frozenset(record) for record in records} == {frozenset(keys)}
    created = next(record for record in records if record["action"] == "create")
    assert created["payload"]["domain"] == created["key"]
    assert created["diff"]["domain"] == [None, created["key"]]
    problem = next(record for record in records if record["action"] == "skipped")["problems"][0]
    assert set(problem) == {"field", "code", "message", "severity"}


def test_what_a_dry_run_promises_is_what_the_platform_holds_after_the_run(day):
    records = day.preview.sync["records"]
    promised = {one["key"]: one["payload"] for one in records if one["action"] == "create"}
    assert {key: _properties(entity) for key, entity in day.held.items()} == {
        key: _properties(payload) for key, payload in promised.items()
    }


def test_a_report_has_the_keys_of_the_contract(day):
    assert set(day.first.json) == HEAD
    assert set(day.first.sync) == SYNC_KEYS
    assert set(day.first.sync["counts"]) == OUTCOMES | {"source_total", "read"}


@pytest.mark.invariant(1)
def test_the_first_run_balances_and_agrees_with_both_sides(day):
    report, counts = day.first.sync, day.first.sync["counts"]
    assert (day.first.code, report["status"], report["balanced"]) == (0, "succeeded", True)
    assert counts["read"] == counts["source_total"] == day.live
    assert counts["read"] == sum(counts[outcome] for outcome in OUTCOMES)
    assert counts["unverified"] == len(day.held)
    assert report["destination_requests"] == day.seen["requests"]["akooda.post"] == 1
    assert report["bytes_sent"] == day.seen["bytes_in"]["akooda"]


def test_companies_without_a_domain_are_skipped_with_a_reason_and_exit_code_0(day):
    skipped = [one for one in day.preview.sync["records"] if one["action"] == "skipped"]
    assert day.first.code == 0
    assert len(skipped) == day.first.sync["counts"]["skipped"] > 0
    assert {one["problems"][0]["code"] for one in skipped} == {"MISSING_DOMAIN"}


@pytest.mark.invariant(5)
def test_a_second_run_asks_nothing_of_the_platform(day):
    assert (day.second.code, day.second.sync["balanced"]) == (0, True)
    assert day.second.sync["destination_requests"] == day.second.sync["bytes_sent"] == 0
    assert day.second.sync["source_requests"] <= 5
    assert day.posts == 1


@pytest.mark.invariant(5)
def test_a_full_run_of_unchanged_companies_sends_nothing(day):
    before = day.first.sync["counts"]
    assert day.whole.code == 0
    assert day.whole.sync["counts"]["unchanged"] == before["unverified"] + before["merged"]
    assert day.whole.sync["destination_requests"] == 0


def test_a_dry_run_needs_no_platform_credentials_and_leaves_no_ledger(world):
    del world.env["AKOODA_TENANT_ID"], world.env["AKOODA_API_KEY"]
    assert world.crmsync("dry-run", "--exit-code").code == 4
    assert [path.name for path in world.folder.iterdir()] == ["config.toml"]


def test_a_sample_is_sent_and_the_cursor_stays_where_it_was(world):
    sample = world.run("--limit", "10")
    assert (sample.code, sample.sync["counts"]["read"]) == (0, 10)
    assert sample.sync["cursor"] is None
    assert world.run().sync["counts"]["read"] == world.live()


def _properties(entity):
    """Without the roles of owners, which the platform spells its own way."""
    properties = present(entity["properties"])
    return properties | {"owners": set(properties.get("owners", ()))}
