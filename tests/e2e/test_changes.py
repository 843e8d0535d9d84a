"""The CRM changes between runs; the platform ends as after a fresh run."""

from __future__ import annotations

import pytest


@pytest.fixture
def ran(world):
    world.configure(sync='on_delete = "disable"')
    assert world.run().code == 0
    return world


def test_exactly_what_was_changed_and_created_is_sent(ran):
    changed = ran.change(3)
    ran.ask("/hubspot/create", {"properties": {"name": "Nordlicht", "domain": "nordlicht.de"}})
    ended = ran.run()
    assert (ended.code, ended.sync["counts"]["unverified"]) == (0, len(changed) + 1)
    assert ran.held() == ran.held_after_a_fresh_run()


def test_a_field_emptied_in_the_crm_is_emptied_at_the_platform(ran):
    (changed,) = ran.change(1)
    (domain,) = _domains(ran, [changed])
    nothing = {"phone": "", "city": None, "state": None, "country": None}
    ran.ask("/hubspot/set", {"id": changed, "properties": nothing})
    assert ran.run().code == 0
    assert "location" not in ran.held()[domain]["properties"]
    assert ran.held() == ran.held_after_a_fresh_run()


@pytest.mark.fault(40)
@pytest.mark.invariant(4)
def test_what_left_the_crm_is_disabled_and_all_else_is_as_after_a_fresh_run(ran):
    archived = ran.ask("/hubspot/archive", {"count": 4, "seed": 2})["ids"]
    winner, loser, moved = ran.change(3, seed=4)
    gone = _domains(ran, [*archived, loser, moved])
    ran.ask("/hubspot/merge", {"winner": winner, "loser": loser})
    ran.ask("/hubspot/set", {"id": moved, "properties": {"domain": "moved-away.example.com"}})
    assert ran.run().code == 0
    held = ran.held()
    assert [held.pop(domain)["isEnabled"] for domain in gone] == [False] * len(gone)
    assert held == ran.held_after_a_fresh_run()


def test_what_is_archived_stays_as_it_was_where_deletes_are_ignored(ran):
    ran.configure(sync='on_delete = "ignore"')
    before = ran.held()
    gone = _domains(ran, ran.ask("/hubspot/archive", {"count": 4, "seed": 2})["ids"])
    ran.change(3, seed=5)
    assert ran.run().code == 0
    held = ran.held()
    assert {domain: held.pop(domain) for domain in gone} == {d: before[d] for d in gone}
    assert held == ran.held_after_a_fresh_run()


def test_what_comes_and_goes_leaves_no_trace(ran):
    gone = ran.ask("/hubspot/archive", {"count": 2, "seed": 3})["ids"]
    (kept,) = ran.change(1, seed=6)
    (domain,) = _domains(ran, [kept])
    twin = {"name": "Twin", "domain": domain, "description": "Only the twin says this"}
    (created,) = ran.ask("/hubspot/create", {"properties": twin})["ids"]
    assert ran.run().code == 0
    ran.ask("/hubspot/restore", {"ids": gone})
    ran.ask("/hubspot/archive", {"ids": [created]})
    assert ran.run().code == 0
    assert ran.held() == ran.held_after_a_fresh_run()


@pytest.mark.fault(27)
@pytest.mark.invariant(2)
def test_a_change_that_the_search_sees_late_is_not_lost(world_with):
    slow = world_with("--search-lag-s", "600")
    assert slow.run().code == 0
    slow.change(1, seed=8)
    assert slow.run().sync["counts"]["unverified"] == 0  # not to be seen yet
    slow.ask("/hubspot/catch_up", {})
    assert slow.run().sync["counts"]["unverified"] == 1
    assert slow.held() == slow.held_after_a_fresh_run()


def test_absent_and_null_properties_give_the_same_platform(world_with, undisturbed):
    world = world_with("--empties", "absent")
    assert world.run().code == 0
    assert world.held() == undisturbed
    (changed,) = world.change(1)
    world.ask("/hubspot/set", {"id": changed, "properties": {"phone": None}})
    assert world.run().sync["counts"]["unverified"] == 1
    assert world.held() == world.held_after_a_fresh_run()


def _domains(world, ids):
    return [world.ask(f"/hubspot/companies/{one}")["domain"] for one in ids]
