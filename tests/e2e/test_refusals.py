"""What ends a run at once: credentials, a platform that is gone, answers that are none."""

from __future__ import annotations

import pytest


def test_a_wrong_token_ends_with_7(world_with):
    ended = world_with("--access-token", "another").run()
    assert (ended.code, ended.sync["status"]) == (7, "failed")
    assert "access_token" in ended.sync["error"]


@pytest.mark.fault(16)
def test_a_missing_scope_ends_with_7_and_is_named_by_run_and_check(world_with):
    world = world_with("--missing-scope", "crm.objects.companies.read")
    ended, checked = world.run(), world.crmsync("check")
    assert (ended.code, checked.code) == (7, 7)
    assert "crm.objects.companies.read" in ended.sync["error"]
    assert "crm.objects.companies.read" in checked.out


@pytest.mark.parametrize("option", ["--tenant-id", "--api-key"])
@pytest.mark.fault(48)
def test_wrong_credentials_of_the_platform_end_with_7_and_nothing_is_lost(world_with, option):
    world = world_with(option, "another")
    ended = world.run()
    assert (ended.code, ended.sync["counts"]["unverified"]) == (7, 0)
    assert ended.sync["owed"] == ended.sync["counts"]["pending"] > 0
    assert option.strip("-").replace("-", "_") in ended.sync["error"]


def test_a_variable_that_is_not_set_is_named(world):
    del world.env["HUBSPOT_ACCESS_TOKEN"]
    ended = world.crmsync("run")
    assert ended.code == 2
    assert "$HUBSPOT_ACCESS_TOKEN is not set" in ended.err + ended.out


@pytest.mark.fault(12)
def test_a_platform_that_is_down_ends_with_5_within_the_patience(world, nobody_listens):
    world.configure(akooda=nobody_listens, top='limits.retry_for = "0.5s"')
    ended = world.run()
    assert (ended.code, ended.sync["status"]) == (5, "temporary")
    assert ended.sync["counts"]["pending"] > 0
    assert ended.sync["duration_s"] < 30  # by itself it tries for many minutes


@pytest.mark.parametrize("fault", ["html", "cut", "short"])
@pytest.mark.fault(5, 19)
@pytest.mark.invariant(10)
def test_a_page_that_is_none_never_counts(world, fault):
    world.configure(top='limits.retry_for = "0.3s"')
    world.faults(hubspot=f"{fault}=1")
    ended = world.run()
    assert ended.code in {1, 5}
    assert world.requests("akooda.post") == 0


@pytest.mark.fault(3, 5)
@pytest.mark.invariant(2)
def test_a_page_that_is_cut_later_is_read_again_by_the_next_run(world, undisturbed):
    world.configure(top='limits.retry_for = "0.3s"')
    world.faults(hubspot="cut=1,skip=5")
    ended = world.run()
    assert ended.code in {1, 5}
    world.faults()
    assert world.run().code == 0
    assert world.held() == undisturbed


@pytest.mark.fault(66)
@pytest.mark.invariant(10)
def test_a_web_page_with_status_200_from_the_platform_is_no_acceptance(world):
    world.configure(top='limits.retry_for = "0.3s"')
    world.faults(akooda="html=1")
    ended = world.run()
    assert ended.code in {1, 5}
    assert ended.sync["counts"]["accepted"] == ended.sync["counts"]["unverified"] == 0
    assert ended.sync["owed"] > 0


@pytest.mark.fault(21)
@pytest.mark.invariant(26)
def test_an_emptied_crm_is_stopped_by_a_guard(world):
    assert world.run().code == 0
    world.ask("/hubspot/archive", {"count": 300})
    world.configure(sync='on_delete = "disable"')
    before = world.held()
    ended = world.run("--full")
    assert (ended.code, ended.sync["status"]) == (6, "guarded")
    assert world.held() == before


def test_every_fault_of_a_file_is_told_at_once(world):
    world.configure(
        top='limits.retry_fro = "1s"',
        sync='metod = "upsert"\n[syncs.hubspot-companies.fields]\n'
        '"properties.nam" = "name"\n"properties.phone" = { from = "phone", transfroms = "x" }',
    )
    ended = world.crmsync("run", "--json")
    assert ended.code == ended.json["exit_code"] == 2
    assert len(ended.json["problems"]) == 4
    for fault in ("retry_fro", "metod", "properties.nam", "transfroms"):
        assert fault in ended.err


@pytest.mark.fault(1, 12)
def test_a_crm_that_is_down_ends_with_5_and_status_with_1(world):
    world.configure(top='limits.retry_for = "0.3s"')
    world.faults(hubspot="500=1")
    failed = world.run()
    assert (failed.code, failed.sync["counts"]["read"]) == (5, 0)
    ended = world.crmsync("status", "--json", "--exit-code")
    assert (ended.code, ended.json["syncs"][0]["exit_code"]) == (1, 5)


@pytest.mark.security(63)
def test_a_token_that_may_too_much_is_warned_of_by_check_and_runs_all_the_same(world_with):
    world = world_with("--extra-scopes", "crm.objects.contacts.write")
    checked = world.crmsync("check")

    assert checked.code == 0
    assert "\nwarn  sources.hubspot: scopes: it may do more than crmsync needs" in checked.out
    assert "crm.objects.contacts.write" in checked.out
