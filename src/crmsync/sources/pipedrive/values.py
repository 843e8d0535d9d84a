"""From the account's own list of fields to values that paths reach: custom fields and options.

Version 2 answers custom fields in an object of their own, by keys of 40 hexadecimal digits, and
options by their ids. Mappings name fields by key or by name, and want labels. Each path that
was reached becomes a field of the record by that very path, so that the record needs no walk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from crmsync.reports import JSONObject

CUSTOM: Final = "custom_fields"
Convert: TypeAlias = Callable[[object], object]
Found: TypeAlias = Mapping[str, Mapping[str, Mapping[str, object]]]
"""By target (`users`, `persons`, `organizations`), then by id: what rows point to."""

POINTERS: Final[Mapping[str, str]] = {
    "user": "users",
    "org": "organizations",
    "people": "persons",
}
"""Types of custom fields that hold an id, to what it is the id of."""
_ADDRESS: Final = (
    "value", "street_number", "route", "sublocality", "locality", "subpremise",
    "admin_area_level_1", "admin_area_level_2", "country", "postal_code", "formatted_address",
)  # fmt: skip
SUBFIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "monetary": ("value", "currency"),
    "address": _ADDRESS,
    "daterange": ("value", "until"),
    "time": ("value", "timezone_id", "timezone_name"),
    "timerange": ("value", "until", "timezone_id", "timezone_name"),
    "enum": ("id",),
    "set": ("id",),
}
"""What a path may reach inside a value, by the field's type. Custom fields: the API v2 migration
guide (pipedrive.readme.io/docs/pipedrive-api-v2-migration-guide), read 2026-11-21."""
_CHOICES: Final = frozenset({"enum", "set"})
_ID: Final = re.compile(r"[1-9]\d{0,17}", re.ASCII)


class Field(NamedTuple):
    """One field of an object, as the account describes it.

    Attributes:
        key: What answers call it; 40 hexadecimal digits for a custom one.
        name: What people see.
        options: Id, as text, to label.
        optional: Whether it is answered only where it is asked for.
    """

    key: str
    name: str
    type: str
    options: Mapping[str, str]
    custom: bool
    optional: bool


class Match(NamedTuple):
    """What a path may mean.

    Attributes:
        fields: More than one where people gave one name to several fields.
        tail: What is reached inside its value; empty for the value itself.
    """

    fields: Sequence[Field]
    tail: str


class Fields:
    """An object's own fields, found by key, and custom ones by name, too."""

    def __init__(self, rows: Iterable[JSONObject]) -> None:
        self.by_key = {field.key: field for field in map(_field, rows) if field.key}
        self._by_name: dict[str, list[Field]] = {}
        for field in self.by_key.values():
            if field.custom:
                self._by_name.setdefault(field.name.strip(), []).append(field)

    def match(self, path: str) -> Match | None:
        """What a path means: the longest beginning that is a field; names may have dots."""
        head, tail = path, ""
        while head:
            if head in self.by_key:
                return Match((self.by_key[head],), tail)
            if named := self._by_name.get(head):
                return Match(named, tail)
            head, _, part = head.rpartition(".")
            tail = f"{part}.{tail}" if tail else part
        return None


class Filling(NamedTuple):
    """Where a path's value comes from.

    Attributes:
        tail: What is reached inside the value; empty for the value itself.
        points_to: What the value is the id of, where the path leads on through it.
    """

    path: str
    field: Field
    convert: Convert
    tail: str = ""
    points_to: str = ""


class Layout(NamedTuple):
    """How an object's records are filled.

    Attributes:
        fillings: One a path that the account's fields explain.
        unknown: Paths that no field explains.
        ambiguous: Paths whose name several fields have.
        unreached: The key of a custom field that no path reaches; empty where there is none.
    """

    fillings: tuple[Filling, ...] = ()
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, Match], ...] = ()
    unreached: str = ""

    @property
    def custom(self) -> tuple[str, ...]:
        """Keys of the custom fields that are reached, each once."""
        return tuple(dict.fromkeys(f.field.key for f in self.fillings if f.field.custom))

    @property
    def optional(self) -> tuple[str, ...]:
        """Fields that must be asked for."""
        return tuple(dict.fromkeys(f.field.key for f in self.fillings if f.field.optional))

    def reached(self, target: str) -> frozenset[str]:
        """What is reached in the records that custom fields point to, in one target."""
        return frozenset(f.tail for f in self.fillings if f.points_to == target)

    def ids(self, target: str, row: JSONObject) -> list[str]:
        """The ids in a row by which it points to records of a target."""
        return [text_id(_raw(f, row)) for f in self.fillings if f.points_to == target]

    def fill(self, row: JSONObject, found: Found) -> None:
        """Put each path's value into the row. *found*: target to id to record."""
        values = [(filling.path, _value(filling, row, found)) for filling in self.fillings]
        row.update(values)


def layout(paths: Iterable[str], fields: Fields) -> Layout:
    """Look paths up in an account's fields."""
    fillings: list[Filling] = []
    unknown: list[str] = []
    ambiguous: list[tuple[str, Match]] = []
    for path in sorted(paths):
        match = fields.match(path)
        if match is None:
            unknown.append(path)
        elif len(match.fields) > 1:
            ambiguous.append((path, match))
        else:
            fillings.append(_filling(path, match.fields[0], match.tail))
    reached = {filling.field.key for filling in fillings}
    others = (one.key for one in fields.by_key.values() if one.custom and one.key not in reached)
    return Layout(tuple(fillings), tuple(unknown), tuple(ambiguous), next(others, ""))


def text_id(value: object) -> str:
    """An id as text; empty where it is none."""
    if value.__class__ is str or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    return ""


def is_id(text: str) -> bool:
    """Whether a text is a record's id, as Pipedrive writes it."""
    return _ID.fullmatch(text) is not None


def reach(record: Mapping[str, object] | None, tail: str) -> object:
    """What a joined record has under a name, which may lead through objects."""
    if record is None:
        return None
    value = record.get(tail)
    if value is None and "." in tail:
        head, _, rest = tail.partition(".")
        inner = record.get(head)
        return reach(inner, rest) if isinstance(inner, Mapping) else None
    return value


def _filling(path: str, field: Field, tail: str) -> Filling:
    target = POINTERS.get(field.type, "") if tail else ""
    return Filling(path, field, _converter(field, tail), tail, target)


def _value(filling: Filling, row: JSONObject, found: Found) -> object:
    raw = _raw(filling, row)
    if filling.points_to:
        return reach(found.get(filling.points_to, {}).get(text_id(raw)), filling.tail)
    return None if raw is None else filling.convert(raw)


def _raw(filling: Filling, row: JSONObject) -> object:
    if not filling.field.custom:
        return row.get(filling.field.key)
    held = row.get(CUSTOM)
    return held.get(filling.field.key) if isinstance(held, dict) else None


def _converter(field: Field, tail: str) -> Convert:
    if field.type in _CHOICES or field.options:
        return _same if tail == "id" else _labeller(field.options)
    if tail:
        return lambda value: value.get(tail) if isinstance(value, dict) else None
    return lambda value: value.get("value") if isinstance(value, dict) else value


def _labeller(options: Mapping[str, str]) -> Convert:
    """Ids to labels. An option that was deleted has none: its id stays, as text."""

    def label(value: object) -> object:
        if isinstance(value, list):
            return [options.get(str(one), str(one)) for one in value]
        return options.get(str(value), str(value))

    return label


def _same(value: object) -> object:
    return value


def _field(row: JSONObject) -> Field:
    listed = row.get("options")
    options = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return Field(
        key=str(row.get("field_code") or ""),
        name=str(row.get("field_name") or ""),
        type=str(row.get("field_type") or ""),
        options={str(one.get("id")): str(one.get("label")) for one in options},
        custom=row.get("is_custom_field") is True,
        optional=row.get("is_optional_response_field") is True,
    )
