"""Two CRMs that know the same company feed one platform: one organization comes of it."""

from __future__ import annotations

import pytest

from tests.e2e.crms import ACCOUNTS, COMPANIES, DEALS, KINDS, SMALL, CrmWorld, Kind

SHARED = "shared-company.se"
PHONE = "+46 8 123 45 67"


@pytest.fixture
def world_of(sandbox_at, tmp_path, warm):
    """Gives a world with these kinds, in the order of the configuration."""

    def make(*kinds):
        world = CrmWorld(sandbox_at(*SMALL), tmp_path, warm, *kinds)
        world.ask("/reset", {})
        world.configure(sync='on_delete = "disable"')
        return world

    return make


def _company(world):
    own = {"name": "Shared by HubSpot", "domain": SHARED, "city": "Lund", "country": "Sweden"}
    (created,) = world.act("create", COMPANIES, properties=own)
    return created


def _account(world):
    own = {"Name": "Shared by Salesforce", "Website": f"https://www.{SHARED}", "Phone": PHONE}
    (created,) = world.act("create", ACCOUNTS, fields=own)
    return created


def _run(world, *arguments):
    ended = world.run(*arguments)
    assert ended.code == 0, ended.err
    assert all(sync["balanced"] for sync in ended.json["syncs"])
    return world.held()[SHARED]["properties"]


@pytest.mark.fault(41)
def test_the_source_that_is_configured_first_wins_whichever_side_changes_or_leaves(world_of):
    world = world_of(COMPANIES, ACCOUNTS)
    company, account = _company(world), _account(world)
    first = _run(world)
    assert (first["objectSource"], first["displayName"]) == ("HUBSPOT", "Shared by HubSpot")
    assert (first["location"], first["phone"]) == ("Lund, Sweden", PHONE)  # one of each
    world.act("set", ACCOUNTS, id=account, fields={"Phone": "+46 8 765 43 21"})
    second = _run(world)
    assert second["modifiedAt"] >= first["modifiedAt"]  # Salesforce stamps whole seconds
    changed = {"phone": "+46 8 765 43 21", "modifiedAt": second["modifiedAt"]}
    assert second == first | changed
    world.act("set", COMPANIES, id=company, properties={"city": "Kiruna"})
    third = _run(world, "--source", "hubspot")  # the other side is not even read
    changed = {"location": "Kiruna, Sweden", "modifiedAt": third["modifiedAt"]}
    assert third == second | changed
    world.act("archive", COMPANIES, ids=[company])
    left = _run(world)
    assert (left["objectSource"], left["displayName"]) == ("SALESFORCE", "Shared by Salesforce")
    assert "location" not in left
    assert world.held()[SHARED]["isEnabled"] is True
    world.act("delete", ACCOUNTS, ids=[account])
    _run(world)
    assert world.held()[SHARED]["isEnabled"] is False


def test_the_other_one_wins_in_a_configuration_that_has_it_first(world_of):
    world = world_of(ACCOUNTS, COMPANIES)
    _company(world)
    _account(world)
    held = _run(world)
    assert (held["objectSource"], held["displayName"]) == ("SALESFORCE", "Shared by Salesforce")
    assert held["location"] == "Lund, Sweden"


def test_a_company_wins_over_a_deal_that_is_configured_first_and_changed_last(world_of):
    world = world_of(DEALS, ACCOUNTS)
    account = _account(world)
    person = {"name": "Jo", "emails": [{"value": f"jo@{SHARED}", "primary": True}]}
    (jo,) = world.act("create", Kind("pipedrive", "persons"), properties=person)
    deal = {"title": "Shared", "status": "won", "person_id": jo, "value": 5}
    (sold,) = world.act("create", DEALS, properties=deal)
    first = _run(world)
    assert (first["objectSource"], first["objectId"]) == ("SALESFORCE", account)
    assert first["stage"] == "CLOSED_WON"  # the account has none
    world.act("set", DEALS, id=sold, properties={"status": "lost"})
    second = _run(world, "--source", "pipedrive")
    assert (second["objectSource"], second["stage"]) == ("SALESFORCE", "CLOSED_LOST")
    assert second["modifiedAt"] >= first["modifiedAt"]  # Salesforce stamps whole seconds


@pytest.mark.invariant(27)
def test_every_crm_at_once_gives_the_same_platform_in_one_run_and_in_several(world_of):
    world = world_of(*KINDS)
    for source in ("pipedrive", "salesforce", "hubspot"):
        assert world.run("--source", source).code == 0
    held = world.held()
    assert len(held) > 100
    assert held == world.held_after_a_fresh_run()
