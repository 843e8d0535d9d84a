from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread

import pytest
from typing_extensions import override

from crmsync.scheduling.timers import DueTrigger, Timers
from crmsync.scheduling.triggers import Every
from tests.scheduling.syncs import NOW, sync

PATIENCE, QUIET = 60.0, 0.3
"""Seconds that a test waits for what comes, and for what must not."""


class Called:
    """Timers, and whom they called."""

    def __init__(self) -> None:
        self.due: SimpleQueue[str] = SimpleQueue()
        self.again: SimpleQueue[str] = SimpleQueue()
        self.timers = Timers(self.due.put, self.again.put)
        self.timers.start()


@pytest.fixture
def called() -> Iterator[Called]:
    ready = Called()
    with closing(ready.timers):
        yield ready


def just_now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.fault(107)
def test_days_that_were_missed_are_one_call(called):
    often = sync("often", schedule="every 1h")
    called.timers.place([often], {"often": just_now() - timedelta(days=3)})
    assert called.due.get(timeout=PATIENCE) == "often"
    with pytest.raises(Empty):
        called.due.get(timeout=QUIET)
    following = called.timers.next_due("often")
    assert following is not None
    assert timedelta() < following - just_now() <= timedelta(hours=1)


def test_each_call_is_followed_by_the_next(called):
    called.timers.place([sync("often", schedule="every 1s")], {"often": just_now()})
    assert [called.due.get(timeout=PATIENCE) for _ in range(2)] == ["often", "often"]


def test_a_sync_that_is_never_due_is_never_called(called):
    called.timers.place([sync("never")], {"never": None})
    assert called.timers.next_due("never") is None


def test_placing_anew_forgets_the_others(called):
    later = just_now() + timedelta(hours=1)
    called.timers.place([sync("old")], {"old": later})
    called.timers.place([sync("new")], {"new": later})
    assert called.timers.next_due("old") is None
    assert called.timers.next_due("new") == later


def test_again_is_once_and_beside_the_schedule(called):
    later = just_now() + timedelta(hours=1)
    called.timers.place([sync("a")], {"a": later})
    called.timers.again("a", just_now())
    assert called.again.get(timeout=PATIENCE) == "a"
    assert called.timers.next_due("a") == later


def test_again_can_be_put_off_and_taken_back(called):
    called.timers.again("a", just_now() + timedelta(seconds=1))
    called.timers.again("a", None)
    called.timers.again("a", None)
    called.timers.wake()
    with pytest.raises(Empty):
        called.again.get(timeout=1.2)


def test_a_call_is_not_left_out_because_the_one_before_has_not_returned():
    calls: SimpleQueue[str] = SimpleQueue()
    go_on = Event()

    def hears(name: str) -> None:
        calls.put(name)
        go_on.wait(PATIENCE)

    with closing(Timers(hears, hears)) as timers:
        timers.start()
        for _ in range(3):
            timers.again("a", just_now())
            assert calls.get(timeout=PATIENCE) == "a"
        go_on.set()


class Once(Every, kw_only=False):
    """Comes once; between that and its being forgotten something else happens."""

    meanwhile: Thread

    @override
    def following(self, previous: datetime, now: datetime) -> None:
        if self.meanwhile.ident is None:  # this is asked twice
            self.meanwhile.start()
        self.meanwhile.join(0.05)  # it has to wait for the one that asks this


def test_they_can_be_closed_just_as_one_is_called(called):
    closing_them = Thread(target=called.timers.close)
    once = replace(sync("once"), schedule=Once(timedelta(hours=1), closing_them))
    called.timers.place([once], {"once": just_now()})
    assert called.due.get(timeout=PATIENCE) == "once"
    closing_them.join(PATIENCE)
    assert called.timers.next_due("once") is None


def test_a_trigger_asks_the_schedule():
    trigger = DueTrigger(sync("a", schedule="every 15m").schedule)
    assert trigger.get_next_fire_time(None, NOW) == NOW
    assert trigger.get_next_fire_time(NOW, NOW) == NOW + timedelta(minutes=15)
