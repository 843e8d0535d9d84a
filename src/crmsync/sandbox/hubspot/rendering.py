"""Records as JSON bytes, made once for each set of properties that is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Final

import orjson

from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.hubspot.making import Entry, Properties
from crmsync.sandbox.hubspot.schema import ALWAYS
from crmsync.sandbox.hubspot.store import ARCHIVED, State, Store
from crmsync.sandbox.instants import iso

# About 600 MB for records of 40 properties: what is left of the sandbox's memory budget.
_MAX_CACHED: Final = 300_000


@lru_cache(maxsize=256)
def _getter(names: tuple[str, ...]) -> Callable[[Properties], tuple[str | None, ...]]:
    return itemgetter(*names)


class Renderer:
    """Renders records for one store, and forgets them when they change."""

    def __init__(self, store: Store, *, keep_nulls: bool) -> None:
        self._store = store
        self._keep_nulls = keep_nulls
        self._cached = 0
        self._by_names: OrderedDict[tuple[str, ...], dict[int, bytes]] = OrderedDict()

    def forget(self, position: int) -> None:
        """Forget what is cached of a changed record."""
        for rendered in self._by_names.values():
            if rendered.pop(position, None) is not None:
                self._cached -= 1

    def cache(self, names: tuple[str, ...]) -> dict[int, bytes]:
        """The cache of one set of property names; the sets used longest ago make room."""
        rendered = self._by_names.setdefault(names, {})
        self._by_names.move_to_end(names)
        while self._cached > _MAX_CACHED and len(self._by_names) > 1:
            _, dropped = self._by_names.popitem(last=False)
            self._cached -= len(dropped)
        return rendered

    def records(self, positions: list[int], names: tuple[str, ...]) -> list[bytes]:
        """The current records at these positions, as bytes, in order."""
        rendered = self.cache(names)
        answer = []
        for position in positions:
            record = rendered.get(position)
            if record is None:
                # Copied, because orjson's bytes keep the much larger buffer they were made in.
                record = bytes(memoryview(orjson.dumps(self.record(position, names))))
                if self._cached < 2 * _MAX_CACHED:
                    rendered[position] = record
                    self._cached += 1
            answer.append(record)
        return answer

    def record(
        self, position: int, names: tuple[str, ...], state: State | None = None
    ) -> JSONObject:
        """One record, now or in an earlier *state*."""
        store = self._store
        values = store.properties(position, state)
        created, modified = values["createdate"], values["hs_lastmodifieddate"]
        asked = dict(zip(names, _getter(names)(values), strict=True))
        if not self._keep_nulls:
            asked = {name: value for name, value in asked.items() if value is not None}
        record: JSONObject = {
            "id": values["hs_object_id"],
            "properties": asked,
            "createdAt": created,
            "updatedAt": modified,
            "archived": False,
        }
        if (state.status if state else store.status[position]) == ARCHIVED:
            state = state or store.state(position)
            record["archived"] = True
            record["archivedAt"] = iso(state.archived_at or state.modified)
        return record

    def with_history(
        self, position: int, names: tuple[str, ...], history: tuple[str, ...]
    ) -> JSONObject:
        """One record with the history of some properties, newest entry first."""
        record = self.record(position, names)
        record["propertiesWithHistory"] = {
            name: [_entry(entry) for entry in self._store.history(position, name)]
            for name in history
        }
        return record


def _entry(entry: Entry) -> JSONObject:
    described: JSONObject = {
        "value": entry.value,
        "timestamp": iso(entry.at_ms),
        "sourceType": entry.source,
    }
    if entry.source_id:
        described["sourceId"] = entry.source_id
    if entry.user is not None:
        described["updatedByUserId"] = entry.user
    return described


def names_to_render(
    asked: tuple[str, ...], known: Mapping[str, object], default: tuple[str, ...]
) -> tuple[str, ...]:
    """The property names that an answer carries: unknown ones are passed over."""
    if not asked:
        return tuple(sorted(default))
    return tuple(sorted({name for name in asked if name in known}.union(ALWAYS)))
