"""Where a mapping's paths lead in Salesforce: own fields, and through references by describe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from crmsync.sources.salesforce.objects import (
    COMPOUND,
    CONTACT,
    ID,
    MAX_LEVELS,
    NAME,
    OWNER,
    STAGE,
    UNREADABLE,
    WEBSITE,
    Described,
    Field,
)

OWNER_ALIAS: Final = "owner"
STAGE_ALIAS: Final = "stage"
CONTACTS_ALIAS: Final = "contacts"
OWNER_PARTS: Final = {"email": "Email", "active": "IsActive", "name": "Name"}
"""What a path may reach in `owner`, and what Salesforce calls it."""
STAGE_PARTS: Final = ("id", "label", "is_won", "is_closed", "probability")
STAGE_FIELDS: Final = (STAGE, "IsWon", "IsClosed", "Probability")
_RESERVED: Final = "record"

Describe = Callable[[str], Described]


class Reference(NamedTuple):
    """What is joined under the first part of some paths.

    Attributes:
        head: That first part, as the mapping writes it.
        id: The column that holds the id.
        parent: The column that is empty where the id leads to nothing; "" where only the id is
            wanted.
        parts: (the rest of the path, its column).
    """

    head: str
    id: str
    parent: str = ""
    parts: tuple[tuple[str, str], ...] = ()


class Unknown(NamedTuple):
    """A path that leads nowhere.

    Attributes:
        path: As the mapping writes it.
        part: Its part that is not there.
        object: The object that lacks it.
        reason: `field`, `reference`, `depth` or `type`.
    """

    path: str
    part: str
    object: str
    reason: str


class Wanted(NamedTuple):
    """What a mapping's paths ask of Salesforce.

    Attributes:
        columns: To ask for, with each one's type; the always-asked ones first.
        fields: (path, column) of the record's own values.
        compounds: By path of a whole compound field: (part, column).
        references: What is joined.
        stages: Whether stages are joined.
        contacts: Whether e-mail addresses of contacts are.
        unknown: The paths that lead nowhere; they are asked for in no query.
        listed: Whether that takes the list of stages: the records' own flags tell what is
            won and what is closed.
    """

    columns: Mapping[str, str]
    fields: tuple[tuple[str, str], ...]
    compounds: Mapping[str, tuple[tuple[str, str], ...]]
    references: tuple[Reference, ...]
    stages: bool
    contacts: bool
    unknown: tuple[Unknown, ...]
    listed: bool = False


class UnknownPathError(Exception):
    """A path leads nowhere. Never leaves this module's callers: it becomes an `Unknown`."""

    def __init__(self, part: str, kind: Described, reason: str) -> None:
        super().__init__(part)
        self.part = part
        self.object = kind.name
        self.reason = reason


class _End(NamedTuple):
    """Where a path ends: one column, or the parts of a compound field."""

    column: str
    type: str
    parts: tuple[tuple[str, str, str], ...] = ()


def resolve(kind: Described, path: str, describe: Describe) -> _End:
    """Follow a path from an object to a column.

    A path that ends at a relationship gives the id that its reference holds.

    Raises:
        UnknownPathError: A part of it is not there.
    """
    *through, last = path.split(".")
    here, prefix = kind, ""
    for level, part in enumerate(through):
        reference = here.relation(part)
        if reference is None:
            if level == len(through) - 1 and _is_compound(here, part):
                return _part_of(here, part, last, prefix)
            raise UnknownPathError(part, here, "field" if part not in here.fields else "reference")
        if level == MAX_LEVELS:
            raise UnknownPathError(part, here, "depth")
        prefix += f"{reference.relationship}."
        here = describe(reference.refers[0]) if len(reference.refers) == 1 else NAME
    return _ending(here, last, prefix)


def _is_compound(kind: Described, name: str) -> bool:
    return name in kind.fields and kind.fields[name].type in COMPOUND


def _part_of(kind: Described, compound: str, part: str, prefix: str) -> _End:
    field = kind.parts(compound).get(part)
    if field is None:
        raise UnknownPathError(f"{compound}.{part}", kind, "field")
    return _End(prefix + field.name, field.type)


def _ending(kind: Described, name: str, prefix: str) -> _End:
    field = kind.fields.get(ID if name == "id" else name) or kind.relation(name)
    if field is None:
        raise UnknownPathError(name, kind, "field")
    if field.type in UNREADABLE:
        raise UnknownPathError(name, kind, "type")
    if field.type in COMPOUND:
        held = kind.parts(field.name).items()
        return _End("", "", tuple((part, prefix + one.name, one.type) for part, one in held))
    return _End(prefix + field.name, field.type)


class Asking:
    """Gathers what the paths of one mapping ask for."""

    def __init__(self, kind: Described, describe: Describe) -> None:
        self._kind = kind
        self._describe = describe
        self._columns = {name: kind.fields[name].type for name in kind.always if name != ID}
        self._columns = {ID: "id", **self._columns}
        self._fields: dict[str, str] = {name: name for name in self._columns}
        self._compounds: dict[str, tuple[tuple[str, str], ...]] = {}
        self._references: dict[str, Reference] = {}
        self._unknown: list[Unknown] = []
        self._stages = self._contacts = self._listed = False

    def ask(self, paths: Iterable[str]) -> Wanted:
        """Everything that these paths need."""
        for path in sorted(paths):
            head, _, rest = path.partition(".")
            if head == _RESERVED:
                continue
            try:
                self._path(path, head, rest)
            except UnknownPathError as error:
                self._unknown.append(Unknown(path, error.part, error.object, error.reason))
        return Wanted(
            columns=self._columns,
            fields=tuple(self._fields.items()),
            compounds=self._compounds,
            references=tuple(self._references.values()),
            stages=self._stages,
            contacts=self._contacts,
            unknown=tuple(self._unknown),
            listed=self._listed,
        )

    def _path(self, path: str, head: str, rest: str) -> None:
        if head == OWNER_ALIAS and OWNER in self._kind.fields:
            self._owner(rest)
        elif head == STAGE_ALIAS and STAGE in self._kind.fields:
            self._stage(rest)
        elif head == CONTACTS_ALIAS and WEBSITE in self._kind.fields:
            self._contact(rest)
        elif self._is_reference(head, rest):
            self._join(head, rest)
        else:
            self._own(path)

    def _is_reference(self, head: str, rest: str) -> bool:
        field = self._kind.relation(head)
        return field is not None and bool(rest or field.name != head)

    def _own(self, path: str) -> None:
        end = resolve(self._kind, path, self._describe)
        if end.parts:
            for _, column, type_ in end.parts:
                self._columns[column] = type_
            self._compounds[path] = tuple((part, column) for part, column, _ in end.parts)
        else:
            self._columns[end.column] = end.type
            self._fields[path] = end.column

    def _join(self, head: str, rest: str) -> None:
        field = self._kind.relation(head)
        if field is None:  # pragma: no cover - _is_reference said that it is there
            return
        self._columns[field.name] = field.type
        known = self._references.get(head) or Reference(head, field.name)
        self._references[head] = known
        if rest in {"", "id"}:
            return
        end = resolve(self._kind, f"{field.relationship}.{rest}", self._describe)
        parts = end.parts or (("", end.column, end.type),)
        for part, column, type_ in parts:
            self._columns[column] = type_
            tail = f"{rest}.{part}" if part else rest
            known = known._replace(parts=(*known.parts, (tail, column)))
        self._references[head] = known._replace(parent=self._present(field))

    def _present(self, field: Field) -> str:
        """The column that tells whether a reference leads somewhere: a parent's id is never empty.

        Its other fields may be, and CSV does not tell an empty parent from a missing one.
        """
        column = f"{field.relationship}.{ID}"
        self._columns[column] = "id"
        return column

    def _owner(self, part: str) -> None:
        if part not in {"", "id", *OWNER_PARTS}:
            raise UnknownPathError(f"{OWNER_ALIAS}.{part}", self._kind, "field")
        self._columns[OWNER] = "reference"
        known = self._references.get(OWNER_ALIAS) or Reference(OWNER_ALIAS, OWNER)
        self._references[OWNER_ALIAS] = known
        field = self._kind.relation(OWNER)
        if part in OWNER_PARTS and field is not None:
            end = resolve(self._kind, f"{field.relationship}.{OWNER_PARTS[part]}", self._describe)
            self._columns[end.column] = end.type
            parts = (*known.parts, (part, end.column))
            self._references[OWNER_ALIAS] = known._replace(parts=parts, parent=self._present(field))

    def _stage(self, part: str) -> None:
        if part not in {"", *STAGE_PARTS}:
            raise UnknownPathError(f"{STAGE_ALIAS}.{part}", self._kind, "field")
        held = {name: self._kind.fields[name].type for name in STAGE_FIELDS if self._has(name)}
        self._columns.update(held)
        self._stages = True
        if part in {"label", "probability"} or not {"IsWon", "IsClosed"} <= held.keys():
            self._listed = True

    def _contact(self, part: str) -> None:
        if part != "emails":
            raise UnknownPathError(f"{CONTACTS_ALIAS}.{part}", self._kind, "field")
        for name in ("AccountId", "Email"):
            contact = self._describe(CONTACT)
            if name not in contact.fields:
                raise UnknownPathError(name, contact, "field")
        self._columns[WEBSITE] = self._kind.fields[WEBSITE].type
        self._contacts = True

    def _has(self, name: str) -> bool:
        return name in self._kind.fields


def wanted(kind: Described, paths: Iterable[str], describe: Describe) -> Wanted:
    """Sort a mapping's paths into what has to be asked for. Unknown ones are told, not raised."""
    return Asking(kind, describe).ask(paths)


def heads(kind: Described, paths: Iterable[str]) -> Sequence[str]:
    """The objects that paths lead through in their first step, to be described side by side."""
    found: dict[str, None] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        if head == CONTACTS_ALIAS and WEBSITE in kind.fields:
            found[CONTACT] = None
        field = kind.relation(OWNER if head == OWNER_ALIAS else head) if rest else None
        if field is not None and len(field.refers) == 1:
            found[field.refers[0]] = None
    return tuple(found)
