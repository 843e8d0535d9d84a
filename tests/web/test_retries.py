from __future__ import annotations

import pytest

from crmsync.testing.servers import FaultServer, reply
from crmsync.web.exchange import RefusedError
from crmsync.web.retries import Retries
from tests.browser.scenery import Scenery
from tests.web.world import SYNC, World


@pytest.fixture
def platform():
    with FaultServer([reply(204, b"")]) as server:
        yield server


@pytest.fixture
def mended(tmp_path, platform):
    """A world in which two records were refused, of which the first has been mended since."""
    world = World(tmp_path, platform=platform.url)
    world.refuse("1", "2")
    return world


def test_a_record_is_tried_again_and_leaves_quarantine(mended, platform):
    with mended.served() as asking:
        form = {"sync": SYNC, "id": "1", "form": asking.token()}
        answer = asking.post("/quarantine/retry", form)
        assert answer.status == 303
        report = asking.get(asking.get(answer.headers["location"]).headers["location"])
        assert "1 of 1 records delivered" in report.text
        assert "1 record is in quarantine" in asking.get("/quarantine").text
    assert len(platform.received) == 1


def test_without_an_id_all_of_a_sync_is_tried_again(mended):
    retries = Retries()
    retry = retries.start(mended.daemon.loaded, SYNC)
    assert retry.over.wait(60)
    with mended.ledger() as ledger:
        run = ledger.run(retry.run_id)
    assert run is not None
    assert run["syncs"][0]["counts"]["read"] == 2


def test_what_has_left_quarantine_is_told_and_nothing_runs(mended):
    retry = Retries().start(mended.daemon.loaded, SYNC, ["7"])
    assert retry.over.wait(60)
    assert (retry.run_id, retry.told) == ("", "nothing of it is in quarantine any more")


def test_what_may_have_arrived_is_sent_again_only_by_who_says_to_have_looked(tmp_path):
    scenery = Scenery(tmp_path)
    retry = Retries().start(scenery.daemon.loaded, "pipedrive-deals", ["5512"])
    assert retry.over.wait(60)
    assert "look at the platform first" in retry.told
    assert retry.run_id == ""


def test_one_retry_is_under_way_at_most(mended):
    retries = Retries()
    with mended.ledger() as ledger, ledger.lock("destination akooda"):
        retry = retries.start(mended.daemon.loaded, SYNC, ["1"])
        with pytest.raises(RefusedError, match="is under way"):
            retries.start(mended.daemon.loaded, SYNC, ["2"])
        retries.stop()
        assert retry.over.wait(60)


def test_where_a_run_holds_the_sync_that_is_told(mended):
    with mended.ledger() as ledger, ledger.lock(f"sync {SYNC}"):
        retry = Retries().start(mended.daemon.loaded, SYNC, ["1"])
        assert retry.over.wait(60)
    assert "is in use by process" in retry.told


def test_a_retry_that_fails_says_why(mended):
    (mended.folder / "companies.csv").unlink()
    retry = Retries().start(mended.daemon.loaded, SYNC, ["1"])
    assert retry.over.wait(60)
    assert "companies" in retry.told
