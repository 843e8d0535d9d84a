"""The whole company: its three tables, built when they are first needed, and what joins them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive import draws
from crmsync.sandbox.pipedrive.deals import Deals, is_archived, is_deleted
from crmsync.sandbox.pipedrive.moments import DAY
from crmsync.sandbox.pipedrive.organizations import Organizations
from crmsync.sandbox.pipedrive.persons import Persons
from crmsync.sandbox.pipedrive.schema import OBJECTS, Field, custom_fields
from crmsync.sandbox.pipedrive.store import ARCHIVED, DELETED, LIVE, Table

_LINKS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "organizations": (("persons", "org_id"), ("deals", "org_id")),
    "persons": (("deals", "person_id"),),
    "deals": (),
}
"""Object to what points to it, and by which field."""
_FILLED: Final = frozenset(
    {"value", "person_id", "org_id", "address", "website", "linkedin", "industry"}
)
"""What a merge gives a survivor that has none."""


class World:
    """The records. Tables are built together, at the first look at one of them."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self.fields: dict[str, tuple[Field, ...]] = {
            name: custom_fields(options.seed, name) for name in OBJECTS
        }

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Object name to its records."""
        options = self._options
        seed, nasty = options.seed, options.nasty
        keep_nulls = options.pipedrive_nulls == "null"
        organizations = Organizations(
            seed, nasty, self.fields["organizations"], keep_nulls=keep_nulls
        )
        orgs = self._columns("organizations", options.companies)
        # A copy: a person keeps the organization that the seed gave it.
        org_ids = tuple(orgs.ids)
        persons = Persons(
            seed, nasty, self.fields["persons"], organizations, org_ids, keep_nulls=keep_nulls
        )
        people = self._columns("persons", persons.count)
        deals = Deals(
            seed, nasty, self.fields["deals"], (organizations, org_ids),
            (persons, tuple(people.ids)), keep_nulls=keep_nulls,
        )  # fmt: skip
        sold = self._columns("deals", options.deals)
        tables = {
            name: Table(name, maker, columns, status, repr(options))
            for name, maker, columns, status in (
                ("organizations", organizations, orgs, _all_live(orgs.ids)),
                ("persons", persons, people, _all_live(people.ids)),
                ("deals", deals, sold, _some_gone(sold.updated)),
            )
        }
        for table in tables.values():
            table.restricted = options.pipedrive_restricted
        return tables

    def _columns(self, name: str, count: int) -> draws.Columns:
        return draws.columns(self._options.seed, name, count, draws.anchor())

    def merge(self, name: str, winner: int, loser: int, moment: int) -> None:
        """Merge a live record into another of the same object; both are positions.

        Nothing on the survivor points to the loser, which looks deleted; what belonged to the
        loser belongs to the survivor, at the same moment: Pipedrive's reference of
        `PUT /{object}/{id}/merge`, read 2026-11-21.
        """
        table = self.tables[name]
        kept, given = table.record(winner), table.record(loser)
        filled = {key: given[key] for key in _FILLED & given.keys() if kept[key] is None}
        table.change(winner, filled, moment)
        table.move(loser, DELETED, moment)
        for owner, link in _LINKS[name]:
            _repoint(self.tables[owner], link, kept["id"], given["id"], moment)


def now() -> int:
    """Seconds since 1970, whole ones: the CRM knows no others."""
    return int(time.time())


def _repoint(table: Table, link: str, kept: int, given: int, moment: int) -> None:
    for position in list(table.positions(LIVE, ARCHIVED)):
        if table.record(position)[link] == given:
            table.change(position, {link: kept}, moment)


def _all_live(ids: Sequence[int]) -> bytearray:
    return bytearray(b"\x01" * len(ids))


def _some_gone(updated: list[int]) -> bytearray:
    """Which deals are archived or deleted at the start.

    The deleted ones were deleted in the last 25 days of the real clock, since the vendor would
    not show them otherwise; that day is their `update_time`.
    """
    today = now() // DAY * DAY
    status = _all_live(updated)
    for number in range(len(updated)):
        if is_archived(number):
            status[number] = ARCHIVED
        elif is_deleted(number):
            status[number] = DELETED
            updated[number] = max(updated[number], today - (number // 100 % 25 + 1) * DAY)
    return status
