"""The page over a ledger on PostgreSQL, as over a file."""

from __future__ import annotations

import pytest

from tests.ledger.postgres.conftest import url
from tests.web.world import SYNC, World

__all__ = ["url"]


@pytest.fixture
def world(tmp_path, url):
    world = World(tmp_path, state=url)
    world.ran()
    world.refuse("2")
    return world


def test_every_page_reads_it_while_a_run_holds_its_locks(world):
    with world.ledger() as ledger, ledger.lock(f"sync {SYNC}"), world.served() as asking:
        for path in ("/", "/runs", "/quarantine", "/owed", f"/explain?sync={SYNC}&id=1"):
            answer = asking.get(path)
            assert answer.status == 200, path
            assert SYNC in answer.text or path == "/owed"
        assert f'crmsync_quarantined{{sync="{SYNC}"}} 1' in asking.get("/metrics").text
        assert asking.get("/readyz").status == 200


def test_what_cannot_be_reached_is_told_without_the_password(tmp_path):
    world = World(tmp_path, state="postgresql://u@127.0.0.1:9/none")
    with world.served() as asking:
        answer = asking.get("/")
    assert answer.status == 503
    assert "postgresql://u@127.0.0.1:9/none" in answer.text
