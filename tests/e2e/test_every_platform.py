"""Every object of every CRM to Akita and Data Talks: checked, looked at, sent, changed, sent again.

One configuration brings the companies of all CRMs to both platforms, another one the deals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import pytest

from crmsync.cli.output.simulated import simulated_config
from crmsync.receipts import Outcome
from crmsync.sandbox.options import SandboxOptions
from tests.e2e.canaries import LITERAL
from tests.e2e.crms import (
    ACCOUNTS,
    COMPANIES,
    DEALS,
    HUBSPOT_DEALS,
    OPPORTUNITIES,
    ORGANIZATIONS,
    asked,
    reports,
)
from tests.e2e.platforms import AKITA, DATATALKS, FEW, PlatformWorld, Way
from tests.e2e.world import Ended

TOGETHER = (
    tuple(Way(k, p) for k in (COMPANIES, ACCOUNTS, ORGANIZATIONS) for p in (AKITA, DATATALKS)),
    tuple(Way(kind, DATATALKS) for kind in (HUBSPOT_DEALS, OPPORTUNITIES, DEALS)),
)
"""What is one configuration. A deal shows its company, whose changes do not move its date."""


@pytest.fixture(scope="module")
def story_of(sandbox_at, tmp_path_factory, warm) -> Callable[[Way], SimpleNamespace]:
    """Gives the story of a way; it happens once."""

    @cache
    def told(ways: tuple[Way, ...]) -> SimpleNamespace:
        folder = tmp_path_factory.mktemp("every-platform")
        return _story(PlatformWorld(sandbox_at(*FEW), folder, warm, *ways))

    return lambda way: told(next(ways for ways in TOGETHER if way in ways))


def _story(world: PlatformWorld) -> SimpleNamespace:
    """A first run, one without changes, one with some, and what the platforms held then."""
    world.reset()
    told = SimpleNamespace(check=world.crmsync("check", "--json"))
    told.preview = world.crmsync("dry-run", "--format", "json")
    told.asked_too_early = world.tally()
    told.first, told.first_held = world.run(), world.everything()
    told.first_tally = world.tally()
    told.second = world.run()
    for kind in world.kinds:
        world.act("change", kind, count=3, seed=5)
        world.act(kind.leave, kind, count=2, seed=9)
    told.third, told.third_held = world.run(), world.everything()
    told.fresh = world.everything_after_a_fresh_run()
    return told


@pytest.fixture(params=[way for ways in TOGETHER for way in ways], ids=lambda way: way.sync)
def way(request) -> Way:
    """Each object of each CRM to each platform that has a preset for it."""
    each: Way = request.param
    return each


@pytest.fixture
def story(story_of, way) -> SimpleNamespace:
    """The story that the way is in."""
    happened: SimpleNamespace = story_of(way)
    return happened


def _keys(story: SimpleNamespace, way: Way) -> set[str]:
    records = reports(story.preview)[way.sync]["records"]
    return {one["key"] for one in records if one["action"] == "create"}


def test_check_and_dry_run_ask_nothing_of_the_platform(story, way):
    names = {check["name"] for check in story.check.json["checks"]}
    assert (story.check.code, story.preview.code) == (0, 0)
    assert f"syncs.{way.sync}" in names
    assert asked(story.asked_too_early, way.platform.name) == 0


def test_the_first_run_balances_and_brings_what_the_dry_run_promised(story, way):
    report = reports(story.first)[way.sync]
    counts = report["counts"]
    assert (story.first.code, report["balanced"], report["owed"]) == (0, True, 0)
    assert counts["read"] == sum(counts[str(outcome)] for outcome in Outcome)
    assert counts["accepted"] == report["destination_requests"] == len(_keys(story, way))
    assert counts["accepted"] > 8
    assert _keys(story, way) <= story.first_held[way.platform].keys()


def test_the_reports_count_the_requests_as_the_platform_does(story, way):
    counted = _sent(story.first, way)
    assert counted == asked(story.first_tally, way.platform.name)
    assert counted == len(story.first_held[way.platform])


def _sent(ended: Ended, way: Way) -> int:
    """Requests to the platform, by the reports of all syncs that feed it."""
    syncs = [one for one in ended.json["syncs"] if one["destination"] == way.platform.name]
    return sum(one["destination_requests"] for one in syncs)


def test_a_run_without_changes_sends_nothing(story, way):
    report = reports(story.second)[way.sync]
    assert (story.second.code, report["balanced"]) == (0, True)
    assert (report["destination_requests"], report["bytes_sent"]) == (0, 0)


def test_a_run_after_changes_sends_what_came_out_different_and_no_more(story, way):
    report = reports(story.third)[way.sync]
    before, after = story.first_held[way.platform], story.third_held[way.platform]
    different = [key for key in after if after[key] != before.get(key)]
    assert (story.third.code, report["balanced"], report["owed"]) == (0, True, 0)
    assert _sent(story.third, way) == len(different) > 0


def test_the_platform_then_equals_one_that_began_empty(story, way):
    held, fresh = dict(story.third_held[way.platform]), story.fresh[way.platform]
    gone = {key: held.pop(key) for key in held.keys() - fresh.keys()}
    assert held == fresh
    assert gone
    if way.platform is AKITA:
        assert all(account["is_tracked"] is False for account in gone.values())


def test_the_configuration_that_the_sandbox_prints_runs_as_it_is(sandbox_at, tmp_path, warm):
    world = PlatformWorld(sandbox_at(*FEW, *LITERAL), tmp_path, warm, Way(COMPANIES, AKITA))
    world.reset()
    printed = simulated_config(world.url, SandboxOptions())
    (tmp_path / "config.toml").write_text(printed, encoding="utf-8")
    chosen = [f"--destination={name}" for name in ("akooda", "akita", "datatalks")]
    ended = world.run(*chosen)
    assert ended.code == 0
    assert len(ended.json["syncs"]) == 15
    assert all(sync["balanced"] for sync in ended.json["syncs"])
