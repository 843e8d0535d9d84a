"""Ends a run on SIGTERM and SIGINT: the first asks, the second does not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from types import FrameType
from typing import Final, NoReturn

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
SIGNALLED: Final = 128
"""Added to a signal's number, it is the exit code of a process that the signal ended."""

SIGINT_CODE: Final = SIGNALLED + signal.SIGINT
"""What a command ends with that Ctrl-C interrupted."""

_HEARD: Final = Event()
_ASKED: Final = "stopping when what is in flight has settled; once more to stop at once"


@contextmanager
def stop_on_signals(
    stop: Callable[[], None], reload: Callable[[], None] | None = None
) -> Iterator[None]:
    """Call *stop*, in a thread of its own, on the first signal; leave at once on the second.

    Leaving at once loses nothing: what is settled is durable, the rest is sent again. SIGHUP
    calls *reload*, as often as it comes; without one it does what it did before.
    """
    # A Python handler runs in the main thread only, and not before that returns from a wait
    # that it may just be beginning. What the interpreter writes to a pipe is seen at once.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    watcher = Thread(target=_watch, args=(reader, stop, reload), name="signals", daemon=True)
    watcher.start()
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    heard = SIGNALS if reload is None else (*SIGNALS, signal.SIGHUP)
    before = {number: signal.signal(number, _noted) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(writer)
        watcher.join()
        os.close(reader)


def was_asked() -> bool:
    """Whether a signal asked this process to stop."""
    return _HEARD.is_set()


def leave(code: int) -> NoReturn:
    """End the process now, whatever its threads wait for."""
    os._exit(code)


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: it stands there so that the signal is written to the pipe."""


def _watch(reader: int, stop: Callable[[], None], reload: Callable[[], None] | None) -> None:
    asked = False
    while told := os.read(reader, 1):
        (number,) = told
        if number == signal.SIGHUP and reload is not None:
            reload()
        if number not in SIGNALS:
            continue
        if asked:
            os._exit(SIGNALLED + number)
        asked = True
        _HEARD.set()
        stop()
        _tell()


def _tell() -> None:
    from crmsync.cli.output.log_lines import json_line

    told = json_line(_ASKED, level="warning") or f"\n{_ASKED}"
    with suppress(OSError):  # nobody may be reading
        os.write(2, f"{told}\n".encode())
