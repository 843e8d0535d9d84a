"""The company's records: what is made from the seed, and what changed since.

Records are numbered by position; positions are in the order of ids. A change never alters a
stored mapping in place.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol

from crmsync.sandbox.beginnings import kept
from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.pipedrive import users
from crmsync.sandbox.pipedrive.draws import NEVER, Columns
from crmsync.sandbox.pipedrive.moments import DAY, utc

LIVE: Final = 1
ARCHIVED: Final = 2
DELETED: Final = 3
ALL_USERS: Final = 3
"""The `visible_to` of records that everybody sees."""

# Deals removed longer ago are in no list: the reference of `status` in GET /api/v2/deals, read
# 2026-11-21.
KEPT_AFTER_DELETION: Final = 30 * DAY
_NOTHING: Final[Mapping[str, Any]] = {}


class Maker(Protocol):
    """Makes one object's records from a seed.

    Attributes:
        blank: A record without any value, its id left out.
    """

    @property
    @abstractmethod
    def blank(self) -> Mapping[str, object]:
        """A record without any value, its id left out."""

    @abstractmethod
    def record(self, number: int, record_id: int, added: int, updated: int) -> JSONObject:
        """The record of that number, as version 2 answers it."""

    @abstractmethod
    def is_sound(self, number: int) -> bool:
        """Whether a change of it reaches a platform."""


class Table:
    """All records of one object, as *begun* (the account's options) and its maker make them.

    Attributes:
        ids: In ascending order.
        added: Seconds.
        updated: Seconds; 0 for none.
        status: LIVE, ARCHIVED or DELETED.
        blank: A record without any value, its id left out.
        restricted: Whether records that only their owner may see are out of sight of others.
        forgotten: Keys of custom fields that were deleted.
        version: Grows with every change.
        on_change: Called with the position after a record changed.
    """

    def __init__(
        self, name: str, maker: Maker, columns: Columns, status: bytearray, begun: str
    ) -> None:
        self.name = name
        self.ids, self.added, self.updated = columns
        self.status = status
        self.restricted = False
        self.forgotten: frozenset[str] = frozenset()
        self.version = 0
        self.on_change: Callable[[int], None] = lambda _: None
        self.blank = maker.blank
        self._maker = maker
        self._made = kept(maker.record, (begun, name), len(self.ids))
        self._made_updated = tuple(self.updated)
        self._changes: dict[int, Mapping[str, Any]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def position(self, record_id: int) -> int | None:
        """Where an id is, whatever its status; None where it never was."""
        place = bisect_left(self.ids, record_id)
        return place if place < len(self.ids) and self.ids[place] == record_id else None

    def positions(self, *statuses: int) -> Iterator[int]:
        """Positions of these statuses, in the order of ids."""
        return (place for place, status in enumerate(self.status) if status in statuses)

    def is_sound(self, position: int) -> bool:
        """Whether nothing is odd about the record."""
        return position >= len(self._made_updated) or self._maker.is_sound(position)

    def record(self, position: int) -> JSONObject:
        """The record as version 2 answers it, with all that it has. Its values are shared."""
        if position < len(self._made_updated):
            made = self._made(
                position, self.ids[position], self.added[position], self._made_updated[position]
            )
        else:
            made = {"id": self.ids[position], **self.blank}
        if position in self._changes:
            made.update(self._changes[position])
            updated = self.updated[position]
            made["update_time"] = utc(updated) if updated != NEVER else None
        if self.status[position] != LIVE:
            _flag(made, self.status[position])
        if self.forgotten:
            held = made["custom_fields"].items()
            made["custom_fields"] = {key: it for key, it in held if key not in self.forgotten}
        return made

    def is_visible(self, position: int) -> bool:
        """Whether the credentials' user may see the record."""
        if not self.restricted:
            return True
        record = self.record(position)
        return bool(record["visible_to"] == ALL_USERS or record["owner_id"] == users.ME)

    def change(self, position: int, values: Mapping[str, Any], now: int) -> None:
        """Set values; custom fields that are not named stay."""
        kept = {**self._changes.get(position, _NOTHING), **values}
        if "custom_fields" in values:
            kept["custom_fields"] = self.record(position)["custom_fields"] | values["custom_fields"]
        self._changes[position] = kept
        self._moved(position, now)

    def move(self, position: int, status: int, now: int) -> None:
        """Archive, delete or bring back."""
        archived = {"archive_time": utc(now) if status == ARCHIVED else None}
        self.status[position] = status
        self.change(position, archived if "archive_time" in self.blank else {}, now)

    def create(self, values: Mapping[str, Any], now: int) -> int:
        """Add a record after all others; gives its position."""
        position = len(self.ids)
        self.ids.append(self.ids[-1] + 2 if self.ids else 1)
        self.added.append(now)
        self.updated.append(now)
        self.status.append(LIVE)
        self._changes[position] = {**values, "add_time": utc(now)}
        self._moved(position, now)
        return position

    def create_made(self, now: int) -> int:
        """Add the next record that the seed makes."""
        made = self._maker.record(len(self.ids), 0, now, now)
        return self.create({name: made[name] for name in made if name != "id"}, now)

    def forget(self, key: str) -> None:
        """Delete a custom field, and with it all its values. No record's time moves."""
        self.forgotten |= {key}
        for position in range(len(self)):
            self.on_change(position)

    def _moved(self, position: int, now: int) -> None:
        self.updated[position] = now
        self.version += 1
        self.on_change(position)


def _flag(made: JSONObject, status: int) -> None:
    if status == ARCHIVED:
        made["is_archived"] = True
        made["archive_time"] = made["archive_time"] or made["update_time"]
    else:
        made["is_deleted"] = True
        if "status" in made:
            made["status"] = "deleted"
