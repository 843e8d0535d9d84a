"""The real clock, and its stop."""

from __future__ import annotations

import signal
import threading
import time
from datetime import timedelta

import pytest

from crmsync.errors import StoppedError
from crmsync.transport.clock import SystemClock


def test_now_is_aware_and_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_sleep_takes_its_time():
    clock = SystemClock()
    begun = clock.monotonic()

    clock.sleep(0.02)

    assert 0.02 <= clock.monotonic() - begun < 20


@pytest.mark.parametrize("seconds", [0, -60])
def test_no_time_at_all_is_no_wait(seconds):
    clock = SystemClock()
    begun = clock.monotonic()
    clock.sleep(seconds)

    assert clock.monotonic() - begun < 20


def test_a_stop_wakes_every_sleeper_at_once():
    clock, woken = SystemClock(), []

    def wait():
        with pytest.raises(StoppedError):
            clock.sleep(60)
        woken.append(1)

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    clock.stop()
    for thread in threads:
        thread.join(30)

    assert len(woken) == 4


def test_nobody_is_stopped_unasked():
    assert not SystemClock().stopping


def test_after_a_stop_nobody_sleeps():
    clock = SystemClock()
    clock.stop()
    clock.stop()

    assert clock.stopping
    for seconds in (0, 60, 1e18):
        with pytest.raises(StoppedError):
            clock.sleep(seconds)


def test_a_signal_handler_may_stop_the_thread_that_it_interrupts():
    clock = SystemClock()
    before = signal.signal(signal.SIGALRM, lambda *_: clock.stop())
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    begun = time.monotonic()
    try:
        with pytest.raises(StoppedError):
            clock.sleep(100)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert time.monotonic() - begun < 50
