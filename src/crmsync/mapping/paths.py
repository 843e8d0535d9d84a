"""Source paths: from `owner.email` to a function that takes the value out of a record.

A path is looked for in this order: the record's own facts (`record.id`), what is joined to it
(`owner.email`), a field of exactly that name (`Account.Website` as a column), a field that
holds an object (`Account` with a `Website`). A lone name is a field first, then the id of
what is joined under it; what is joined to something joined (`company.owner`) is its id, too.
A path that leads through a list takes the value from each element; a list of labelled values
(`[{"value": …, "primary": …}]`) gives its values, primary first.
What is missing, None, "", [] or {} is None here, the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from crmsync.records import Record

Getter: TypeAlias = Callable[[Record], object]

RECORD_FACTS = ("id", "url", "object", "modified_at")


def path_fault(path: str) -> str:
    """What is wrong with a path as it was written; empty where nothing is."""
    if not path.strip():
        return "a source path is empty"
    if path != path.strip() or not all(part.strip() for part in path.split(".")):
        return f'"{path}" is no source path: names with single dots between them'
    head, _, tail = path.partition(".")
    if head == "record" and tail not in RECORD_FACTS:
        return f'"{path}" does not exist; there are record.{", record.".join(RECORD_FACTS)}'
    return ""


def compile_path(path: str, *, object_name: str = "") -> Getter:
    """The function that takes *path* out of a record. *object_name* is `record.object`."""
    head, dot, tail = path.partition(".")
    if not dot:
        return _lone(path)
    if head == "record":
        return _record_fact(tail, object_name)
    return _dotted(path, head, tail)


def _lone(name: str) -> Getter:
    def get(record: Record) -> object:
        value = record.fields.get(name)
        if value.__class__ is str:
            return value or None
        if value is None:
            joined = record.joins.get(name)
            return joined.get("id") if joined else None
        return _plain(value)

    return get


def _record_fact(name: str, object_name: str) -> Getter:
    facts: dict[str, Getter] = {
        "id": lambda record: record.id or None,
        "url": lambda record: record.url or None,
        "object": lambda _: object_name or None,
        "modified_at": lambda record: iso(record.modified_at) if record.modified_at else None,
    }
    return facts[name]


def iso(moment: datetime) -> str:
    """A moment as destinations write it: ISO 8601, UTC, milliseconds, `Z`."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _dotted(path: str, head: str, tail: str) -> Getter:
    keys = tuple(tail.split("."))

    def get(record: Record) -> object:
        joined = record.joins.get(head)
        if joined is not None:
            value = joined.get(tail)
            if value is None and len(keys) > 1:
                value = _walk(joined, keys)
        else:
            fields = record.fields
            value = fields.get(path)
            if value is None:
                value = _walk(fields.get(head), keys)
        if value.__class__ is str:
            return value or None
        if joined is not None and value.__class__ is dict and "id" in value:
            value = value["id"]
        return _plain(value)

    return get


def _walk(value: object, keys: tuple[str, ...]) -> object:
    for position, key in enumerate(keys):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, (list, tuple)):
            return _each(value, keys[position:])
        else:
            return None
    return value


def _each(values: list[object] | tuple[object, ...], keys: tuple[str, ...]) -> list[object]:
    found: list[object] = []
    for one in values:
        value = _walk(one, keys)
        found.extend(value if isinstance(value, list) else [value])
    return [value for value in found if not is_empty(value)]


def _plain(value: object) -> object:
    """The value without its wrapping: labelled values as a list, an empty one as None."""
    if isinstance(value, (list, tuple)):
        values = list(value)
        if values and all(isinstance(one, Mapping) and "value" in one for one in values):
            values = _labelled(values)
        return [one for one in values if not is_empty(one)] or None
    return None if is_empty(value) else value


def _labelled(values: list[object]) -> list[object]:
    tables = [one for one in values if isinstance(one, Mapping)]
    tables.sort(key=lambda one: one.get("primary") is not True)
    return [one["value"] for one in tables]


def is_empty(value: object) -> bool:
    """Whether it is None, "", [] or {}: zero and false are values."""
    return value is None or (not value and isinstance(value, (str, list, tuple, Mapping)))
