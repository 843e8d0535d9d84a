"""What is read from a CRM: records, pages of them, and what can be asked for."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from crmsync.values import Value

Item = TypeVar("Item")

NO_FIELDS: Mapping[str, object] = MappingProxyType({})
NO_JOINS: Mapping[str, Mapping[str, object]] = MappingProxyType({})


class Record(NamedTuple):
    """One CRM object as read. Values are the CRM's own, uncleaned.

    Attributes:
        id: The CRM's id, as text.
        fields: By the CRM's own field names. A name that is missing was not answered, a
            None is empty: the two are told apart.
        joins: What reference fields point to, by the path's first part (`owner`,
            `csm_owner`, `company`). A reference that cannot be resolved has `id` alone.
        modified_at: When the CRM last changed it, UTC; None where it does not say.
        url: Where a person opens it; empty where that cannot be known.
        deleted: Whether it is archived or deleted in the CRM. Fields may be missing then.
        merged_ids: Ids that were merged into this record and are gone.
        person: Whether it stands for a person, not for an organization (Salesforce's
            person accounts).
    """

    id: str
    fields: Mapping[str, object] = NO_FIELDS
    joins: Mapping[str, Mapping[str, object]] = NO_JOINS
    modified_at: datetime | None = None
    url: str = ""
    deleted: bool = False
    merged_ids: tuple[str, ...] = ()
    person: bool = False

    @property
    def milliseconds(self) -> int:
        """`modified_at` since 1970; 0 where it is not known."""
        return int(self.modified_at.timestamp() * 1000) if self.modified_at else 0


class Alike(tuple[Item, ...]):
    """Records whose fields have the same names in the same order, or such fields themselves.

    That is proven by who says it, and believed: asking each record costs as much as its fields.
    """

    __slots__ = ()


class Page(NamedTuple):
    """A stretch of records, in the source's order.

    Attributes:
        records: May be empty, on the last page too.
        cursor: Opaque to all but the source: a read that is given it goes on right after
            this page. The last page's cursor is where the next incremental read starts.
        total: The CRM's own count of the live records that the whole read asked for. Set
            on the first page; None where the CRM has no counter.
        last: Whether the read is complete.
        full: Whether the read is a full pass (else it reads what changed).
        account: The CRM account's own id (HubSpot's portal), empty where unknown.
        anew: Whether the read begins from the start although it was given a cursor in the
            middle of a full pass: what that stood in (an export, a file) is no more. Told
            on the first page.
    """

    records: tuple[Record, ...]
    cursor: str
    total: int | None = None
    last: bool = False
    full: bool = True
    account: str = ""
    anew: bool = False


class Query(Value):
    """What to read.

    Attributes:
        object: The source's object (`companies`).
        paths: Every path that the mapping reaches for (`name`, `owner.email`, `record.url`).
        cursor: Where to go on; None reads everything from the start.
        deleted: Whether archived and deleted records are wanted too, after the live ones.
        filter: Field name to the values that are wanted, all must match.
        limit: Read no more than this many records; None for all.
        ids: Read only these records (missing ones are left out); empty for all.
    """

    object: str
    paths: frozenset[str] = frozenset()
    cursor: str | None = None
    deleted: bool = False
    filter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int | None = None
    ids: tuple[str, ...] = ()


class Drift(NamedTuple):
    """How much a CRM moved while it was being read.

    Attributes:
        appeared: The most records that may have joined the read since it began.
        vanished: The most that may have left it.
    """

    appeared: int
    vanished: int


class SourceField(Value):
    """A field of a CRM object, as a person who writes a mapping needs it.

    Attributes:
        name: The CRM's own name, as used in paths.
        label: What people see in the CRM.
        type: The CRM's own word for its type (`string`, `enumeration`, `datetime` …).
        options: (value, label) of each choice, for enumerations.
        custom: Whether the account defined it itself.
        reference: What it points to (`owner`), empty where it holds a plain value.
        description: The CRM's own words.
    """

    name: str
    label: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    custom: bool = False
    reference: str = ""
    description: str = ""
