"""The search index: what a query finds, as of some seconds ago."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from crmsync.sandbox.hubspot.operators import Test, Value, typed
from crmsync.sandbox.hubspot.schema import Property
from crmsync.sandbox.hubspot.store import LIVE, State, Store

Groups: TypeAlias = tuple[tuple[tuple[Property, Test], ...], ...]
"""Filter groups: any group whose filters all hold."""

ASSOCIATIONS: Final = "associations."
"""How the names of pseudo properties begin that hold the ids of associated records."""

_CREATED: Final = Property("createdate", "datetime", "date")


def _unlinked(store: Store, position: int, other: str) -> tuple[str, ...]:
    """What is asked before somebody knows of associations."""
    del store, position, other
    return ()


class Query(NamedTuple):
    """What is looked for.

    Attributes:
        key: Equal for equal queries; results are remembered by it.
        words: Lower-case words of a full-text query.
        sort: What hits are sorted by; ties by id.
    """

    key: bytes
    groups: Groups = ()
    words: tuple[str, ...] = ()
    sort: Property = _CREATED
    descending: bool = False


class Index:
    """Finds positions. A change is seen after the lag, until then the state before it.

    Attributes:
        linked: Gives the ids that a position of a store is associated with; seen at once.
    """

    def __init__(
        self, store: Store, properties: dict[str, Property], searchable: tuple[str, ...],
        lag_s: float, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.linked: Callable[[Store, int, str], tuple[str, ...]] = _unlinked
        self._store = store
        self._properties = properties
        self._searchable = searchable
        self._lag = lag_s
        self._clock = clock
        self._superseded: dict[int, list[tuple[float, State]]] = {}
        self._columns: dict[Property, list[Value]] = {}
        self._stale: set[int] = set()
        self._found: tuple[bytes, int, list[int]] = (b"", -1, [])

    def note_change(self, position: int, old: State) -> None:
        """Remember the state that a change replaces."""
        self._stale.add(position)
        if self._lag:
            self._superseded.setdefault(position, []).append((self._clock(), old))

    def catch_up(self) -> None:
        """See everything now, as if the lag had passed."""
        self._superseded.clear()

    def seen(self) -> dict[int, State]:
        """Positions whose last change is not seen yet, with the state that is seen."""
        horizon = self._clock() - self._lag
        seen: dict[int, State] = {}
        for position, states in list(self._superseded.items()):
            unseen = [entry for entry in states if entry[0] > horizon]
            if unseen:
                self._superseded[position] = unseen
                seen[position] = unseen[0][1]
            else:
                del self._superseded[position]
        return seen

    def find(self, query: Query, seen: dict[int, State]) -> list[int]:
        """Positions of all hits, sorted."""
        key, version, positions = self._found
        if not seen and key == query.key and version == self._store.version:
            return positions
        self._refresh()
        status = self._store.status
        live = [place for place, flag in enumerate(status) if flag == LIVE and place not in seen]
        positions = self._match(query, live)
        positions += [place for place, state in seen.items() if self._holds(query, place, state)]
        positions = self._sorted(query, positions, seen)
        if not seen:
            self._found = (query.key, self._store.version, positions)
        return positions

    def _match(self, query: Query, live: list[int]) -> list[int]:
        if query.groups:
            hits: set[int] = set()
            for group in query.groups:
                hits.update(self._match_group(group, live))
            live = sorted(hits)
        for word in query.words:
            columns = [self._column(self._properties[name]) for name in self._searchable]
            live = [
                place for place in live if any(word in str(column[place]) for column in columns)
            ]
        return live

    def _match_group(
        self, group: Sequence[tuple[Property, Test]], positions: list[int]
    ) -> list[int]:
        # Those whose values are at hand first: they leave fewer to make.
        for prop, test in sorted(group, key=lambda pair: pair[0].name not in _AT_HAND):
            column = self._column(prop)
            positions = [place for place in positions if test(column[place])]
        return positions

    def _holds(self, query: Query, position: int, state: State) -> bool:
        if state.status != LIVE:
            return False
        values = self._store.properties(position, state)

        def value(prop: Property) -> Value:
            if prop.name.startswith(ASSOCIATIONS):
                return self._linked(prop, position)
            return typed(prop, values.get(prop.name))

        if query.groups and not any(
            all(test(value(prop)) for prop, test in group) for group in query.groups
        ):
            return False
        return all(
            any(word in str(values.get(name)).lower() for name in self._searchable)
            for word in query.words
        )

    def _sorted(self, query: Query, positions: list[int], seen: dict[int, State]) -> list[int]:
        positions.sort()
        column, prop = self._column(query.sort), query.sort
        values: dict[int, Value] = {
            place: typed(prop, self._store.properties(place, state).get(prop.name))
            for place, state in seen.items()
            if state.status == LIVE
        }

        def value(place: int) -> Value:
            return values[place] if place in values else column[place]

        if prop.name == "hs_object_id":  # positions are in the order of ids
            return positions[::-1] if query.descending else positions
        if not values and prop.name in _AT_HAND:
            numbers = _AT_HAND[prop.name](self._store)
            return sorted(positions, key=numbers.__getitem__, reverse=query.descending)
        return _sort_by(positions, value, descending=query.descending)

    def _column(self, prop: Property) -> Sequence[Value]:
        store = self._store
        if prop.name in _AT_HAND:
            return _AT_HAND[prop.name](store)
        if prop.name.startswith(ASSOCIATIONS):  # not kept: links change without a change
            return [self._linked(prop, place) for place in range(len(store))]
        column = self._columns.get(prop)
        if column is None:
            column = [
                typed(prop, store.properties(place).get(prop.name)) for place in range(len(store))
            ]
            self._columns[prop] = column
        return column

    def _linked(self, prop: Property, position: int) -> Value:
        return self.linked(self._store, position, prop.name.removeprefix(ASSOCIATIONS))

    def _refresh(self) -> None:
        for prop, column in self._columns.items():
            column.extend([None] * (len(self._store) - len(column)))
            for place in self._stale:
                column[place] = typed(prop, self._store.properties(place).get(prop.name))
        self._stale.clear()


_AT_HAND: Final[dict[str, Callable[[Store], list[int]]]] = {
    "hs_object_id": lambda store: store.ids,
    "hs_lastmodifieddate": lambda store: store.modified,
    "createdate": lambda store: store.created,
}


def _sort_by(positions: list[int], value: Callable[[int], Value], *, descending: bool) -> list[int]:
    """Sort by value, empty ones last in either direction; ties stay in the order of ids."""
    numbers: list[tuple[float, int]] = []
    texts: list[tuple[str, int]] = []
    empty: list[int] = []
    for place in positions:
        found = value(place)
        if found is None:
            empty.append(place)
        elif isinstance(found, int | float):
            numbers.append((found, place))
        else:
            texts.append((str(found), place))
    numbers.sort(key=itemgetter(0), reverse=descending)
    texts.sort(key=itemgetter(0), reverse=descending)
    return [place for _, place in numbers] + [place for _, place in texts] + empty
