"""The records of one object: what is made from the seed, and what changed since.

Records are numbered by position; positions are in the order of ids, so that a keyset list
is a walk over positions. A change never alters a stored mapping in place: the old state can
be kept for the search index by reference.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from crmsync.sandbox.hubspot.making import ID_STEP, Entry, Maker, Properties
from crmsync.sandbox.instants import DAY_MS, iso

GONE: Final = 0
LIVE: Final = 1
ARCHIVED: Final = 2
_NOTHING: Final[Mapping[str, str | None]] = {}


class State(NamedTuple):
    """One record at a moment, as far as it differs from what the seed makes."""

    status: int
    changes: Mapping[str, str | None]
    modified: int
    archived_at: int | None


_UNBORN: Final = State(GONE, _NOTHING, 0, None)


def _ignore(position: int, old: State) -> None:
    """What is called before somebody listens."""


class Store:
    """All records of one object.

    Attributes:
        version: Grows with every change.
        on_change: Called with the position before a record's state is replaced.
        next_number: What the seed makes next.
    """

    def __init__(self, maker: Maker, count: int, anchor_ms: int, archived: int = 0) -> None:
        """So many live records, and after them so many that are archived already."""
        self.maker = maker
        self.ids, self.created, self.modified = maker.columns(count + archived, anchor_ms)
        self.status = bytearray(bytes((LIVE,)) * count + bytes((ARCHIVED,)) * archived)
        self._made_modified = tuple(self.modified)
        self.version = 0
        self.on_change: Callable[[int, State], None] = _ignore
        self._seeded = self.next_number = count + archived
        self._changes: dict[int, Mapping[str, str | None]] = {}
        self._archived_at = dict.fromkeys(range(count, self._seeded), anchor_ms - DAY_MS // 2)
        self._given: dict[int, list[tuple[int, Mapping[str, str | None]]]] = {}
        self._heirs: dict[int, int] = {}
        self._survivors: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def count(self, status: int) -> int:
        """How many records have that status."""
        return self.status.count(status)

    def position(self, record_id: str) -> int | None:
        """Where an id is, whatever its status; None where it never was."""
        if not record_id.isdecimal():
            return None
        wanted = int(record_id)
        place = bisect_left(self.ids, wanted)
        return place if place < len(self.ids) and self.ids[place] == wanted else None

    def survivor(self, record_id: str) -> str:
        """The id that a merged-away id answers for now, else itself."""
        while record_id in self._survivors:
            record_id = self._survivors[record_id]
        return record_id

    def walk(self, start_id: int, status: int) -> Iterator[int]:
        """Positions of that status from an id on, in the order of ids."""
        flag, statuses = bytes((status,)), self.status
        place = statuses.find(flag, bisect_left(self.ids, start_id))
        while place >= 0:
            yield place
            place = statuses.find(flag, place + 1)

    def sound(self, position: int) -> bool:
        """Whether the seed made nothing nasty there."""
        return position >= self._seeded or self.maker.sound(position)

    def state(self, position: int) -> State:
        """The record as it is now."""
        return State(
            self.status[position],
            self._changes.get(position, _NOTHING),
            self.modified[position],
            self._archived_at.get(position),
        )

    def properties(self, position: int, state: State | None = None) -> Properties:
        """All properties of a record, now or in an earlier *state*."""
        changes, modified = self._changes.get(position, _NOTHING), self.modified[position]
        if state is not None:
            changes, modified = state.changes, state.modified
        made = dict(self.maker.blank) if position >= self._seeded else self._made(position)
        if state is not None or position in self._changes:
            made.update(changes)
            made["createdate"] = iso(self.created[position])
            made["hs_lastmodifieddate"] = iso(modified)
        made["hs_object_id"] = str(self.ids[position])
        return made

    def history(self, position: int, name: str) -> list[Entry]:
        """What a property was given, newest first; the newest is its value."""
        entries = [
            Entry(values[name] or "", at_ms)
            for at_ms, values in reversed(self._given.get(position, ()))
            if name in values
        ]
        if position in self._heirs:
            return entries + self.history(self._heirs[position], name)
        if position >= self._seeded:
            return entries
        created, modified = self.created[position], self._made_modified[position]
        made = self.maker.history(name, position, created, modified)
        return entries + list(made or (Entry(self._made(position).get(name) or "", modified),))

    def change(self, position: int, properties: Mapping[str, str | None], now_ms: int) -> None:
        """Set properties; a None clears. Only another value is an entry of the history."""
        if properties:
            old = self.properties(position)
            given = {name: text for name, text in properties.items() if text != old.get(name)}
            self._given.setdefault(position, []).append((now_ms, given))
        kept = {**self._changes.get(position, _NOTHING), **properties}
        self._replace(position, State(self.status[position], kept, now_ms, None))

    def archive(self, position: int, now_ms: int) -> None:
        """Move to the archive. The modification time stays: HubSpot often does not move it."""
        old = self.state(position)
        self._replace(position, old._replace(status=ARCHIVED, archived_at=now_ms))

    def restore(self, position: int, now_ms: int) -> None:
        """Bring back from the archive."""
        old = self.state(position)
        self._replace(position, old._replace(status=LIVE, modified=now_ms, archived_at=None))

    def create(self, properties: Mapping[str, str | None], created_ms: int, now_ms: int) -> int:
        """Add a record after all others; gives its position."""
        position = len(self.ids)
        last = self.ids[-1] if self.ids else 0
        self.ids.append(max(last, 10_000_000_000) + ID_STEP - 7)
        self.created.append(created_ms)
        self.modified.append(now_ms)
        self.status.append(GONE)
        self._given[position] = [(now_ms, dict(properties))]
        self._replace(position, State(LIVE, dict(properties), now_ms, None), _UNBORN)
        return position

    def create_made(self, now_ms: int) -> int:
        """Add the next record that the seed makes."""
        number, self.next_number = self.next_number, self.next_number + 1
        return self.create(self.maker.properties(number, now_ms, now_ms), now_ms, now_ms)

    def merge(self, winner: int, loser: int, now_ms: int) -> int:
        """Merge two live records into a new one; gives its position.

        Since 2026 a merge makes a new record and both old ids vanish without being listed as
        archived: HubSpot's developer changelog, read 2026-11-21.
        """
        kept, given = self.properties(winner), self.properties(loser)
        merged = {**given, **{name: value for name, value in kept.items() if value}}
        ids = [str(self.ids[winner]), str(self.ids[loser])]
        earlier = [text for text in (kept.get(_MERGED), given.get(_MERGED)) if text]
        merged[_MERGED] = ";".join([*earlier, *ids])
        created = min(self.created[winner], self.created[loser])
        position = self.create(merged, created, now_ms)
        filled = {name: text for name, text in merged.items() if (text or "") != (kept[name] or "")}
        self._given[position] = [(now_ms, filled)]
        self._heirs[position] = winner
        for old in (winner, loser):
            self._replace(old, self.state(old)._replace(status=GONE))
        self._survivors.update(dict.fromkeys(ids, str(self.ids[position])))
        return position

    def _made(self, position: int) -> Properties:
        return self.maker.properties(
            position, self.created[position], self._made_modified[position]
        )

    def _replace(self, position: int, new: State, old: State | None = None) -> None:
        self.on_change(position, self.state(position) if old is None else old)
        self.version += 1
        self.status[position] = new.status
        self.modified[position] = new.modified
        self._changes[position] = new.changes
        if new.archived_at is None:
            self._archived_at.pop(position, None)
        else:
            self._archived_at[position] = new.archived_at


_MERGED: Final = "hs_merged_object_ids"
