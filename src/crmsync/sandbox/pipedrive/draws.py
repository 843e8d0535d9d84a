"""What every made-up record is made from: the seed, the object's name and its own number.

Of a large company nothing is kept. A record is made again whenever it is asked for, in a few
microseconds, so that memory does not grow with what a record holds.
"""

from __future__ import annotations

import random
import struct
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias

from crmsync.sandbox.beginnings import made_once
from crmsync.sandbox.pipedrive.moments import DAY

Draws: TypeAlias = tuple[int, ...]
"""16 numbers from 0 to 65,535 that belong to one record. The last decides on its kind."""

ANCHOR: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The made records' "today"; a month's start before now where the clock is behind it."""

NEVER: Final = 0
"""The modification time of records so old that they have none."""

_UNPACK: Final = struct.Struct("<16H").unpack
_SPAN: Final = 3 * 365 * DAY
_ANCIENT: Final = int(datetime(2012, 3, 1, tzinfo=UTC).timestamp())
_ANCIENT_EVERY: Final = 331


class Columns(NamedTuple):
    """What must be known of every record at any time, by its number. Times in seconds."""

    ids: list[int]
    added: list[int]
    updated: list[int]


def anchor() -> int:
    """The made records' today, in seconds."""
    now = datetime.now(UTC)
    month = (now - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(min(ANCHOR, month).timestamp())


@made_once(Columns)
def columns(seed: int, name: str, count: int, today: int) -> Columns:
    """Ids from 1 on with gaps; times up to three years before *today*, newest a day before."""
    chance = random.Random(f"{name} {seed}").random
    ids, added, updated = [], [], []
    for number in range(count):
        ids.append(1 + 3 * number + int(chance() * 3))
        # Squared: most records were touched lately, as in a CRM in use.
        changed = today - DAY - int(chance() ** 2 * (_SPAN - DAY))
        created = changed - int(chance() * 1000 * DAY)
        ancient = number % _ANCIENT_EVERY == _ANCIENT_EVERY - 1
        added.append(_ANCIENT + 60 * number if ancient else created)
        updated.append(NEVER if ancient else changed)
    return Columns(ids, added, updated)


def draw(seed: int, name: str, number: int) -> Draws:
    """A record's own random numbers."""
    text = f"{seed}:{name}:{number}".encode()
    return _UNPACK(blake2b(text, digest_size=32).digest())


class Kinds:
    """Chooses what is odd about a record: at most one kind each, by rates."""

    def __init__(self, rates: Mapping[str, float], factor: float) -> None:
        scale = 65536 * min(factor, 1 / sum(rates.values()))
        self._kinds = tuple(rates)
        self._bounds = list(accumulate(rate * scale for rate in rates.values()))

    def of(self, draws: Draws) -> str | None:
        """The record's kind, None for a sound one."""
        chosen = bisect_right(self._bounds, draws[15])
        return self._kinds[chosen] if chosen < len(self._kinds) else None
