"""Where a record is: under which key, by this run or by the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from crmsync.engine.shelf import Settled
from crmsync.engine.slots import Move, Slot, digest_of
from crmsync.receipts import Outcome
from crmsync.state import Known, RecordWrite

PLACED: Final = 1_000
"""Records whose slots have landed are forgotten so many at once: each time looks at all."""


class Whereabouts:
    """What this run did with records, where the ledger does not tell it yet.

    A record may come several times in one read, since it changes while that goes on.

    Args:
        sync: The sync that runs.
        slots: By key, the slots that are open or whose records are not in the ledger yet.

    Attributes:
        placed: The key that a record gave something to last, or left, and its way from another.
    """

    def __init__(self, sync: str, slots: Mapping[str, Slot]) -> None:
        self.placed: dict[str, tuple[str, Move | None]] = {}
        self._sync = sync
        self._slots = slots
        self._to_come: dict[str, Known | None] = {}

    def keys(self, ids: Iterable[str]) -> Iterable[str]:
        """The keys of those records that this run has placed."""
        return [self.placed[one][0] for one in ids if one in self.placed]

    def known(self, record_id: str, stored: Mapping[str, Known]) -> Known | None:
        """What is held of a record: by the ledger (*stored*), or by a slot since."""
        placed = self.placed.get(record_id)
        if placed is None:
            return self._row(record_id, stored)
        slot = self._slots.get(placed[0])
        if slot is None and _unfinished(placed[1]):
            # Its row changes when its way is at its end: till then the ledger tells an older key.
            return Known(placed[0], b"", Outcome.PENDING)
        if slot is None:
            return self._row(record_id, stored)
        given = slot.members.get((self._sync, record_id))
        if given is not None:
            return Known(placed[0], digest_of(given.body), Outcome.PENDING)
        newest = placed[1].newest if placed[1] is not None else None
        if newest is None or newest.skipped is None:
            return None  # it was gone for a while
        return _told(newest.skipped)

    def under_way(self, record_id: str) -> Move | None:
        """A record's way from one key to another, where that is not at its end."""
        _, move = self.placed.get(record_id, (None, None))
        return move if _unfinished(move) else None

    def onward(self, record_id: str, key: str) -> Move:
        """A record's way, as far as is known now, with one landing more: that of *key*."""
        move = self.under_way(record_id) or Move()
        move.left += 1
        self.placed[record_id] = (key, move)
        return move

    def on_its_way(self, record_id: str) -> bool:
        """Whether what a record gave, or took away, last has not landed, or is not stored."""
        placed = self.placed.get(record_id)
        return placed is not None and self._is_open(*placed)

    def note(self, settled: Settled) -> None:
        """Note what will be stored of a record that needs nothing sent."""
        if settled.forget:
            self._to_come[settled.record_id] = None
        elif (write := settled.write) is not None:
            self._to_come[write.record_id] = _told(write)

    def committed(self) -> None:
        """What was settled is in the ledger: it can be looked up there again."""
        self._to_come.clear()
        if len(self.placed) > 2 * len(self._slots) + PLACED:
            placed = self.placed.items()
            for one in [one for one, (key, move) in placed if not self._is_open(key, move)]:
                del self.placed[one]

    def _row(self, record_id: str, stored: Mapping[str, Known]) -> Known | None:
        """What the ledger tells of a record, or will when all that is settled is stored."""
        if record_id in self._to_come:
            return self._to_come[record_id]
        return stored.get(record_id)

    def _is_open(self, key: str, move: Move | None) -> bool:
        return key in self._slots or _unfinished(move)


def _told(write: RecordWrite) -> Known:
    return Known(write.key, write.digest, write.outcome)


def _unfinished(move: Move | None) -> bool:
    """Whether a record is on its way from one key to another still."""
    return move is not None and bool(move.left)
