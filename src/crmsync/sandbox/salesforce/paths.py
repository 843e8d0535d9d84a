"""Field paths resolved against the organization, and followed from record to record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from crmsync.sandbox.salesforce import refusals
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.schema import Field, ObjectType, Value, Values
from crmsync.sandbox.salesforce.store import Table
from crmsync.sandbox.salesforce.syntax import Path

# "No more than five levels can be specified in a child-to-parent relationship": SOQL and SOSL
# Reference, "Understanding relationship query limitations", read 2026-11-21.
MAX_LEVELS: Final = 5
# A reference to more than one object is read through the object Name: SOQL and SOSL Reference,
# "Understanding polymorphic relationships", read 2026-11-21.
_OF_NAME: Final = frozenset(
    {"Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title", "Type", "Username", "Alias",
     "IsActive"}
)  # fmt: skip


class Resolved(NamedTuple):
    """A path that exists.

    Attributes:
        through: The references from the queried object on; empty for an own field.
        field: What is read at the end.
    """

    through: tuple[Field, ...]
    field: Field

    @property
    def name(self) -> str:
        """The path as Salesforce writes it."""
        return ".".join([*(one.relationship for one in self.through), self.field.name])


def resolve(org: Org, kind: ObjectType, path: Path) -> Resolved:
    """Find a path's fields.

    Raises:
        RefusedError: There is no such relationship or field that the user may see.
    """
    through: list[Field] = []
    if len(path) > 1 and path[0].lower() == kind.name.lower() and not kind.relation(path[0]):
        path = path[1:]
    here = kind
    for name in path[:-1]:
        reference = here.relation(name)
        if reference is None or len(through) == MAX_LEVELS:
            raise refusals.invalid_field(
                f"Didn't understand relationship '{name}' in field path. If you are attempting to "
                "use a custom relationship, be sure to append the '__r' after the custom "
                "relationship name."
            )
        through.append(reference)
        here = _target(org, reference)
    field = here.find(path[-1])
    if field is None:
        raise refusals.no_column(path[-1], here.name)
    return Resolved(tuple(through), field)


def _target(org: Org, reference: Field) -> ObjectType:
    if len(reference.refers) == 1:
        return org.kinds[reference.refers[0]]
    fields = {
        name: field
        for refers in reference.refers
        for name, field in org.kinds[refers].fields.items()
        if name in _OF_NAME
    }
    return ObjectType(name="Name", prefix="", fields=fields)


_KEPT: Final = 20_000


class Parents:
    """Rows that others refer to, kept until anything changes."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._rows: dict[str, Values | None] = {}
        self._seen = 0

    def refresh(self) -> bool:
        """Forget all rows where something changed since; True then."""
        version = sum(table.version for table in self._org.tables.values())
        if version == self._seen and len(self._rows) < _KEPT:
            return False
        self._seen = version
        self._rows.clear()
        return True

    def row(self, record_id: Value) -> Values | None:
        """The record with that id, None where there is none that a path reaches."""
        if not isinstance(record_id, str):
            return None
        if record_id not in self._rows:
            found = self._org.row(record_id)
            self._rows[record_id] = found[0].values(found[1]) if found else None
        return self._rows[record_id]

    def value(self, row: Values, path: Resolved) -> Value:
        """A path's value, from a row of the queried object on."""
        here: Values | None = row
        for reference in path.through:
            here = self.row(here.get(reference.name)) if here else None
        return here.get(path.field.name) if here else None


def column(parents: Parents, table: Table, path: Resolved) -> Sequence[Value]:
    """A path's values by position."""
    if not path.through:
        return table.column(path.field)
    first, *rest = path.through
    onward = Resolved(tuple(rest), path.field)
    answers: dict[Value, Value] = {}
    found: list[Value] = []
    for record_id in table.column(first):
        if record_id not in answers:
            row = parents.row(record_id)
            answers[record_id] = parents.value(row, onward) if row else None
        found.append(answers[record_id])
    return found
