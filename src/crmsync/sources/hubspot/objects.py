"""What can be read from HubSpot, as tables: object types, paths of the API, references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Final, NamedTuple

from crmsync.values import Value

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

# With the history of a property, both take 50 at most: HubSpot/hubspot-api-python, issue 143,
# read 2026-11-21.
HISTORY_PAGE: Final = 50
# Associations are read for at most 1,000 records a request: developers.hubspot.com/changelog,
# "Associations v4 batch read", read 2026-11-21.
LINKS_PAGE: Final = 1000

ID: Final = "hs_object_id"
CREATED: Final = "createdate"
MERGED: Final = "hs_merged_object_ids"
OWNER: Final = "OWNER"
"""The `referencedObjectType` of properties that hold an owner's id."""


DEAL_STAGE: Final = "dealstage"
PIPELINE: Final = "pipeline"
IS_WON: Final = "hs_is_closed_won"
IS_CLOSED: Final = "hs_is_closed"
STAGE_FLAGS: Final = ("is_won", "is_closed", "is_open")
"""Parts of a stage that a deal's own properties tell, too."""


class ObjectType(Value):
    """One kind of HubSpot record.

    Attributes:
        name: As configurations write it.
        table: As paths of the API write it.
        type_id: As addresses of HubSpot's pages write it.
        cursor: The property that moves with every change.
        scopes: What a token needs to read it.
        references: Known first parts of joined paths, to the property that holds an owner's id.
        stages: Known first parts of joined paths, to the property that holds the id of what the
            pipelines describe; "" where no property does.
        company: The first part of paths that lead to the record's primary company; "" where
            none do.
        history: The properties of which each change is a record of its own.
        rank: Which objects win when several give to one key; lower wins.
    """

    name: str
    table: str
    type_id: str
    cursor: str = "hs_lastmodifieddate"
    scopes: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=lambda: {"owner": "hubspot_owner_id"})
    stages: Mapping[str, str] = field(default_factory=dict)
    company: str = ""
    history: tuple[str, ...] = ()
    rank: int = 0

    @property
    def always(self) -> tuple[str, ...]:
        """The properties that every read asks for."""
        return (ID, CREATED, self.cursor, MERGED)

    def own_property(self, path: str) -> str:
        """The property that a path leads to; empty where it leads to something joined."""
        head, _, rest = path.partition(".")
        if head in {"record", self.company} or rest not in {"", "id"}:
            return ""
        held = {**self.references, **self.stages}
        return held.get(head, "" if rest else head)


_STAGES: Final = {"stage": DEAL_STAGE, "pipeline": PIPELINE}
CHANGE: Final = "change"
"""The first part of paths into a stage change itself."""

# Type ids: developers.hubspot.com/docs, "Understanding the CRM", read 2026-11-21.
COMPANIES: Final = ObjectType(
    name="companies", table="companies", type_id="0-2", scopes=("crm.objects.companies.read",)
)
DEALS: Final = ObjectType(
    name="deals",
    table="deals",
    type_id="0-3",
    scopes=("crm.objects.deals.read",),
    stages=_STAGES,
    company="company",
    rank=1,
)
STAGE_CHANGES: Final = replace(
    DEALS,
    name="deal_stage_changes",
    stages={**_STAGES, "from_stage": "", "to_stage": "", CHANGE: ""},
    history=(DEAL_STAGE, PIPELINE),
)
OBJECTS: Final[Mapping[str, ObjectType]] = {
    kind.name: kind for kind in (COMPANIES, DEALS, STAGE_CHANGES)
}
OWNER_SCOPE: Final = "crm.objects.owners.read"
_READ: Final = frozenset(scope for kind in OBJECTS.values() for scope in kind.scopes)
# The schemas' scopes read nothing that those of their objects do not: HubSpot's OpenAPI files,
# 2026-09. Every app has `oauth`, observed.
NEEDED: Final = (
    _READ | {one.replace(".objects.", ".schemas.") for one in _READ} | {OWNER_SCOPE, "oauth"}
)
"""The scopes that some sync needs, or that let do no more than those."""

# HubSpot names API versions by date since 2026-03-30; v1 to v3 are supported until September
# 2027: developers.hubspot.com/changelog, read 2026-11-21. (v4 exists for associations only.)
_DATED: Final = {
    "objects": "/crm/objects/{version}/{type}",
    "owners": "/crm/owners/{version}",
    "properties": "/crm/properties/{version}/{type}",
    "pipelines": "/crm/pipelines/{version}/{type}",
    "associations": "/crm/associations/{version}/{type}",
    "account": "/account-info/{version}/details",
}
_LEGACY: Final = {
    "objects": "/crm/v3/objects/{type}",
    "owners": "/crm/v3/owners/",
    "properties": "/crm/v3/properties/{type}",
    "pipelines": "/crm/v3/pipelines/{type}",
    "associations": "/crm/v4/associations/{type}",
    "account": "/account-info/v3/details",
}


def api_path(what: str, version: str, object_name: str = "") -> str:
    """The path of one part of the API (`objects`, `owners`, `properties`, `account` …)."""
    table = _LEGACY if version in {"v3", "v4"} else _DATED
    return table[what].format(version=version, type=object_name)


class Wanted(NamedTuple):
    """What a mapping's paths ask of HubSpot.

    Attributes:
        properties: To ask for, the always-asked ones first, the others sorted.
        reached: Those of them that the paths need.
        references: Joined paths' first part, to the property that holds an owner's id.
        dotted: First parts that are joined and that only the account's own properties
            can tell: a property that refers to owners, or a mistake.
        owners: Whether more of an owner than its id is wanted.
        stages: Joined paths' first part, of what the pipelines describe.
        pipelines: Whether more of them than their ids is wanted.
        company: What is wanted of the primary company; None where nothing is.
    """

    properties: tuple[str, ...]
    reached: tuple[str, ...]
    references: Mapping[str, str]
    dotted: frozenset[str]
    owners: bool
    stages: frozenset[str]
    pipelines: bool
    company: Wanted | None

    @property
    def lists_owners(self) -> bool:
        """Whether the owners must be read, for this or for the company."""
        own = self.owners or bool(self.dotted)
        return own or (self.company is not None and self.company.lists_owners)


def wanted(kind: ObjectType, paths: Iterable[str]) -> Wanted:
    """Sort a mapping's paths into what has to be asked for."""
    reached: set[str] = set()
    references: dict[str, str] = {}
    dotted: set[str] = set()
    stages: set[str] = set()
    parts: set[tuple[str, str]] = set()
    companys: set[str] = set()
    for path in paths:
        head, _, rest = path.partition(".")
        if head == "record":
            continue
        if head == kind.company:
            companys.add(rest or "id")
            continue
        parts.add((head, rest))
        if head in kind.references:
            references[head] = kind.references[head]
        elif head in kind.stages:
            stages.add(head)
            reached.update(_of_stage(head, rest))
        elif rest:
            dotted.add(head)
        reached.add({**kind.references, **kind.stages}.get(head, head))
    reached.discard("")
    more = {head for head, rest in parts if rest not in {"", "id"}}
    return Wanted(
        kind.always + tuple(sorted(reached.difference(kind.always))),
        tuple(sorted(reached)),
        references,
        frozenset(dotted),
        owners=not more.isdisjoint(references),
        stages=frozenset(stages),
        pipelines=not more.isdisjoint(stages - {CHANGE}),
        company=wanted(COMPANIES, companys - {"id"}) if companys else None,
    )


def _of_stage(head: str, part: str) -> tuple[str, ...]:
    """What a deal must tell so that the pipelines can tell a part of its stage."""
    if head != "stage" or part in {"", "id"}:
        return ()
    return (PIPELINE, IS_WON, IS_CLOSED) if part in STAGE_FLAGS else (PIPELINE,)
