from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from crmsync.cli.signals import stop_on_signals

# A run that goes on after the first signal, as one that waits for an answer does.
SCRIPT = """
import time
from crmsync.cli.signals import stop_on_signals
with stop_on_signals(lambda: print("asked", flush=True)):
    print("ready", flush=True)
    end = time.monotonic() + 100
    while time.monotonic() < end:
        time.sleep(0.01)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_and_the_second_leaves_at_once(number):
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == b"asked\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert b"once more to stop at once" in err


def test_a_hang_up_reloads_as_often_as_it_comes_and_does_not_stop():
    told = []
    heard = threading.Event()

    def reload() -> None:
        told.append("reload")
        heard.set()

    with stop_on_signals(lambda: told.append("stop"), reload):
        for _ in range(2):
            heard.clear()
            os.kill(os.getpid(), signal.SIGHUP)
            assert heard.wait(60)
    assert told == ["reload", "reload"]
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def test_afterwards_signals_do_what_they_did_before():
    before = signal.getsignal(signal.SIGTERM)
    asked = []
    with stop_on_signals(lambda: asked.append(True)):
        os.kill(os.getpid(), signal.SIGTERM)
    assert asked == [True]
    assert signal.getsignal(signal.SIGTERM) is before
