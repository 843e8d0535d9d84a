"""The sync's filter, applied here: the CRM's own may be wider, or missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from crmsync.mapping.origins import text_of
from crmsync.mapping.paths import compile_path
from crmsync.records import Record

Filter: TypeAlias = Mapping[str, tuple[str, ...]]
"""By path: the values that are wanted. All paths must match, each by one of its values."""


def compile_filter(
    wanted: Filter, *, object_name: str = "", persons: bool = True
) -> Callable[[Record], bool] | None:
    """Whether a record is wanted; None where all are.

    Text is compared trimmed and in lower case, true and false by these words. A list
    matches by any of its elements. What is empty matches nothing.
    """
    tests = tuple(
        (compile_path(path, object_name=object_name), frozenset(map(_comparable, values)))
        for path, values in wanted.items()
    )
    if not tests:
        return None if persons else lambda record: not record.person

    def matches(record: Record) -> bool:
        if record.person and not persons:
            return False
        return all(_matches(get(record), values) for get, values in tests)

    return matches


def _matches(value: object, wanted: frozenset[str]) -> bool:
    if isinstance(value, list):
        return any(_comparable(one) in wanted for one in value)
    return value is not None and _comparable(value) in wanted


def _comparable(value: object) -> str:
    return text_of(value).lower()
