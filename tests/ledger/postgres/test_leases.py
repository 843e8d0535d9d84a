from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from crmsync.errors import LockedError
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import DESTINATION, SYNC, settlement
from crmsync.transport.clock import SystemClock


def taken_when_free(ledger, held):
    """Take the lock as soon as it can be had."""
    for _ in range(1_200):
        try:
            held.enter_context(ledger.lock("sync a"))
        except LockedError:
            SystemClock().sleep(0.05)
        else:
            return
    pytest.fail("the lock was never free")


@pytest.mark.fault(77)
@pytest.mark.invariant(16)
def test_a_holder_that_was_frozen_and_woke_up_writes_nothing(child, open_at):
    process = child(lease=2.5)
    told = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGSTOP)
    ledger = open_at(clock=SystemClock())
    with ExitStack() as held:
        taken_when_free(ledger, held)
        ledger.recover(DESTINATION)
        before = ledger.sync_state(SYNC), ledger.deliveries(DESTINATION, ["k"]), ledger.runs()
        process.send_signal(signal.SIGCONT)
        rest, _ = process.communicate(timeout=60)
        after = ledger.sync_state(SYNC), ledger.deliveries(DESTINATION, ["k"]), ledger.runs()
    assert len(told) == 3
    last = rest.decode().splitlines()[-1]
    assert last.startswith("lost: stopped True: sync a: this process was frozen, or cut off")
    assert before == after


def test_a_living_holder_is_renewed_past_its_lease(child, open_at):
    process = child(lease=2.5)  # it has this long where the machine is busy
    process.stdout.readline()
    ledger, clock = open_at(), SystemClock()
    until = clock.monotonic() + 3
    while clock.monotonic() < until:
        with pytest.raises(LockedError, match=rf"sync a is in use by process {process.pid} since"):
            ledger.lock("sync a").__enter__()
        clock.sleep(0.1)
    assert process.poll() is None


def test_a_killed_holders_lock_is_free_at_once_and_nothing_is_half_written(child, open_at):
    for _ in range(3):
        process = child()
        told = [process.stdout.readline() for _ in range(4)]
        process.kill()
        rest = process.stdout.read()  # `communicate` passes over what was read ahead
        # Its files are closed before it counts as ended, which it does though nobody waits for it.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        number = int((rest.split() or told)[-1])
        ledger = open_at()
        with ledger.lock("sync a"):
            cursor = int(ledger.sync_state(SYNC).cursor)
            assert cursor in {number, number + 1}
            body = b'{"n":%d}' % cursor
            assert ledger.deliveries(DESTINATION, ["k"])["k"].body == body
            assert ledger.recover(DESTINATION) in {0, 1}


def test_of_many_that_race_for_a_lock_one_gets_it(open_at):
    ledgers = [open_at() for _ in range(6)]
    start, gate = threading.Barrier(6), threading.Barrier(6)

    def race(ledger):
        start.wait()
        try:
            with ledger.lock("sync a"):
                gate.wait()
                return True
        except LockedError:
            gate.wait()
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(race, ledgers)) == [False] * 5 + [True]


def test_a_lease_that_ran_out_by_this_machines_clock_is_lost_without_asking(open_at):
    clock, told = FakeClock(), []
    ledger = open_at(clock=clock, lost=lambda: told.append(True))
    with ExitStack() as held:
        held.enter_context(ledger.lock("sync a"))
        clock.advance(61)
        with pytest.raises(LockedError, match="longer than the 60 s that its lock holds") as it:
            ledger.settle(settlement(cursor="late"))
        with pytest.raises(LockedError):
            ledger.check_locks()
    assert it.value.hint.startswith("nothing was written since; run again")
    assert ledger.sync_state(SYNC).cursor is None
    assert told == [True]


def test_a_lease_that_was_taken_over_is_refused_by_the_server(open_at):
    ledger = open_at()
    with ledger.lock("sync a"):
        ledger._store.write(lambda: ledger._store.run("free_lease", 1))
        open_at().lock("sync a").__enter__()
        with pytest.raises(LockedError, match="sync a: this process was frozen"):
            ledger.settle(settlement(cursor="late"))
    assert ledger.sync_state(SYNC).cursor is None


def test_after_a_lost_lock_is_let_go_of_the_ledger_writes_again(open_at):
    ledger = open_at(clock=(clock := FakeClock()))
    with ledger.lock("sync a"):
        clock.advance(61)
        with pytest.raises(LockedError):
            ledger.begin_full(SYNC)
    assert ledger.begin_full(SYNC) == 1
