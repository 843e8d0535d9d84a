from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from crmsync.scheduling.agenda import Standing
from crmsync.web.judging import State
from crmsync.web.watching import ALIVE, Watch
from tests.web.world import NOW, SYNC, World


@pytest.fixture
def watch(world):
    watch = Watch(world.daemon, world.clock)
    yield watch
    watch.close()


def test_a_sync_is_seen_with_its_past_and_what_the_daemon_does(world, watch):
    world.ran()
    world.refuse("1")
    (seen,) = watch.seen()
    assert (seen.name, seen.course.quarantined) == (SYNC, 1)
    assert seen.verdict.state is State.ATTENTION
    assert seen.sight is not None
    assert seen.sight.next_due == NOW + timedelta(minutes=20)


def test_a_sync_that_is_not_enabled_is_not_shown(tmp_path):
    world = World(tmp_path, sync="enabled = false")
    assert Watch(world.daemon, world.clock).seen() == []


def test_it_reads_while_a_run_writes(world, watch):
    world.ran()
    assert len(watch.seen()) == 1
    with world.ledger() as ledger, ledger.lock(f"sync {SYNC}"):
        world.refuse("1", "2")
        assert watch.seen()[0].course.quarantined == 2


def test_what_is_written_is_refused(watch):
    with pytest.raises(Exception, match="reading only"):
        watch.ledger.pin(SYNC, "account")


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Europe/Stockholm", ZoneInfo("Europe/Stockholm")), ("UTC", ZoneInfo("UTC"))],
)
def test_times_are_in_the_zone_of_the_schedules(tmp_path, zone, shown):
    world = World(tmp_path, sync=f'timezone = "{zone}"')
    assert Watch(world.daemon, world.clock).zone == shown


def test_who_writes_to_a_destination_is_known(world, watch):
    assert watch.running("akooda") == []
    world.daemon.standing = Standing(running=True)
    assert watch.running("akooda") == [SYNC]
    assert watch.running("akita") == []


def test_a_daemon_that_turned_lately_is_alive(world, watch):
    assert watch.is_alive
    world.daemon.turned = ALIVE
    assert not watch.is_alive
