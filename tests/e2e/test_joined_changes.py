"""Changes that move no date of the record, and records that come back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.e2e.crms import (
    ACCOUNTS,
    COMPANIES,
    DEALS,
    HUBSPOT_DEALS,
    OPPORTUNITIES,
    ORGANIZATIONS,
    SMALL,
    CrmWorld,
    Kind,
    reports,
)

MOVED = "elsewhere.se"
"""The domain that the joined change brings about."""


def _associate(world: CrmWorld) -> None:
    """One deal gets another company, one is left without any."""
    first, second = world.act("touch", HUBSPOT_DEALS, count=2, seed=3, at="2026-01-02T00:00:00Z")
    moved = {"name": "Elsewhere", "domain": MOVED}
    (company,) = world.act("create", COMPANIES, properties=moved)
    world.act("associate", HUBSPOT_DEALS, id=first, companies=[company])
    world.act("associate", HUBSPOT_DEALS, id=second, companies=[])


def _move_account(world: CrmWorld) -> None:
    """The account that most opportunities hang on has another website."""
    (deal,) = world.act("touch", OPPORTUNITIES, count=1, seed=3, at="2026-01-02T00:00:00Z")
    account = world.record(deal, OPPORTUNITIES)["AccountId"]
    world.act("set", ACCOUNTS, id=account, fields={"Website": MOVED})


def _move_person(world: CrmWorld) -> None:
    """A deal's person has another address, and its organization another name."""
    (deal,) = world.act("touch", DEALS, count=1, seed=3, at="2026-01-02T00:00:00Z")
    record = world.record(deal, DEALS)
    email = {"value": f"jo@{MOVED}", "primary": True, "label": "work"}
    person, organization = Kind("pipedrive", "persons"), {"name": "Another Name"}
    world.act("set", person, id=record["person_id"], properties={"emails": [email]})
    world.act("set", ORGANIZATIONS, id=record["org_id"], properties=organization)


WATCHED = (HUBSPOT_DEALS, OPPORTUNITIES, DEALS)


@pytest.fixture(scope="module")
def story(sandbox_at, tmp_path_factory, warm) -> SimpleNamespace:
    """Records leave and what others are joined to changes; a run; they come back; a full pass."""
    platforms = [sandbox_at("--seed", str(number)) for number, _ in enumerate(WATCHED, 2)]
    folder = tmp_path_factory.mktemp("joined")
    world = CrmWorld(sandbox_at(*SMALL), folder, warm, *WATCHED, platforms=platforms)
    world.reset()
    world.configure(sync='on_delete = "disable"')
    assert world.run().code == 0
    left = {kind: world.act(kind.leave, kind, count=15, seed=9) for kind in WATCHED}
    for change in (_associate, _move_account, _move_person):
        change(world)
    told = SimpleNamespace(second=world.run(), second_held=world.all_held())
    for kind, ids in left.items():
        world.act("undelete" if kind == OPPORTUNITIES else "restore", kind, ids=ids)
    told.whole, told.held = world.run("--full"), world.all_held()
    told.fresh = world.all_held_after_a_fresh_run()
    return told


@pytest.mark.parametrize("kind", WATCHED, ids=lambda kind: kind.sync)
def test_what_moves_no_date_is_found_by_a_full_pass_alone(story, kind):
    assert story.second.code == 0
    assert MOVED not in story.second_held[kind]
    assert MOVED in story.held[kind]


@pytest.mark.parametrize("kind", WATCHED, ids=lambda kind: kind.sync)
def test_after_a_full_pass_the_platform_equals_a_fresh_one(story, kind):
    report, held = reports(story.whole)[kind.sync], dict(story.held[kind])
    assert (story.whole.code, report["balanced"]) == (0, True)
    gone = held.keys() - story.fresh[kind].keys()
    assert all(held.pop(key)["isEnabled"] is False for key in gone)
    assert held == story.fresh[kind]


@pytest.mark.parametrize("kind", WATCHED, ids=lambda kind: kind.sync)
def test_what_came_back_is_enabled_again(story, kind):
    before, after = story.second_held[kind], story.held[kind]
    disabled = {key for key, entity in before.items() if entity["isEnabled"] is False}
    assert disabled & story.fresh[kind].keys()
    assert all(after[key]["isEnabled"] is True for key in disabled & story.fresh[kind].keys())


@pytest.fixture
def accounts(sandbox_at, tmp_path, warm) -> CrmWorld:
    """Salesforce's accounts alone."""
    world = CrmWorld(sandbox_at(*SMALL), tmp_path, warm, ACCOUNTS)
    world.reset()
    world.configure(sync='on_delete = "disable"')
    return world


def test_what_left_the_recycle_bin_before_a_run_saw_it_is_found_by_a_full_pass(accounts):
    assert accounts.run().code == 0
    before = accounts.held()
    gone = accounts.act("delete", count=3, seed=9)
    accounts.act("purge")
    assert accounts.run().sync["destination_requests"] == 0
    whole, held = accounts.run("--full"), accounts.held()
    assert (whole.code, whole.sync["balanced"]) == (0, True)
    left = {key for key, entity in held.items() if entity["isEnabled"] is False}
    assert {before[key]["properties"]["objectId"] for key in left} == set(gone)


def test_person_accounts_are_filtered_unless_they_are_asked_for(accounts):
    dry = accounts.crmsync("dry-run", "--format", "json").sync["records"]
    filtered = [one["id"] for one in dry if one["action"] == "filtered"]
    assert filtered
    assert all(accounts.record(one)["IsPersonAccount"] is True for one in filtered)
    accounts.configure(sync="person_accounts = true")
    dry = accounts.crmsync("dry-run", "--format", "json").sync
    assert dry["changes"]["filtered"] == 0


@pytest.mark.parametrize("kind", [COMPANIES, HUBSPOT_DEALS], ids=lambda kind: kind.sync)
def test_a_merge_whose_survivor_was_archived_at_once_leaves_nothing_behind(
    sandbox_at, tmp_path, warm, kind
):
    world = CrmWorld(sandbox_at(*SMALL), tmp_path, warm, kind)
    world.reset()
    world.configure(sync='on_delete = "disable"')
    assert world.run().code == 0
    winner, loser = world.act("touch", count=2, seed=5)
    world.act("archive", ids=world.act("merge", winner=winner, loser=loser))
    assert world.run().code == 0
    held, fresh = world.held(), world.held_after_a_fresh_run()
    assert all(held.pop(key)["isEnabled"] is False for key in held.keys() - fresh.keys())
    assert held == fresh
