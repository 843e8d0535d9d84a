"""What HubSpot's reference properties point to: owners, active and deactivated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Final, TypeAlias

from crmsync.records import NO_JOINS
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.objects import OWNER

Joined: TypeAlias = Mapping[str, Mapping[str, object]]
Owners: TypeAlias = Mapping[str, Mapping[str, object]]

_KEPT: Final = ("email", "firstName", "lastName", "type")
_PLAIN: Final = frozenset({str, type(None)})
OWNER_PARTS: Final = ("id", "active", "name", *_KEPT)
"""What a path may reach in an owner."""


def owners_by_id(active: Iterable[JSONObject], archived: Iterable[JSONObject]) -> Owners:
    """Every owner by id, as paths reach into it (`owner.email`, `owner.active`).

    Records keep pointing to owners that left, who are in the archived list alone. One that
    is in both lists, since it came back between the two requests, is active.
    """
    owners = {str(row.get("id")): _owner(row, active=False) for row in archived}
    owners.update((str(row.get("id")), _owner(row, active=True)) for row in active)
    return owners


def owner_references(properties: Sequence[JSONObject], names: Iterable[str]) -> dict[str, str]:
    """Which of these property names hold an owner's id, by what the account says of them."""
    held = {str(row.get("name")) for row in properties if row.get("referencedObjectType") == OWNER}
    return {name: name for name in sorted(names) if name in held}


def joiner(references: Mapping[str, str], owners: Owners) -> Callable[[JSONObject], Joined]:
    """A function from a record's properties to its joins.

    Equal references give the very same mapping, so that a record costs no copy. An id
    that no owner has stays, alone; an empty reference gives nothing.
    """
    if not references:
        return lambda _: NO_JOINS
    properties = tuple(references.values())
    wanted = frozenset(properties)
    held_by = itemgetter(*properties)
    known: dict[object, Joined] = {}

    def join(record: JSONObject) -> Joined:
        try:
            return known[held_by(record)]
        except (KeyError, TypeError):  # it is new, or was left out, or is no text
            held = [record.get(name) for name in properties]
        pairs = zip(references, held, strict=True)
        found = {name: _lookup(owners, str(one)) for name, one in pairs if one}
        if _PLAIN.issuperset(map(type, held)) and record.keys() >= wanted:
            known[held_by(record)] = found
        return found

    return join


def together(
    first: Callable[[JSONObject], Joined], second: Callable[[JSONObject], Joined]
) -> Callable[[JSONObject], Joined]:
    """One function for two: what both of them join, in one mapping."""

    def join(record: JSONObject) -> Joined:
        one, other = first(record), second(record)
        return {**one, **other} if one and other else one or other

    return join


def _lookup(owners: Owners, held: str) -> Mapping[str, object]:
    return owners.get(held) or {"id": held}


def _owner(row: JSONObject, *, active: bool) -> Mapping[str, object]:
    names = [str(row[key]) for key in ("firstName", "lastName") if row.get(key)]
    owner: dict[str, object] = {"id": str(row.get("id")), "active": active}
    owner["name"] = " ".join(names) or None
    owner.update((key, row.get(key)) for key in _KEPT)
    return owner
