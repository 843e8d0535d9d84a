"""The portal's companies: what is made from the seed, and what changed since.

Companies are numbered by position; positions are in the order of ids, so that a keyset list
is a walk over positions. A change never alters a stored mapping in place: the old state can
be kept for the search index by reference.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from crmsync.sandbox.hubspot.data import BLANK, ID_STEP, Companies, Properties
from crmsync.sandbox.instants import iso

GONE: Final = 0
LIVE: Final = 1
ARCHIVED: Final = 2
_NOTHING: Final[Mapping[str, str | None]] = {}


class State(NamedTuple):
    """One company at a moment, as far as it differs from what the seed makes."""

    status: int
    changes: Mapping[str, str | None]
    modified: int
    archived_at: int | None


_UNBORN: Final = State(GONE, _NOTHING, 0, None)


def _ignore(position: int, old: State) -> None:
    """What is called before somebody listens."""


class Store:
    """All companies.

    Attributes:
        version: Grows with every change.
        on_change: Called with the position before a company's state is replaced.
    """

    def __init__(self, companies: Companies, count: int, anchor_ms: int) -> None:
        self.companies = companies
        self.ids, self.created, self.modified = companies.columns(count, anchor_ms)
        self.status = bytearray(b"\x01" * count)
        self._made_modified = tuple(self.modified)
        self.version = 0
        self.on_change: Callable[[int, State], None] = _ignore
        self._seeded = count
        self._next_number = count
        self._changes: dict[int, Mapping[str, str | None]] = {}
        self._archived_at: dict[int, int] = {}
        self._survivors: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def count(self, status: int) -> int:
        """How many companies have that status."""
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
        return position >= self._seeded or self.companies.nasty_kind(position) is None

    def state(self, position: int) -> State:
        """The company as it is now."""
        return State(
            self.status[position],
            self._changes.get(position, _NOTHING),
            self.modified[position],
            self._archived_at.get(position),
        )

    def properties(self, position: int, state: State | None = None) -> Properties:
        """All properties of a company, now or in an earlier *state*."""
        changes, modified = self._changes.get(position, _NOTHING), self.modified[position]
        if state is not None:
            changes, modified = state.changes, state.modified
        made = dict(BLANK)
        if position < self._seeded:
            made = self.companies.properties(
                position, self.created[position], self._made_modified[position]
            )
        if state is not None or position in self._changes:
            made.update(changes)
            made["createdate"] = iso(self.created[position])
            made["hs_lastmodifieddate"] = iso(modified)
        made["hs_object_id"] = str(self.ids[position])
        return made

    def change(self, position: int, properties: Mapping[str, str | None], now_ms: int) -> None:
        """Set properties; a None clears."""
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
        """Add a company after all others; gives its position."""
        position = len(self.ids)
        last = self.ids[-1] if self.ids else 0
        self.ids.append(max(last, 10_000_000_000) + ID_STEP - 7)
        self.created.append(created_ms)
        self.modified.append(now_ms)
        self.status.append(GONE)
        self._replace(position, State(LIVE, dict(properties), now_ms, None), _UNBORN)
        return position

    def create_made(self, now_ms: int) -> int:
        """Add the next company that the seed makes."""
        number, self._next_number = self._next_number, self._next_number + 1
        return self.create(self.companies.properties(number, now_ms, now_ms), now_ms, now_ms)

    def merge(self, winner: int, loser: int, now_ms: int) -> int:
        """Merge two live companies into a new one; gives its position.

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
        for old in (winner, loser):
            self._replace(old, self.state(old)._replace(status=GONE))
        self._survivors.update(dict.fromkeys(ids, str(self.ids[position])))
        return position

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
