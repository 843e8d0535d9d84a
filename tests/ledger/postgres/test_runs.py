"""Whole runs over a ledger on a server: two machines, a restart in mid-run, a frozen holder."""

from __future__ import annotations

from typing import Any

import pytest
from typing_extensions import override

from crmsync.errors import UnreachableError
from crmsync.exit_codes import ExitCode
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import ListSource
from crmsync.transport.clock import SystemClock
from tests.engine.conftest import Bench, company

MANY = 30


@pytest.fixture(scope="session")
def server_url(cluster):
    """Never a server that somebody else uses: it is stopped here."""
    return cluster.url


@pytest.fixture
def machine(open_at):
    """A machine: its own connection to the one ledger, beside the same CRM and platform."""
    source = ListSource([company(n) for n in range(MANY)])
    shared: dict[str, Any] = {}

    def made(clock=None):
        clock = clock or FakeClock()
        bench = Bench(open_at(clock=clock, lost=clock.stop), clock, source, **shared)
        bench.max_payloads = 5
        shared["destination"] = bench.destination
        return bench

    return made


class Waiting(FakeClock):
    """A clock whose sleeps take their time, for a server that takes its own."""

    @override
    def sleep(self, seconds):
        SystemClock().sleep(seconds)
        super().sleep(seconds)


def once(work):
    """Does something at the first request, and no more."""
    left = [work]

    def respond(_):
        if left:
            left.pop()()

    return respond


def test_a_second_machine_leaves_with_9(machine):
    first, second = machine(), machine()
    seen = []
    first.destination.respond = once(lambda: seen.append(second.run()))
    assert first.run().exit_code == ExitCode.OK
    assert (seen[0].exit_code, seen[0].status) == (ExitCode.RUNNING, "locked")
    assert "companies is in use by process" in str(seen[0].error)
    assert len(first.destination.sent_keys) == len(first.destination.kept) == MANY
    sent = len(first.destination.pushes)
    assert second.run().exit_code == ExitCode.OK
    assert len(first.destination.pushes) == sent


@pytest.mark.slow
def test_a_restart_of_the_server_in_mid_run_loses_nothing(machine, cluster):
    bench = machine(Waiting())
    bench.destination.respond = once(cluster.restart)
    report = bench.run()
    assert (report.exit_code, report.owed) == (ExitCode.OK, 0)
    assert sorted(bench.destination.sent_keys) == sorted(bench.destination.kept)
    assert len(bench.destination.kept) == MANY


def test_a_server_that_goes_away_in_mid_run_ends_it_for_now_and_the_next_run_goes_on(
    machine, cluster
):
    bench = machine()
    bench.destination.respond = once(cluster.stop)
    try:
        with pytest.raises(UnreachableError, match="cannot be reached"):
            bench.run()
    finally:
        cluster.start()
    after = machine()
    after.ledger._store._link._connection.execute("UPDATE leases SET until = '-infinity'")
    assert after.run().exit_code == ExitCode.OK
    assert len(after.destination.kept) == MANY
    assert after.ledger.standing("companies", "platform").owed == 0


@pytest.mark.fault(77)
def test_a_run_that_was_frozen_sends_and_stores_nothing_more(machine):
    bench = machine()
    bench.destination.respond = once(lambda: bench.clock.advance(61))
    report = bench.run()
    assert report.exit_code in {ExitCode.RUNNING, ExitCode.TEMPORARY}
    assert len(bench.destination.pushes) <= 2  # what was under way with the first request
    assert not bench.ledger.sync_state("companies").cursor
    assert bench.ledger.deliveries("platform", list(bench.destination.kept)) == {}
    after = machine()
    assert after.run().exit_code == ExitCode.OK
    assert len(after.destination.kept) == MANY
