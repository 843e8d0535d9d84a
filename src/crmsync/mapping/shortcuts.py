"""Shortcuts: what most values need and no more, for text in which there is nothing to mend.

A shortcut gives what the whole rule would give. Where that takes more than a value (a remark,
another path, a default), it gives nothing usable, and the whole rule is gone through.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, reduce

from crmsync.mapping.building import Extract, Report
from crmsync.mapping.paths import Getter
from crmsync.mapping.values import Remark, Transform
from crmsync.payloads import Field, FieldKind
from crmsync.records import Record

_FEW_VALUES = frozenset({FieldKind.ENUM, FieldKind.BOOLEAN})


def compose(functions: Sequence[Transform]) -> Transform:
    """The functions in a row, for a text that stays one; None where it does not.

    Each takes a text that is not empty; the last one may give anything.
    """
    return reduce(_both, functions) if functions else as_it_is


def _both(one: Transform, other: Transform) -> Transform:
    def both(text: object) -> object:
        value = one(text)
        return other(value) if value.__class__ is str and value else None

    return both


def as_it_is(text: object) -> object:
    """The shortcut of a rule that changes no text."""
    return text


def remembered(shortcut: Transform, field: Field) -> Transform:
    """The shortcut with a memory, for a field of few values: a CRM has few spellings of them."""
    return lru_cache(maxsize=1024)(shortcut) if field.kind in _FEW_VALUES else shortcut


def text_of_field(name: str, whole: Extract) -> Extract:
    """*whole*, but where the record's field *name* holds a text: then that as it is."""

    def extract(record: Record, report: Report) -> object:
        raw = record.fields.get(name)
        return raw if raw.__class__ is str and raw else whole(record, report)

    return extract


def of_field(name: str, shortcut: Transform, whole: Extract) -> Extract:
    """*whole*, by the shortcut where the record's field *name* holds a text that allows it."""

    def extract(record: Record, report: Report) -> object:
        raw = record.fields.get(name)
        if raw.__class__ is str and raw:
            value = shortcut(raw)
            if value and value.__class__ is not Remark:
                return value
        return whole(record, report)

    return extract


def of_path(get: Getter, shortcut: Transform, whole: Extract) -> Extract:
    """*whole*, by the shortcut where the path holds a text that allows it."""

    def extract(record: Record, report: Report) -> object:
        raw = get(record)
        if raw.__class__ is str:
            value = shortcut(raw)
            if value and value.__class__ is not Remark:
                return value
        return whole(record, report)

    return extract
