"""One object's records: what the seed makes, and what changed since.

Records are numbered by position; positions are in the order of ids. A change never alters a
stored mapping in place, so that an earlier state can be kept by reference.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from crmsync.sandbox.salesforce import ids
from crmsync.sandbox.salesforce.schema import Field, ObjectType, Value, Values

GONE: Final = 0
"""Not there: not created yet, or deleted for good."""
LIVE: Final = 1
BINNED: Final = 2
"""In the recycle bin: IsDeleted, and seen by queryAll only."""
_NOTHING: Final[Mapping[str, Value]] = {}

Make: TypeAlias = Callable[[int, int, int], Values]
"""Makes a record from its number and its times (created, modified)."""


class State(NamedTuple):
    """One record at a moment, as far as it differs from what the seed makes."""

    status: int
    changes: Mapping[str, Value]
    modified: int


class Columns(NamedTuple):
    """What must be known of every record at any time. Times are epoch milliseconds."""

    ids: list[str]
    created: list[int]
    modified: list[int]


class Table:
    """All records of one object.

    Attributes:
        made_modified: The stamps that the seed made, for seeded records alone.
        version: Grows with every change.
        watchers: Called with a position before its state is replaced.
    """

    def __init__(self, kind: ObjectType, columns: Columns, make: Make) -> None:
        self.kind = kind
        self.ids, self.created, self.modified = columns
        self.status = bytearray(b"\x01" * len(self.ids))
        self.version = 0
        self.watchers: list[Callable[[int], None]] = []
        self._make = make
        self.made_modified = tuple(self.modified)
        self._changes: dict[int, Mapping[str, Value]] = {}
        self._columns: dict[str, list[Value]] = {}
        self._stale: dict[str, set[int]] = {}
        self._by_stamp: tuple[int, list[int], list[int]] = (-1, [], [])

    def __len__(self) -> int:
        return len(self.ids)

    def count(self, status: int) -> int:
        """How many records have that status."""
        return self.status.count(status)

    def position(self, record_id: str) -> int | None:
        """Where an id of either length is, whatever its status; None where it never was."""
        place = bisect_left(self.ids, record_id[: ids.SHORT])
        found = place < len(self.ids) and self.ids[place].startswith(record_id)
        return place if found and len(record_id) in (ids.SHORT, ids.LONG) else None

    def state(self, position: int) -> State:
        """The record as it is seen now."""
        changes = self._changes.get(position, _NOTHING)
        return State(self.status[position], changes, self.modified[position])

    def values(self, position: int) -> Values:
        """All values of a record as it is seen now."""
        made: Values = {}
        if position < len(self.made_modified):
            made = self._make(position, self.created[position], self.made_modified[position])
        if position in self._changes:
            made.update(self._changes[position])
        self.kind.derive(made)
        made["Id"] = self.ids[position]
        made["IsDeleted"] = self.status[position] == BINNED
        made["SystemModstamp"] = self.modified[position]
        return made

    def reserve(self, created: int) -> int:
        """Take the next id, for a record that nobody sees yet; gives its position."""
        position = len(self.ids)
        number = _NEW + position * 3
        self.ids.append(ids.make(self.kind.prefix, number))
        self.created.append(created)
        self.modified.append(created)
        self.status.append(GONE)
        for column in self._columns.values():
            column.append(None)
        self.version += 1
        return position

    def replace(self, position: int, new: State) -> None:
        """Give a record another state."""
        for watcher in self.watchers:
            watcher(position)
        self.version += 1
        self.status[position] = new.status
        self.modified[position] = new.modified
        self._changes[position] = new.changes
        for stale in self._stale.values():
            stale.add(position)

    def column(self, field: Field) -> Sequence[Value]:
        """A field of all records, by position; kept until they change."""
        at_hand: dict[str, Sequence[Value]] = {
            "Id": self.ids, "CreatedDate": self.created, "SystemModstamp": self.modified,
        }  # fmt: skip
        if field.name in at_hand:
            return at_hand[field.name]
        column = self._columns.get(field.name)
        if column is None:
            column = [self.values(place).get(field.name) for place in range(len(self.ids))]
            self._columns[field.name] = column
            self._stale[field.name] = set()
        stale = self._stale[field.name]
        for place in stale:
            column[place] = self.values(place).get(field.name)
        stale.clear()
        return column

    def by_stamp(self) -> tuple[list[int], list[int]]:
        """Positions in the order of SystemModstamp and Id, and the stamps in that order."""
        version, positions, stamps = self._by_stamp
        if version != self.version:
            positions = sorted(range(len(self.ids)), key=self.modified.__getitem__)
            stamps = [self.modified[place] for place in positions]
            self._by_stamp = (self.version, positions, stamps)
        return positions, stamps


_NEW: Final = 10_000_000_000
"""Ids of records that are created at run time come after all that the seed makes."""
