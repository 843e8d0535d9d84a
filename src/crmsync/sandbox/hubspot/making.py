"""What is made from a seed: the values of a record, its times, and what it is drawn from."""

from __future__ import annotations

import random
import struct
from abc import abstractmethod
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol, TypeAlias

from crmsync.sandbox.beginnings import made_once
from crmsync.sandbox.instants import DAY_MS

Properties: TypeAlias = dict[str, str | None]
"""Property values as HubSpot answers them, text or nothing, by every property's name."""

Draws: TypeAlias = tuple[int, ...]
"""32 numbers from 0 to 65,535 that belong to one record."""

ID_STEP: Final = 100
"""From one id to the next, about."""

_UNPACK: Final = struct.Struct("<32H").unpack
_SPAN_MS: Final = 3 * 365 * DAY_MS


class Columns(NamedTuple):
    """What must be known of every record at any time, by its number."""

    ids: list[int]
    created: list[int]
    modified: list[int]


class Entry(NamedTuple):
    """One value that a property was given.

    Attributes:
        at_ms: When, in epoch milliseconds.
        source: HubSpot's word for what gave it (`CRM_UI`).
        source_id: What of that source, empty where there is none.
        user: Who, by user id; None where no person did.
    """

    value: str
    at_ms: int
    source: str = "CRM_UI"
    source_id: str = ""
    user: int | None = None


class Maker(Protocol):
    """Makes the records of one object, each from the seed and its own number alone."""

    blank: Properties
    """A record without any value."""

    @abstractmethod
    def columns(self, count: int, anchor_ms: int) -> Columns:
        """Ids with gaps, and times up to three years before *anchor_ms*, newest a day before."""

    @abstractmethod
    def properties(self, number: int, created_ms: int, modified_ms: int) -> Properties:
        """All properties of a record, its id left empty."""

    @abstractmethod
    def sound(self, number: int) -> bool:
        """Whether nothing nasty keeps the record from a platform."""

    @abstractmethod
    def history(
        self, name: str, number: int, created_ms: int, modified_ms: int
    ) -> tuple[Entry, ...]:
        """What the property was given, newest first; nothing where only its value is known."""


def drawn(key: bytes) -> Draws:
    """The random numbers that belong to a key."""
    return _UNPACK(blake2b(key, digest_size=64).digest())


@made_once(Columns)
def spread(seed: str, first_id: int, count: int, anchor_ms: int) -> Columns:
    """Columns for so many records: see `Maker.columns`."""
    chance = random.Random(seed).random
    ids, created, modified = [], [], []
    for number in range(count):
        ids.append(first_id + ID_STEP * number + int(chance() * 97))
        # Squared: most records were touched lately, as in a CRM in use.
        changed = anchor_ms - DAY_MS - int(chance() ** 2 * (_SPAN_MS - DAY_MS))
        modified.append(changed)
        created.append(changed - int(chance() * 1000 * DAY_MS))
    return Columns(ids, created, modified)
