"""A session that ends in the middle is renewed; a day that is used up is gone on with."""

from __future__ import annotations

from functools import cache

import pytest

from tests.e2e.crms import (
    ACCOUNTS,
    COMPANIES,
    DEALS,
    MANY,
    MANY_OPTIONS,
    OPPORTUNITIES,
    SMALL,
    SOURCES,
    CrmWorld,
    asked,
)

OAUTH = """\
client_id = "client"
client_secret = "${PIPEDRIVE_CLIENT_SECRET}"
refresh_token = "file:refresh-token"
oauth_url = "URL/pipedrive"
base_url = "URL/pipedrive"
"""
OAUTH_OPTIONS = (
    *("--pipedrive-client-id", "client", "--pipedrive-refresh-token", "refresh-at-first"),
    *("--pipedrive-rotate", "true", "--pipedrive-token-calls", "6"),
)
SOME = ("--companies", "600", "--deals", "2200", "--nasty", "0")


@pytest.fixture
def world_at(sandbox_at, tmp_path, warm):
    """Gives a world of one kind whose sandbox has these options, as at its start."""

    def make(kind, *options):
        world = CrmWorld(sandbox_at(*options), tmp_path, warm, kind)
        world.ask("/reset", {})
        return world

    return make


@pytest.fixture(scope="module")
def undisturbed_of(sandbox_at, tmp_path_factory, warm):
    """Gives what the platform holds after one run at a healthy sandbox, and its requests."""

    @cache
    def run(kind, *options):
        folder = tmp_path_factory.mktemp("undisturbed")
        world = CrmWorld(sandbox_at(*options), folder, warm, kind)
        world.ask("/reset", {})
        assert world.run().code == 0
        return world.held(), asked(world.tally(), kind.source)

    return run


@pytest.mark.fault(13)
def test_a_salesforce_session_that_ends_in_the_middle_is_renewed(world_at, undisturbed_of):
    held, _ = undisturbed_of(OPPORTUNITIES, *SMALL)
    world = world_at(OPPORTUNITIES, *SMALL, "--salesforce-session-calls", "3")
    ended, tally = world.run(), world.tally()
    assert (ended.code, ended.sync["balanced"], world.held()) == (0, True, held)
    assert tally["salesforce.token"] > 1


def test_a_salesforce_session_that_ends_while_a_job_is_waited_for_is_renewed(
    world_at, undisturbed_of
):
    held, _ = undisturbed_of(OPPORTUNITIES, *SMALL)
    options = ("--salesforce-session-calls", "4", "--salesforce-bulk-polls", "4")
    world = world_at(OPPORTUNITIES, *SMALL, *options)
    world.configure(source="bulk_threshold = 1\nbulk_rows = 20")
    ended, tally = world.run(), world.tally()
    assert (ended.code, ended.sync["balanced"], world.held()) == (0, True, held)
    assert tally["salesforce.job_results"] >= 4
    assert tally["salesforce.token"] > 2


@pytest.mark.fault(13, 15)
def test_a_pipedrive_access_token_that_expires_is_renewed_and_the_rotated_one_kept(
    world_at, undisturbed_of
):
    held, _ = undisturbed_of(DEALS, *SMALL)
    world = world_at(DEALS, *SMALL, *OAUTH_OPTIONS)
    kept = world.folder / "refresh-token"
    kept.write_text("refresh-at-first\n", encoding="utf-8")
    kept.chmod(0o600)
    world.configure(pipedrive=OAUTH)
    ended, tally = world.run(), world.tally()
    assert (ended.code, ended.sync["balanced"], world.held()) == (0, True, held)
    assert tally["pipedrive.token"] > 1
    assert kept.read_text().strip() != "refresh-at-first"
    assert world.run().code == 0  # with the token that was kept


@pytest.mark.fault(11)
def test_a_hubspot_day_that_is_used_up_ends_with_5_and_the_next_day_goes_on(
    world_at, sandbox_at, undisturbed_of
):
    held, requests = undisturbed_of(COMPANIES, *SOME)
    world = world_at(COMPANIES, *SOME, "--daily-limit", "6")
    first = assert_ended_for_today(world)
    next_day = sandbox_at(*SOME)
    world.ask("/requests/reset", {})
    world.configure(hubspot=SOURCES["hubspot"].replace("URL", next_day))
    second = world.run().sync
    assert_completed([first, second], len(held))
    assert second["source_requests"] < requests
    assert world.held() == held


@pytest.mark.fault(11, 17)
def test_a_salesforce_day_that_is_used_up_ends_with_5_and_the_next_day_goes_on(
    world_at, sandbox_at, undisturbed_of
):
    by_query = "\nbulk_threshold = 1000000\ndaily_reserve = 0"
    held, requests = undisturbed_of(ACCOUNTS, *MANY_OPTIONS)
    world = world_at(ACCOUNTS, *MANY_OPTIONS, "--salesforce-daily-limit", "6")
    world.configure(source=by_query)
    first = assert_ended_for_today(world)
    world.configure(
        salesforce=SOURCES["salesforce"].replace("URL", sandbox_at(*MANY_OPTIONS)) + by_query
    )
    second = world.run().sync
    assert_completed([first, second], MANY)
    assert second["source_requests"] < requests
    assert world.held() == held


@pytest.mark.fault(11)
def test_pipedrive_days_that_are_used_up_end_with_5_and_the_last_one_completes(
    world_at, undisturbed_of
):
    held, requests = undisturbed_of(DEALS, *SOME)
    world = world_at(DEALS, *SOME, "--pipedrive-daily-tokens", "215")
    days = [assert_ended_for_today(world)]
    world.ask("/pipedrive/new_day", {})
    while (ended := world.run()).code == 5 and len(days) < 4:
        days.append(ended.sync)
        world.ask("/pipedrive/new_day", {})
    live = world.count()["live"] + world.count()["archived"]
    assert_completed([*days, ended.sync], live)
    assert ended.sync["source_requests"] < requests
    assert world.held() == held


def assert_ended_for_today(world):
    """Run: the day is used up, and the message says when to come back; gives the report."""
    ended = world.run()
    assert (ended.code, ended.sync["status"], ended.sync["owed"]) == (5, "temporary", 0)
    assert "used" in ended.sync["error"]
    assert "come back at" in ended.sync["error"] or "run again in some hours" in ended.sync["error"]
    return ended.sync


def assert_completed(days, wanted):
    """Every record was read on one day alone, and something on each of them."""
    assert days[-1]["status"] == "succeeded"
    assert sum(day["counts"]["read"] for day in days) == wanted
    assert all(day["balanced"] and day["counts"]["read"] for day in days)
