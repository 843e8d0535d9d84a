"""What can be read from Pipedrive, as tables: objects, their fields, what they point to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Final, NamedTuple

from crmsync.sources.pipedrive import endpoints
from crmsync.sources.pipedrive.endpoints import Endpoint, Parameter
from crmsync.values import Value

ID: Final = "id"
UPDATED: Final = "update_time"

OWNER: Final = "owner"
STAGE: Final = "stage"
PIPELINE: Final = "pipeline"
STATUS: Final = "status"
CONTACTS: Final = "persons"
"""The persons of an organization, as a joined path's first part."""

OWNER_PARTS: Final = ("id", "active", "name", "email")
STAGE_PARTS: Final = (
    "id", "label", "is_won", "is_closed", "is_open", "probability", "order", "position",
)  # fmt: skip
PIPELINE_PARTS: Final = ("id", "label")
STATUS_PARTS: Final = ("id", "is_won", "is_lost", "is_closed", "is_open")
CONTACT_PARTS: Final = ("emails",)
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    OWNER: OWNER_PARTS,
    STAGE: STAGE_PARTS,
    PIPELINE: PIPELINE_PARTS,
    STATUS: STATUS_PARTS,
    CONTACTS: CONTACT_PARTS,
}
"""What a path may reach in what is joined and is no record of its own."""


class ObjectType(Value):
    """One kind of Pipedrive record.

    Attributes:
        name: As configurations and paths of the API write it.
        singular: As addresses of Pipedrive's pages write it.
        records: The list of the live ones.
        archive: The list of the archived ones, which are live all the same; None where there
            is no archive.
        fields: The list of the object's own fields.
        lists_deleted: Whether deleted ones are listed at all.
        standard: Names of the fields that every account has, in version 2's default answer.
        labelled: Those of them that hold ids of options, to be given as labels.
        joined: What its paths may reach besides fields: first part, to the field that tells.
        records_joined: Those of them that are records of another object, to that object.
        pushed: Fields that the CRM itself can filter by.
        rank: Which objects win when several give to one key; lower wins.
    """

    name: str
    singular: str
    records: Endpoint
    archive: Endpoint | None = None
    fields: Endpoint
    lists_deleted: bool = False
    standard: frozenset[str]
    labelled: frozenset[str] = frozenset({"label_ids"})
    joined: Mapping[str, str]
    records_joined: Mapping[str, str] = field(default_factory=dict)
    pushed: frozenset[Parameter] = frozenset({Parameter.OWNER_ID})
    rank: int = 0


_COMMON: Final = frozenset(
    {"id", "owner_id", "visible_to", "label_ids", "add_time", "update_time", "is_deleted"}
)
# Fields: the API v2 migration guide (pipedrive.readme.io/docs/pipedrive-api-v2-migration-guide)
# and the models of the official Node client 33.7.0, read 2026-11-21.
_DEALS: Final = ObjectType(
    name="deals",
    singular="deal",
    records=endpoints.DEALS,
    archive=endpoints.ARCHIVED_DEALS,
    fields=endpoints.DEAL_FIELDS,
    lists_deleted=True,
    standard=_COMMON
    | {
        "title", "value", "currency", "creator_user_id", "person_id", "org_id", "pipeline_id",
        "stage_id", "status", "probability", "lost_reason", "stage_change_time", "close_time",
        "won_time", "lost_time", "local_won_date", "local_lost_date", "local_close_date",
        "expected_close_date", "is_archived", "archive_time", "origin", "origin_id", "channel",
        "channel_id", "arr", "mrr", "acv",
    },
    labelled=frozenset({"label_ids", "channel"}),
    joined={
        OWNER: "owner_id", STAGE: "stage_id", PIPELINE: "pipeline_id", STATUS: "status",
        "person": "person_id", "organization": "org_id",
    },
    records_joined={"person": "persons", "organization": "organizations"},
    pushed=frozenset(
        {
            Parameter.OWNER_ID, Parameter.STAGE_ID, Parameter.PIPELINE_ID, Parameter.ORG_ID,
            Parameter.PERSON_ID, Parameter.STATUS,
        }
    ),
    rank=1,
)  # fmt: skip
_ORGANIZATIONS: Final = ObjectType(
    name="organizations",
    singular="organization",
    records=endpoints.ORGANIZATIONS,
    fields=endpoints.ORGANIZATION_FIELDS,
    standard=_COMMON
    | {"name", "address", "website", "linkedin", "industry", "annual_revenue", "employee_count"},
    labelled=frozenset({"label_ids", "industry"}),
    joined={OWNER: "owner_id", CONTACTS: "id"},
)
_PERSONS: Final = ObjectType(
    name="persons",
    singular="person",
    records=endpoints.PERSONS,
    fields=endpoints.PERSON_FIELDS,
    standard=_COMMON
    | {
        "name", "first_name", "last_name", "org_id", "emails", "phones", "picture_id", "im",
        "ims", "job_title", "notes", "birthday", "postal_address",
    },
    joined={OWNER: "owner_id", "organization": "org_id"},
    records_joined={"organization": "organizations"},
    pushed=frozenset({Parameter.OWNER_ID, Parameter.ORG_ID}),
    rank=1,
)  # fmt: skip
OBJECTS: Final[Mapping[str, ObjectType]] = {
    kind.name: kind for kind in (_DEALS, _ORGANIZATIONS, _PERSONS)
}
"""The first is what people start with."""

_POINTING: Final = frozenset({"owner_id", "creator_user_id", "person_id", "org_id"})
"""Standard fields that a path may lead through, as through a custom field of such a type."""
OPEN_STATUSES: Final = frozenset({"open", "won", "lost"})
"""Values of a filter by `status` that Pipedrive may be asked for."""


class Wanted(NamedTuple):
    """What paths ask of one kind of record.

    Attributes:
        joined: First parts of joined paths, to what is reached in each (`id` for it alone).
        plain: Fields that are taken as they are.
        others: Paths that only the account's own list of fields can tell: custom fields,
            options with labels, fields that are answered on demand, mistakes.
    """

    joined: Mapping[str, frozenset[str]]
    plain: frozenset[str]
    others: frozenset[str]


def wanted(kind: ObjectType, paths: Iterable[str]) -> Wanted:
    """Sort paths into what has to be asked for."""
    joined: dict[str, set[str]] = {}
    plain: set[str] = set()
    others: set[str] = set()
    for path in paths:
        head, _, tail = path.partition(".")
        if head == "record":
            continue
        if head in kind.joined and (tail or head not in kind.standard):
            joined.setdefault(head, set()).add(tail or ID)
        elif head in kind.standard - kind.labelled and not (tail and head in _POINTING):
            plain.add(head)
        else:
            others.add(path)
    reached = {head: frozenset(tails) for head, tails in joined.items()}
    return Wanted(reached, frozenset(plain), frozenset(others))
