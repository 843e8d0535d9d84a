"""A payload that stands in the columns of its page, and in no dictionary of its own."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from typing_extensions import override


class InColumns(MutableMapping[str, object]):
    """One payload's values, read from its page's columns, and written there.

    Args:
        columns: By field the values of all payloads; None is no value.
        place: Which of them is this one.
    """

    __slots__ = ("_columns", "_place")

    def __init__(self, columns: dict[str, list[object]], place: int) -> None:
        self._columns = columns
        self._place = place

    @override
    def __getitem__(self, name: str) -> object:
        value = self._columns[name][self._place]
        if value is None:
            raise KeyError(name)
        return value

    @override
    def __contains__(self, name: object) -> bool:
        return name in self._columns and self._columns[str(name)][self._place] is not None

    @override
    def __iter__(self) -> Iterator[str]:
        place = self._place
        return iter([name for name, values in self._columns.items() if values[place] is not None])

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)

    @override
    def __setitem__(self, name: str, value: object) -> None:
        self._columns[name][self._place] = value

    @override
    def __delitem__(self, name: str) -> None:
        self._columns[name][self._place] = None

    @override
    def __repr__(self) -> str:
        return repr(dict(self))


def in_dictionaries(columns: dict[str, list[object]], count: int) -> list[dict[str, object]]:
    """Each payload of the columns as a dictionary."""
    payloads: list[dict[str, object]] = [{} for _ in range(count)]
    for name, values in columns.items():
        for payload, value in zip(payloads, values, strict=True):
            if value is not None:
                payload[name] = value
    return payloads
