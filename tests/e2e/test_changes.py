"""The CRM changes between runs; the platform ends as after a fresh run."""

from __future__ import annotations

import time

import pytest

from tests.e2e.world import until


@pytest.fixture
def ran(world):
    world.configure(sync='on_delete = "disable"')
    assert world.run().code == 0
    return world


def test_exactly_the_changed_companies_are_sent(ran):
    changed = ran.change(3)
    ended = ran.run()
    assert (ended.code, ended.sync["counts"]["unverified"]) == (0, len(changed))
    assert ran.held() == ran.held_after_a_fresh_run()


def test_a_new_company_arrives(ran):
    held = len(ran.held())
    ran.ask("/hubspot/create", {"properties": {"name": "Nordlicht", "domain": "nordlicht.de"}})
    assert ran.run().code == 0
    assert len(ran.held()) == held + 1
    assert ran.held() == ran.held_after_a_fresh_run()


def test_a_field_emptied_in_the_crm_is_emptied_at_the_platform(ran):
    (changed,) = ran.change(1)
    domain = ran.ask(f"/hubspot/companies/{changed}")["domain"]
    nothing = {"phone": "", "city": None, "state": None, "country": None}
    ran.ask("/hubspot/set", {"id": changed, "properties": nothing})
    assert ran.run().code == 0
    assert "location" not in ran.held()[domain]["properties"]
    assert ran.held() == ran.held_after_a_fresh_run()


def test_a_company_that_gets_another_domain_leaves_the_old_one_disabled(ran):
    (moved,) = ran.change(1)
    before = ran.ask(f"/hubspot/companies/{moved}")["domain"]
    ran.ask("/hubspot/set", {"id": moved, "properties": {"domain": "moved-away.example.com"}})
    assert ran.run().code == 0
    held = ran.held()
    assert held.pop(before)["isEnabled"] is False
    assert held == ran.held_after_a_fresh_run()


def test_what_is_archived_is_disabled_and_all_else_is_as_after_a_fresh_run(ran):
    gone = _domains(ran, ran.ask("/hubspot/archive", {"count": 4, "seed": 2})["ids"])
    assert ran.run().code == 0
    held = ran.held()
    assert [held.pop(domain)["isEnabled"] for domain in gone] == [False] * 4
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


def test_a_restored_company_is_enabled_again(ran):
    gone = ran.ask("/hubspot/archive", {"count": 2, "seed": 3})["ids"]
    assert ran.run().code == 0
    ran.ask("/hubspot/restore", {"ids": gone})
    assert ran.run().code == 0
    assert ran.held() == ran.held_after_a_fresh_run()


def test_a_company_that_was_merged_away_is_disabled(ran):
    winner, loser = ran.change(2, seed=4)
    (gone,) = _domains(ran, [loser])
    ran.ask("/hubspot/merge", {"winner": winner, "loser": loser})
    assert ran.run().code == 0
    held = ran.held()
    assert held.pop(gone)["isEnabled"] is False
    assert held == ran.held_after_a_fresh_run()


def test_one_of_two_companies_with_one_domain_takes_its_values_with_it(ran):
    (kept,) = ran.change(1, seed=6)
    (domain,) = _domains(ran, [kept])
    twin = {"name": "Twin", "domain": domain, "description": "Only the twin says this"}
    (created,) = ran.ask("/hubspot/create", {"properties": twin})["ids"]
    assert ran.run().code == 0
    ran.ask("/hubspot/archive", {"ids": [created]})
    assert ran.run().code == 0
    assert ran.held() == ran.held_after_a_fresh_run()


def test_a_change_that_the_search_sees_late_is_not_lost(world_with):
    slow = world_with("--search-lag-s", "2.5")
    assert slow.run().code == 0
    slow.change(1, seed=8)
    changed_at = time.monotonic()
    assert slow.run().sync["counts"]["unverified"] == 0  # not to be seen yet
    until(lambda: time.monotonic() - changed_at > 2.5)
    assert slow.run().sync["counts"]["unverified"] == 1
    assert slow.held() == slow.held_after_a_fresh_run()


def test_absent_and_null_properties_give_the_same_platform(world_with):
    platforms = []
    for empties in ("null", "absent"):
        world = world_with("--empties", empties)
        (world.folder / "crmsync.db").unlink(missing_ok=True)
        assert world.run().code == 0
        world.change(5)
        assert world.run().code == 0
        platforms.append(_timeless(world.held()))
    assert platforms[0] == platforms[1]


def _domains(world, ids):
    return [world.ask(f"/hubspot/companies/{one}")["domain"] for one in ids]


def _timeless(held):
    """Without the time of modification: two worlds change at two times."""
    for entity in held.values():
        entity["properties"].pop("modifiedAt", None)
    return held
