"""Ends a run on SIGTERM and SIGINT: the first asks, the second does not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
SIGNALLED: Final = 128
"""Added to a signal's number, it is the exit code of a process that the signal ended."""

SIGINT_CODE: Final = SIGNALLED + signal.SIGINT
"""What a command ends with that Ctrl-C interrupted."""

_ASKED: Final = b"\nstopping when what is in flight has settled; once more to stop at once\n"


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call *stop* on the first signal, leave the process at once on the second.

    Leaving at once loses nothing: what is settled is durable, the rest is sent again.
    """
    asked = False

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(SIGNALLED + number)
        asked = True
        stop()
        # Not through sys.stderr: its lock may be held by what was interrupted.
        os.write(2, _ASKED)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
