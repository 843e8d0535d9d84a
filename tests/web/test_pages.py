from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.exit_codes import ExitCode
from tests.web.world import COMPANIES, NOW, SYNC, counts


def test_runs_are_listed_newest_first_and_there_are_more(world, asking):
    world.ran(*(NOW - timedelta(minutes=n) for n in range(5, 1, -1)))
    text = asking.get("/runs?limit=2").text
    assert text.count("<tr>") == 3
    assert 'href="/runs?limit=4"' in text
    assert asking.get("/runs?limit=99999").text.count("<tr>") == 6
    assert asking.get("/runs?limit=0").text.count("<tr>") == 2


def test_the_runs_of_one_sync_are_its_alone(world, asking):
    world.ran(NOW, sync="another")
    assert "another" in asking.get("/runs").text
    text = asking.get(f"/runs?sync={SYNC}").text
    assert "another" not in text
    assert text.count("<tr>") == 2


def test_a_run_shows_its_books_and_where_its_records_are(world, asking):
    run = world.ran(counts=counts(accepted=12, rejected=3), quarantined=3, code=ExitCode.OWED)
    text = asking.get(f"/runs/{run}").text
    assert "12 of 15 records delivered" in text
    assert f"/quarantine?sync={SYNC}" in text


def test_quarantine_comes_a_page_at_a_time(world, asking):
    world.refuse(*(str(number) for number in range(60)))
    first = asking.get(f"/quarantine?sync={SYNC}").text
    assert first.count('class="card"') == 25
    assert "Try all 60 again" in first
    assert "The next 25" in first
    last = asking.get(f"/quarantine?sync={SYNC}&page=2").text
    assert last.count('class="card"') == 10
    assert "The next" not in last
    assert asking.get(f"/quarantine?sync={SYNC}&page=999999999").status == 200


def test_what_is_owed_is_told_with_what_happens_to_it(world, asking):
    world.ran(owed=4, code=ExitCode.TEMPORARY, error="the platform is down")
    text = asking.get("/owed").text
    assert "4 when its last run ended" in text
    assert "the platform is down" in text


def test_a_run_that_left_since_another_had_the_sync_hides_nothing_that_is_owed(world, asking):
    world.ran(owed=4, code=ExitCode.TEMPORARY, error="the platform is down")
    world.ran(NOW, code=ExitCode.RUNNING, error="it is in use")
    text = asking.get("/owed").text
    assert "4 when its last run ended" in text
    assert "the platform is down" in text


def test_a_record_is_explained_as_the_command_does(world, asking):
    world.ran()
    text = asking.get(f"/explain?sync={SYNC}&id=1").text
    assert "not read by a run yet" in text
    assert "Company One" in text
    assert "properties.displayName" in text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_of_another_site_only_fills_the_question_in(asking, site):
    text = asking.get(f"/explain?sync={SYNC}&id=1", sec_fetch_site=site).text
    assert 'value="1"' in text
    assert "Company One" not in text


def test_a_record_that_is_nowhere_is_told(asking):
    text = asking.get(f"/explain?sync={SYNC}&id=77").text
    assert "neither sheet nor the ledger has a record 77" in text


def test_a_source_that_cannot_be_read_is_told(world, asking):
    world.folder.joinpath("companies.csv").write_text(COMPANIES + "1,x,y\n", encoding="utf-8")
    assert "It cannot be explained" in asking.get(f"/explain?sync={SYNC}&id=1").text


def test_before_the_first_run_every_page_says_so(world):
    with world.served() as asking:
        assert "none yet" in asking.get("/").text
        assert "No run yet." in asking.get("/runs").text
        assert "Nothing is in quarantine." in asking.get("/quarantine").text
        assert "Nothing is owed." in asking.get("/owed").text
