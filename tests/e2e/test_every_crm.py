"""Every object of every CRM: checked, looked at, sent, changed, deleted, merged, sent again.

One configuration reads the companies of all CRMs, another one the deals, each object into a
platform of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import pytest

from crmsync.receipts import Outcome
from tests.e2e.crms import (
    ACCOUNTS,
    COMPANIES,
    DEALS,
    HUBSPOT_DEALS,
    KINDS,
    OPPORTUNITIES,
    ORGANIZATIONS,
    SMALL,
    CrmWorld,
    Kind,
    asked,
    reports,
)

TOGETHER = ((COMPANIES, ACCOUNTS, ORGANIZATIONS), (HUBSPOT_DEALS, OPPORTUNITIES, DEALS))
"""What is read by one configuration. A deal shows its company, whose changes do not move its
date: those of both at once are in test_joined_changes."""


@pytest.fixture(scope="module")
def story_of(sandbox_at, tmp_path_factory, warm) -> Callable[[Kind], SimpleNamespace]:
    """Gives the story of an object; it happens once."""

    @cache
    def told(kinds: tuple[Kind, ...]) -> SimpleNamespace:
        platforms = [sandbox_at("--seed", str(number)) for number, _ in enumerate(kinds, 2)]
        folder = tmp_path_factory.mktemp("every-crm")
        url = sandbox_at(*SMALL)
        return _story(CrmWorld(url, folder, warm, *kinds, platforms=platforms))

    return lambda kind: told(next(kinds for kinds in TOGETHER if kind in kinds))


def _story(world: CrmWorld) -> SimpleNamespace:
    """A first run, changes, a second and a third one, and what the platforms held after each."""
    world.reset()
    world.configure(sync='on_delete = "disable"')
    told = SimpleNamespace(world=world, check=world.crmsync("check", "--json"))
    told.preview = world.crmsync("dry-run", "--format", "json")
    told.platforms_asked = world.platforms_asked()
    world.tally()
    told.first, told.first_held = world.run(), world.all_held()
    told.first_tally, told.first_counts = world.tally(), _counts(world)
    told.happened = {kind: _happen(world, kind) for kind in world.kinds}
    told.second_counts = _counts(world)
    told.second, told.second_held = world.run(), world.all_held()
    told.third = world.run()
    told.fresh = world.all_held_after_a_fresh_run()
    return told


def _counts(world: CrmWorld) -> dict[Kind, dict[str, int]]:
    return {kind: world.count(kind) for kind in world.kinds}


def _happen(world: CrmWorld, kind: Kind) -> tuple[set[str], set[str]]:
    """What people do in a CRM between two runs; gives the ids that changed, and that left."""
    winner, loser, *changed = map(str, world.act("change", kind, count=6, seed=5))
    left = set(map(str, world.act(kind.leave, kind, count=9, seed=9)))
    if kind.merges and not left & {winner, loser}:
        (winner,) = map(str, world.act("merge", kind, winner=winner, loser=loser))
        left.add(loser)
    if kind == DEALS:
        changed += map(str, world.act("archive", kind, count=2, seed=31))
    return {winner, loser, *changed} - left, left


@pytest.fixture(params=KINDS, ids=lambda kind: kind.sync)
def kind(request) -> Kind:
    """Each object of each CRM."""
    each: Kind = request.param
    return each


@pytest.fixture
def story(story_of, kind) -> SimpleNamespace:
    """The story that the object is in."""
    happened: SimpleNamespace = story_of(kind)
    return happened


def test_check_passes_and_asks_nothing_of_the_platform(story, kind):
    checks = story.check.json["checks"]
    assert story.check.code == 0
    assert all(check["passed"] for check in checks)
    assert f"syncs.{kind.sync}" in {check["name"] for check in checks}
    assert story.platforms_asked == 0  # nor did the dry-run


def test_a_dry_run_promises_what_the_run_makes_of_the_platform(story, kind):
    records = reports(story.preview)[kind.sync]["records"]
    promised = {one["key"] for one in records if one["action"] == "create"}
    assert story.preview.code == 0
    assert promised == story.first_held[kind].keys()
    assert len(records) == reports(story.first)[kind.sync]["counts"]["read"]


def test_the_first_run_balances_and_agrees_with_the_crms_own_count(story, kind):
    report, known = reports(story.first)[kind.sync], story.first_counts[kind]
    counts = report["counts"]
    assert (story.first.code, report["balanced"], report["quarantined"]) == (0, True, 0)
    assert counts["read"] == sum(counts[str(outcome)] for outcome in Outcome)
    assert counts["read"] == known["live"] + _gone(kind, known)
    assert counts["source_total"] == (known["live"] if kind.counted else None)
    assert counts["unverified"] == len(story.first_held[kind])
    assert report["destination_requests"] == 1


def _gone(kind, known):
    """How many a read finds beside the live ones where it asks for what left, too."""
    if kind == ORGANIZATIONS:
        return 0
    return known.get("archived", 0) + known.get("deleted", 0)


def test_the_reports_count_the_requests_as_the_crm_does(story, kind):
    counted = reports(story.first)[kind.sync]["source_requests"]
    assert counted == asked(story.first_tally, kind.source)


def test_the_second_run_balances_and_reads_little_more_than_changed_or_left(story, kind):
    report, known = reports(story.second)[kind.sync], story.second_counts[kind]
    counts, (changed, _) = report["counts"], story.happened[kind]
    assert (story.second.code, report["balanced"]) == (0, True)
    if kind == ORGANIZATIONS:  # a list without deletions is read as a whole
        assert counts["read"] == known["live"]
        return
    live = counts["read"] - _gone(kind, known) + (known["archived"] if kind == DEALS else 0)
    assert counts["source_total"] == (live if kind.counted else None)
    assert len(changed) <= live <= len(changed) + 6  # a merge and a delete touch others


def test_the_platform_then_equals_a_fresh_one_and_what_left_is_disabled(story, kind):
    held, fresh = dict(story.second_held[kind]), story.fresh[kind]
    gone = held.keys() - fresh.keys()
    assert gone
    assert all(held.pop(key)["isEnabled"] is False for key in gone)
    assert held == fresh
    assert held.keys() | gone == story.first_held[kind].keys() | fresh.keys()


def test_a_third_run_sends_nothing_and_balances(story, kind):
    report = reports(story.third)[kind.sync]
    assert (story.third.code, report["balanced"]) == (0, True)
    assert (report["destination_requests"], report["bytes_sent"]) == (0, 0)


def test_fields_lists_the_crms_own_fields_with_their_labels_and_types(story, kind):
    ended = story.world.crmsync("fields", kind.source, kind.object, "--json")
    assert ended.code == 0
    fields = ended.json["fields"]
    assert len({field["name"] for field in fields}) == len(fields) > 20
    assert len({field["type"] for field in fields}) > 4
    assert all(field["label"] for field in fields)
    assert any(field["custom"] for field in fields)
    assert any(field["options"] for field in fields)
