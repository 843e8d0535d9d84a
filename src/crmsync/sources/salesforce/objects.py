"""What can be read from Salesforce, as tables: objects, and their fields as describe tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from crmsync.reports import JSONObject

# A query answers at most 2,000 rows a page: developer.salesforce.com/docs, "REST API Developer
# Guide, Query Options Header", read 2026-11-21.
REST_PAGE: Final = 2000
PAGE: Final = 250
"""Records that are handed on at once, however they came: several pages are in memory at a time."""
IDS_A_QUERY: Final = 200
"""Ids in one condition, fewer where the address would be too long."""
# "No more than five levels can be specified in a child-to-parent relationship": SOQL and SOSL
# Reference, "Understanding Relationship Query Limitations", read 2026-11-21.
MAX_LEVELS: Final = 5
RESULT_PAGES: Final = 5
"""Parts of a Bulk result that are downloaded side by side at most: as many as one answer of
`resultPages` names (Bulk API 2.0 Developer Guide, "Get Parallel Results", read 2026-11-21)."""

ID: Final = "Id"
CREATED: Final = "CreatedDate"
DELETED: Final = "IsDeleted"
MASTER: Final = "MasterRecordId"
PERSON: Final = "IsPersonAccount"
WEBSITE: Final = "Website"
OWNER: Final = "OwnerId"
STAGE: Final = "StageName"
STAGES: Final = "OpportunityStage"
CONTACT: Final = "Contact"
STAMPS: Final = ("SystemModstamp", "LastModifiedDate", CREATED)
"""What tells when a record changed, the best first: integrations may set LastModifiedDate, and
automation does not move it; history objects have CreatedDate alone (Object Reference, "System
Fields", read 2026-11-21)."""
QUEUE: Final = "00G"
"""What the ids of queues begin with: they own records as users do (Object Reference, "Group")."""
COMPOUND: Final = frozenset({"address", "location"})
"""Types of fields that hold others. Bulk API refuses them; their parts are fields, too."""
UNREADABLE: Final = frozenset({"base64", "complexvalue"})
"""Types that a query gives in one form only, or as an address to be read apart."""


class Field(NamedTuple):
    """One field, as describe tells it.

    Attributes:
        refers: The objects that a reference can point to.
        relationship: The name by which a path goes through a reference; empty where none does.
        compound: The compound field that this one is a part of.
        filterable: Whether WHERE takes it.
    """

    name: str
    label: str
    type: str
    custom: bool = False
    refers: tuple[str, ...] = ()
    relationship: str = ""
    compound: str = ""
    filterable: bool = True
    options: tuple[tuple[str, str], ...] = ()
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Described:
    """An object and its fields, as far as the user who signed in may see them."""

    name: str
    fields: Mapping[str, Field]
    queryable: bool = True
    _relations: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the references by both of their names."""
        held = [one for one in self.fields.values() if one.refers and one.relationship]
        by_field = {one.name: one for one in held}
        object.__setattr__(self, "_relations", by_field | {one.relationship: one for one in held})

    @property
    def stamp(self) -> str:
        """The field that tells when a record changed; empty where there is none."""
        return next((one for one in STAMPS if one in self.fields), "")

    @property
    def always(self) -> tuple[str, ...]:
        """The fields that every read asks for."""
        return (ID, *(one for one in (self.stamp, PERSON, MASTER, DELETED) if one in self.fields))

    def relation(self, name: str) -> Field | None:
        """The reference that a path's part goes through: by relationship, or the field's own name.

        `Owner` and `OwnerId`, `CSM__r` and `CSM__c` are the same.
        """
        return self._relations.get(name)

    def parts(self, compound: str) -> Mapping[str, Field]:
        """The parts of a compound field (`city` of `BillingAddress`), by the name REST gives them.

        Describe tells which fields belong to it; the part's name is what the compound field's
        name does not say already.
        """
        held = (one for one in self.fields.values() if one.compound == compound)
        return {_part(one.name, compound): one for one in held}


def _part(name: str, compound: str) -> str:
    if compound.endswith("__c"):  # Home__c has Home__City__s
        part = name.removeprefix(compound.removesuffix("c")).removesuffix("__s")
    else:
        part = name.removeprefix(compound.removesuffix("Address"))
    return part[:1].lower() + part[1:]


def described(row: JSONObject) -> Described:
    """An object from describe's answer."""
    rows = row.get("fields")
    held = rows if isinstance(rows, list) else []
    fields = [_field(one) for one in held if isinstance(one, dict)]
    return Described(
        name=_text(row.get("name")),
        fields={one.name: one for one in fields if one.name},
        queryable=row.get("queryable") is not False,
    )


def _field(row: JSONObject) -> Field:
    type_ = _text(row.get("type"))
    name = _text(row.get("name"))
    picks = row.get("picklistValues")
    refers = row.get("referenceTo")
    return Field(
        name=name,
        label=_text(row.get("label")) or name,
        type=type_,
        custom=row.get("custom") is True,
        refers=tuple(map(str, refers)) if isinstance(refers, list) else (),
        relationship=_text(row.get("relationshipName")),
        # A person's Name is a compound, too, but of a text: it can be read as it is.
        compound=_text(row.get("compoundFieldName")),
        filterable=row.get("filterable") is not False,
        options=tuple(_options(picks)) if isinstance(picks, list) else (),
        help=_text(row.get("inlineHelpText")),
    )


def _options(rows: list[object]) -> list[tuple[str, str]]:
    return [
        (_text(row.get("value")), _text(row.get("label")))
        for row in rows
        if isinstance(row, dict) and row.get("active") is not False
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)


# A reference that may point to several kinds of objects is read through the object Name, which
# has what users and queues share: SOQL and SOSL Reference, "Understanding Polymorphic
# Relationships"; its fields: Object Reference, "Name"; read 2026-11-21.
_NAME_TYPES: Final = {
    ID: "id",
    "Name": "string",
    "FirstName": "string",
    "LastName": "string",
    "Email": "email",
    "Phone": "phone",
    "Title": "string",
    "Type": "picklist",
    "Username": "string",
    "Alias": "string",
    "IsActive": "boolean",
}
NAME: Final = Described(
    name="Name", fields={one: Field(one, one, type_) for one, type_ in _NAME_TYPES.items()}
)


class ObjectType(NamedTuple):
    """An object that people start with.

    Attributes:
        rank: Which objects win when several give to one key; lower wins.
    """

    name: str
    rank: int


OBJECTS: Final[Mapping[str, ObjectType]] = {
    "Account": ObjectType("Account", 0),
    "Opportunity": ObjectType("Opportunity", 1),
}
OTHER_RANK: Final = 1
"""Of every other object that the org has, custom ones included."""

_SHORT: Final = 15
_LONG: Final = 18
_GROUP: Final = 5
_CHECKS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(text: str) -> str:
    """An id with its 18 characters, from 15 or 18; empty where it could be none.

    Reports and addresses show 15, which differ by case; the API gives 18, whose last three
    tell which of the others are capitals (Salesforce Help, 000383278, read 2026-11-21).
    """
    if len(text) not in (_SHORT, _LONG) or not (text.isascii() and text.isalnum()):
        return ""
    short = text[:_SHORT]
    groups = (short[at : at + _GROUP] for at in range(0, _SHORT, _GROUP))
    capitals = (sum(one.isupper() << place for place, one in enumerate(part)) for part in groups)
    return short + "".join(_CHECKS[found] for found in capitals)
