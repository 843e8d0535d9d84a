"""References read in full batches: items wait until what they point to has been fetched."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

ItemT = TypeVar("ItemT")
ValueT = TypeVar("ValueT")

KEPT: Final = 20_000
"""Fetched values that are remembered, the most recently used ones."""
HELD: Final = 2_000
"""Items that may wait for a batch to fill."""


class Gathered(NamedTuple, Generic[ItemT, ValueT]):
    """An item with what it points to.

    Attributes:
        found: By id. Ids that the CRM did not give are absent.
    """

    item: ItemT
    found: Mapping[str, ValueT]


@dataclass(kw_only=True)
class Gathering(Generic[ItemT, ValueT]):
    """Gives items in their order, each once everything that it points to is known.

    An id is fetched once however many items point to it, as long as it is remembered, and
    batches are full but for the last one: the fewest requests there can be. One gathering
    serves one read; it is not shared between threads.

    Attributes:
        needs: The ids that an item points to; empty ones are passed over.
        fetch: The values of some ids, at most *size*; what is not there is left out.
        size: Ids that one request takes.
        kept: How many values are remembered.
        held: How many items wait at most, then a batch that is not full is fetched.
    """

    needs: Callable[[ItemT], Iterable[str]]
    fetch: Callable[[Sequence[str]], Mapping[str, ValueT]]
    size: int
    kept: int = KEPT
    held: int = HELD
    _values: OrderedDict[str, ValueT | None] = field(default_factory=OrderedDict)
    _asked: OrderedDict[str, list[dict[str, ValueT]]] = field(default_factory=OrderedDict)
    _waiting: deque[_Waiting[ItemT, ValueT]] = field(default_factory=deque)
    _added: int = 0
    _fetched: int = 0

    def gather(self, items: Iterable[ItemT]) -> Iterator[Gathered[ItemT, ValueT]]:
        """Go through *items*; what `needs` and `fetch` raise comes through."""
        for item in items:
            self._add(item)
            while len(self._asked) >= self.size:
                self._fetch()
            if len(self._waiting) >= self.held and self._asked:
                self._fetch()
            yield from self._ready()
        while self._asked:
            self._fetch()
        yield from self._ready()

    def _add(self, item: ItemT) -> None:
        found: dict[str, ValueT] = {}
        until = 0
        for one in dict.fromkeys(self.needs(item)):
            if not one:
                continue
            if one in self._values:
                self._values.move_to_end(one)
                value = self._values[one]
                if value is not None:
                    found[one] = value
                continue
            if one not in self._asked:
                self._asked[one] = []
                self._added += 1
            self._asked[one].append(found)
            until = self._added
        self._waiting.append(_Waiting(item, found, until))

    def _fetch(self) -> None:
        ids = [one for one, _ in zip(self._asked, range(self.size), strict=False)]
        values = self.fetch(ids)
        for one in ids:
            value = values.get(one)
            self._values[one] = value
            for found in self._asked.pop(one):
                if value is not None:
                    found[one] = value
        self._fetched += len(ids)
        while len(self._values) > self.kept:
            self._values.popitem(last=False)

    def _ready(self) -> Iterator[Gathered[ItemT, ValueT]]:
        while self._waiting and self._waiting[0].until <= self._fetched:
            item, found, _ = self._waiting.popleft()
            yield Gathered(item, found)


class _Waiting(NamedTuple, Generic[ItemT, ValueT]):
    """`until`: how many ids must have been fetched, in their order, before it is ready."""

    item: ItemT
    found: dict[str, ValueT]
    until: int
