"""The daemon as a process of its own: schedules, signals, a run by hand beside it."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest

from tests.e2e.world import PATIENCE, SYNC, World, until

SOON = 'schedule = "every 1s"'


class Running:
    """A daemon, and what it logged so far."""

    def __init__(self, child: Any) -> None:
        self.child = child
        self.lines: list[dict[str, Any]] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def told(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until an event was logged so often; gives all of them."""
        until(lambda: len(self._of(event)) >= count)
        return self._of(event)

    def signal(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    def ended(self) -> float:
        """Wait for its end; gives the seconds that it took."""
        asked_at = time.monotonic()
        self.child.wait(timeout=PATIENCE)
        took = time.monotonic() - asked_at
        self.read_to_the_end()
        return took

    def read_to_the_end(self) -> None:
        """Take what it still had to say. Call it where it has ended, or will."""
        self._reader.join(timeout=PATIENCE)
        assert not self._reader.is_alive()

    def _of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in list(self.lines) if line["event"] == event]

    def _read(self) -> None:
        for line in self.child.stderr:
            if line.endswith("\n"):  # else it was killed while it wrote
                self.lines.append(json.loads(line))


@contextmanager
def daemon(world: World, *options: str) -> Iterator[Running]:
    with world.started("--log-format", "json", "daemon", *options) as child:
        running = Running(child)
        try:
            yield running
        finally:
            child.kill()
            running.read_to_the_end()  # nobody may read what is being closed


def page(running: Running, path: str = "/") -> str:
    """What the daemon's status page answers."""
    (served,) = running.told("page_served")
    with urlopen(served["url"] + path.lstrip("/"), timeout=PATIENCE) as answer:  # noqa: S310 - our own
        told: str = answer.read().decode()
        return told


def test_it_runs_a_sync_on_its_schedule_and_the_platform_gets_everything(world, undisturbed):
    world.configure(sync=SOON)
    with daemon(world) as running:
        first, second = running.told("sync_finished", 2)[:2]
        running.signal(signal.SIGTERM)
        assert running.ended() < 5
    assert (first["status"], first["read"], second["read"]) == ("succeeded", 300, 0)
    assert first["run_id"] != second["run_id"]
    assert running.child.returncode == 0
    assert world.held() == undisturbed


def test_every_line_of_a_run_has_its_id_and_its_sync(world):
    world.configure(sync=SOON)
    world.faults(akooda="503=0.5,seed=3")
    with daemon(world) as running:
        running.told("request_retried")
        running.told("sync_finished")
    of_runs = [
        line
        for line in running.lines
        if not line["event"].startswith(("daemon", "sync_skipped", "sync_held", "run_", "note"))
    ]
    assert {line["sync"] for line in of_runs} == {SYNC}
    assert all(line["run_id"] for line in of_runs)


@pytest.mark.invariant(15)
def test_with_sigterm_it_leaves_within_5_seconds_though_the_platform_hangs(world, undisturbed):
    world.configure(sync=SOON)
    world.faults(akooda="hang=1,hang_s=60")
    with daemon(world) as running:
        until(lambda: world.requests("akooda.post"))
        running.signal(signal.SIGTERM)
        assert running.ended() < 5
    assert running.child.returncode == 0
    assert running.told("daemon_stopped")[0]["cut"] == [SYNC]
    world.faults()
    assert world.run().code == 0
    assert world.held() == undisturbed


def test_with_a_second_sigterm_it_leaves_at_once(world, undisturbed):
    world.configure(sync=SOON)
    world.faults(akooda="hang=1,hang_s=60")
    with daemon(world) as running:
        until(lambda: world.requests("akooda.post"))
        running.signal(signal.SIGTERM)
        running.told("note")
        running.signal(signal.SIGTERM)
        assert running.ended() < 2
    assert running.child.returncode == 128 + signal.SIGTERM
    world.faults()
    assert world.run().code == 0
    assert world.held() == undisturbed


@pytest.mark.fault(112)
def test_with_sighup_it_takes_a_good_configuration_and_keeps_the_old_one_for_a_broken(world):
    world.configure(sync='schedule = "0 0 1 1 *"')
    with daemon(world) as running:
        running.told("daemon_started")
        world.configure(sync='schedule = "every tuesday"')
        running.signal(signal.SIGHUP)
        (kept,) = running.told("config_kept")
        assert f"syncs.{SYNC}.schedule" in kept["problems"][0]
        world.configure(sync=SOON)
        running.signal(signal.SIGHUP)
        running.told("config_reloaded")
        assert running.told("sync_finished")[0]["status"] == "succeeded"


def test_a_run_by_hand_beside_it_is_left_alone_and_no_failure(world):
    world.configure(sync='schedule = "every 3s"')
    world.faults(akooda="hang=1,hang_s=60")
    with world.started("run") as by_hand:
        until(lambda: world.requests("akooda.post"))
        with daemon(world) as running:
            assert running.told("sync_finished")[0]["exit_code"] == 9
            assert running.told("sync_held_back")[0]["failures"] == 0
            running.signal(signal.SIGTERM)
            running.ended()
            assert running.child.returncode == 0
        by_hand.kill()


@pytest.mark.fault(97)
def test_beside_a_daemon_at_work_a_run_by_hand_leaves_with_9(world):
    world.configure(sync=SOON)
    world.faults(akooda="hang=1,hang_s=60")
    with daemon(world) as running:
        until(lambda: world.requests("akooda.post"))
        assert world.run().code == 9
        assert world.crmsync("daemon").code == 9
        running.child.kill()


@pytest.mark.fault(114)
def test_killed_again_and_again_it_leaves_no_lock_and_nobody_behind(world, undisturbed):
    world.configure(sync=SOON)
    world.faults(akooda="hang=1,hang_s=60")
    for times in (1, 2):
        with daemon(world) as running:
            until(partial(asked_for, world, times))
            assert children_of(running.child.pid) == []
            running.signal(signal.SIGKILL)
            running.ended()
    world.faults()
    assert world.run().code == 0
    assert world.held() == undisturbed


def asked_for(world: World, times: int) -> bool:
    return world.requests("akooda.post") >= times


def children_of(process: int) -> list[str]:
    """The processes that a process has started and that live."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


@pytest.mark.fault(110)
def test_after_its_deadline_a_run_is_stopped_and_goes_on_later(world):
    world.configure(top='limits = { run_deadline = "1s" }', sync=SOON)
    world.faults(hubspot="429=1,retry_after=600")
    with daemon(world) as running:
        (overdue,) = running.told("run_overdue")
        (ended,) = running.told("sync_finished")
    assert overdue["syncs"] == [SYNC]
    assert (ended["exit_code"], ended["run_id"]) == (5, overdue["run_id"])


def test_its_page_shows_the_sync_at_work_and_after(world):
    world.configure(sync=SOON)
    with daemon(world, "--http", "127.0.0.1:0") as running:
        running.told("sync_finished", 2)
        until(lambda: "Up to date" in page(running))
        run = running.told("run_finished")[0]["run_id"]
        assert "300 records delivered" in page(running, f"/runs/{run}")
        assert f'crmsync_run_exit_code{{sync="{SYNC}"}} 0' in page(running, "/metrics")
        assert page(running, "/readyz") == "ready\n"
        world.faults(hubspot="hang=1,hang_s=60")
        until(lambda: ">Running<" in page(running))


def test_sec52_who_clings_to_its_page_holds_up_neither_a_sync_nor_its_end(world, undisturbed):
    world.configure(sync=SOON)
    with ExitStack() as held, daemon(world, "--http", "127.0.0.1:0") as running:
        (served,) = running.told("page_served")
        place = ("127.0.0.1", int(served["url"].rpartition(":")[2].strip("/")))
        for data in (b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"\0" * 1_000, b"") * 20:
            held.enter_context(socket.create_connection(place)).sendall(data)
        assert running.told("sync_finished")[0]["status"] == "succeeded"
        running.signal(signal.SIGTERM)
        assert running.ended() < 5
    assert running.child.returncode == 0
    assert world.held() == undisturbed


def test_a_page_that_cannot_be_served_ends_it_with_2_and_says_why(world):
    world.configure(sync=SOON)
    for address, words in (("0.0.0.0:1", "there is no token"), ("nowhere", "is no address")):
        ended = world.crmsync("daemon", "--http", address)
        assert ended.code == 2
        assert words in ended.err


@pytest.mark.parametrize(
    ("sync", "words"),
    [("", "no enabled sync has a schedule"), ('schedule = "0 0 30 2 *"', "it never comes")],
)
def test_without_anything_to_do_it_ends_with_2_and_says_why(world, sync, words):
    world.configure(sync=sync)
    ended = world.crmsync("daemon")
    assert ended.code == 2
    assert words in ended.err
