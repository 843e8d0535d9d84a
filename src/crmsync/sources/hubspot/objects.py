"""What can be read from HubSpot, as tables: object types, paths of the API, references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

LIST_PAGE: Final = 100
# List answers at most 100 records, batch read takes at most 100 inputs:
# developers.hubspot.com/docs, "Using object APIs", read 2026-11-21.
BATCH_PAGE: Final = 100
# Search answers at most 200 a page, and 10,000 of one query (never reached here, since each
# page asks for ids after the last): developers.hubspot.com/docs, "Search the CRM", read 2026-11-21.
SEARCH_PAGE: Final = 200
# The owners list gives 100 by default; a higher maximum is not documented (read 2026-11-21).
OWNERS_PAGE: Final = 100
MAX_FILTERS: Final = 6
"""Filters that search takes in one group (same page); a read needs up to three itself."""

ID: Final = "hs_object_id"
CREATED: Final = "createdate"
MERGED: Final = "hs_merged_object_ids"
OWNER: Final = "OWNER"
"""The `referencedObjectType` of properties that hold an owner's id."""


@dataclass(frozen=True, kw_only=True)
class ObjectType:
    """One kind of HubSpot record.

    Attributes:
        name: As configurations and paths of the API write it.
        type_id: As addresses of HubSpot's pages write it.
        cursor: The property that moves with every change.
        scopes: What a token needs to read it.
        references: Known first parts of joined paths, to the property that holds an owner's id.
        rank: Which objects win when several give to one key; lower wins.
    """

    name: str
    type_id: str
    cursor: str = "hs_lastmodifieddate"
    scopes: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=lambda: {"owner": "hubspot_owner_id"})
    rank: int = 0

    @property
    def always(self) -> tuple[str, ...]:
        """The properties that every read asks for."""
        return (ID, CREATED, self.cursor, MERGED)


# Type ids: developers.hubspot.com/docs, "Understanding the CRM", read 2026-11-21.
OBJECTS: Final[Mapping[str, ObjectType]] = {
    "companies": ObjectType(
        name="companies", type_id="0-2", scopes=("crm.objects.companies.read",)
    ),
}
OWNER_SCOPE: Final = "crm.objects.owners.read"

# HubSpot names API versions by date since 2026-03-30; v1 to v3 are supported until September
# 2027: developers.hubspot.com/changelog, read 2026-11-21. (v4 exists for associations only.)
_DATED: Final = {
    "objects": "/crm/objects/{version}/{type}",
    "owners": "/crm/owners/{version}",
    "properties": "/crm/properties/{version}/{type}",
    "account": "/account-info/{version}/details",
}
_LEGACY: Final = {
    "objects": "/crm/v3/objects/{type}",
    "owners": "/crm/v3/owners/",
    "properties": "/crm/v3/properties/{type}",
    "account": "/account-info/v3/details",
}


def api_path(what: str, version: str, object_name: str = "") -> str:
    """The path of one part of the API (`objects`, `owners`, `properties`, `account`)."""
    table = _LEGACY if version in {"v3", "v4"} else _DATED
    return table[what].format(version=version, type=object_name)


class Wanted(NamedTuple):
    """What a mapping's paths ask of HubSpot.

    Attributes:
        properties: To ask for, the always-asked ones first, the others sorted.
        references: Joined paths' first part, to the property that holds an owner's id.
        dotted: First parts that are joined and that only the account's own properties
            can tell: a property that refers to owners, or a mistake.
        owners: Whether more of an owner than its id is wanted.
    """

    properties: tuple[str, ...]
    references: Mapping[str, str]
    dotted: frozenset[str]
    owners: bool


def wanted(kind: ObjectType, paths: Iterable[str]) -> Wanted:
    """Sort a mapping's paths into what has to be asked for."""
    properties: set[str] = set()
    references: dict[str, str] = {}
    dotted: set[str] = set()
    owners = False
    for path in paths:
        head, _, rest = path.partition(".")
        if head == "record":
            continue
        if head in kind.references:
            references[head] = kind.references[head]
            owners = owners or rest not in {"", "id"}
        elif rest:
            dotted.add(head)
        properties.add(kind.references.get(head, head))
    asked = kind.always + tuple(sorted(properties.difference(kind.always)))
    return Wanted(asked, references, frozenset(dotted), owners)
