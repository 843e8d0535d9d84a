from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
from typing_extensions import override

from crmsync.exit_codes import ExitCode
from crmsync.scheduling.agenda import Standing
from crmsync.testing.clocks import FakeClock
from crmsync.web.monitoring import Monitoring
from crmsync.web.watching import Watch
from tests.web.world import NOW, SYNC, World, counts


@pytest.fixture
def numbers(world):
    """What a scrape of a world gives, by the metric with its labels."""

    def numbers(world: World = world) -> dict[str, float]:
        with world.served() as asking:
            answer = asking.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = [one for one in answer.text.splitlines() if not one.startswith("#")]
        return {name: float(value) for name, _, value in (one.rpartition(" ") for one in lines)}

    return numbers


def test_the_last_run_is_told_in_numbers(world, numbers):
    world.ran(
        counts=counts(accepted=12, rejected=3),
        source_requests=5,
        destination_requests=2,
        retries=4,
        rate_limited=1,
        seconds=2.5,
        owed=7,
    )
    found = numbers()
    label = f'{{sync="{SYNC}"'
    assert found[f'crmsync_run_records{label},outcome="accepted"}}'] == 12
    assert found[f'crmsync_run_records{label},outcome="unknown"}}'] == 0
    assert found[f'crmsync_run_requests{label},side="crm"}}'] == 5
    values = {name: found[f"crmsync_{name}{label}}}"] for name in ("run_retries", "owed")}
    assert values == {"run_retries": 4, "owed": 7}
    assert found[f"crmsync_run_rate_limited{label}}}"] == 1
    assert found[f"crmsync_run_duration_seconds{label}}}"] == 2.5


def test_what_holds_now_is_told_in_numbers(world, numbers):
    world.ran()
    world.refuse("1", "2")
    world.daemon.standing = Standing(running=True, failures=3)
    found = numbers()
    label = f'{{sync="{SYNC}"}}'
    assert found["crmsync_daemon_alive"] == 1
    assert found[f"crmsync_quarantined{label}"] == 2
    assert found[f"crmsync_running{label}"] == 1
    assert found[f"crmsync_failures{label}"] == 3
    due = NOW + timedelta(minutes=20)
    assert found[f"crmsync_next_due_timestamp_seconds{label}"] == due.timestamp()
    last = NOW - timedelta(minutes=30)
    assert found[f"crmsync_last_success_timestamp_seconds{label}"] == last.timestamp()


def test_runs_that_end_while_it_is_served_are_added_up(world):
    world.ran()
    with world.served() as asking:
        world.ran(*(NOW + timedelta(minutes=n) for n in range(40)), counts=counts(accepted=2))
        for _ in range(2):
            text = asking.get("/metrics").text
            assert f'crmsync_records_total{{sync="{SYNC}",outcome="accepted"}} 80\n' in text


def test_a_sync_that_never_ran_has_no_numbers_of_a_run(numbers):
    assert not [name for name in numbers() if "run_records" in name or "last_" in name]


READY = {
    "all well": ({}, 30, 200, "ready"),
    "failed": ({"code": ExitCode.FAILED, "error": "disk\nfull"}, 5, 503, "failing: disk full"),
    "late": ({}, 180, 503, "late: no run has ended well since it was due"),
    "will be tried again": ({"code": ExitCode.TEMPORARY}, 5, 200, "ready"),
    "something is owed": ({"code": ExitCode.OWED, "owed": 3}, 5, 200, "ready"),
}


@pytest.mark.parametrize(("told", "minutes", "status", "words"), READY.values(), ids=list(READY))
def test_it_is_ready_while_runs_keep_to_their_schedule(world, told, minutes, status, words):
    world.ran(NOW - timedelta(minutes=minutes), **told)
    with world.served() as asking:
        answer = asking.get("/readyz")
    assert answer.status == status
    assert words in answer.text
    assert len(answer.text.splitlines()) == 1


def test_the_last_success_is_told_however_many_runs_failed_since(world, numbers):
    good = NOW - timedelta(hours=9)
    world.ran(good)
    failed = [NOW - timedelta(minutes=40 - n) for n in range(31)]
    world.ran(*failed, code=ExitCode.TEMPORARY)
    found = numbers()
    assert found[f'crmsync_last_success_timestamp_seconds{{sync="{SYNC}"}}'] == good.timestamp()


def test_a_sample_makes_nothing_ready(world, numbers):
    world.ran(NOW - timedelta(minutes=50))
    world.ran(NOW - timedelta(minutes=9), code=ExitCode.GUARDED, error="empty", owed=2)
    world.ran(NOW - timedelta(minutes=5), partial=True)
    with world.served() as asking:
        assert asking.get("/readyz").status == 503
    found, label = numbers(), f'{{sync="{SYNC}"}}'
    assert (found[f"crmsync_in_trouble{label}"], found[f"crmsync_owed{label}"]) == (1, 0)
    good = NOW - timedelta(minutes=50)
    assert found[f"crmsync_last_success_timestamp_seconds{label}"] == good.timestamp()


class Interrupted(FakeClock):
    """Does something the second time it is asked: a look has read the ledger by then."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__(NOW)
        self._times = iter([lambda: None, happens])

    @override
    def now(self) -> datetime:
        next(self._times, lambda: None)()
        return super().now()


def test_a_look_while_another_reads_counts_each_run_once(world):
    world.ran()
    watch = Watch(world.daemon, world.clock)
    monitoring = Monitoring(watch)
    monitoring.start()
    other = Thread(target=monitoring.metrics)

    def looked_at_by_another() -> None:
        world.ran(NOW)
        other.start()
        other.join(0.05)  # it waits for the one that reads

    watch.clock = Interrupted(looked_at_by_another)
    monitoring.metrics()
    other.join()
    assert f'runs_total{{sync="{SYNC}",exit_code="0"}} 1\n' in monitoring.metrics().body
    watch.close()


def test_a_daemon_that_does_not_turn_is_neither_alive_nor_ready(world):
    world.daemon.turned = 61.0
    with world.served() as asking:
        assert asking.get("/healthz").status == 503
        assert "does not turn" in asking.get("/readyz").text
        assert "does not turn" in asking.get("/").text
