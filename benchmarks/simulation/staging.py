"""Puts crmsync's threads on the stage: for the time of a block, and from the outside.

Whatever module of crmsync has the standard library's thread, queue, semaphore, event, executor or
uuid4 by name has the stage's instead. Locks stay real: nobody waits while holding one.
"""

from __future__ import annotations

import logging
import queue
import random
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from random import Random
from typing import Any

from benchmarks.simulation import stage

_CHANCE = Random(0)


def _uuid() -> uuid.UUID:
    return uuid.UUID(int=_CHANCE.getrandbits(128), version=4)


stage.StagedQueue.empty_error = queue.Empty
_STAND_INS: tuple[tuple[Any, Any], ...] = (
    (threading.Thread, stage.StagedThread),
    (threading.Semaphore, stage.StagedSemaphore),
    (threading.Event, stage.StagedEvent),
    (queue.SimpleQueue, stage.StagedQueue),
    (futures.ThreadPoolExecutor, stage.StagedExecutor),
    (uuid.uuid4, _uuid),
)


def _places() -> list[tuple[Any, str, Any, Any]]:
    found = []
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "crmsync" or name.startswith("crmsync.sandbox"):
            continue
        for attribute, value in list(vars(module).items()):
            for real, stand_in in _STAND_INS:
                if value is real:
                    found.append((module, attribute, real, stand_in))
    return found


@contextmanager
def staged() -> Iterator[None]:
    """Let crmsync's threads take turns on whichever stage is on."""
    places = _places()
    silenced = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    for module, attribute, _, stand_in in places:
        setattr(module, attribute, stand_in)
    try:
        yield
    finally:
        for module, attribute, real, _ in places:
            setattr(module, attribute, real)
        logging.disable(silenced)


def begin(seed: int) -> stage.Stage:
    """A fresh stage, with everything that chance decides going by one seed."""
    _CHANCE.seed(seed)
    random.seed(seed)  # the jitter of `transport.account` is the module's own
    fresh = stage.Stage(Random(seed ^ 0x5EED))
    stage.put_on(fresh)
    return fresh
