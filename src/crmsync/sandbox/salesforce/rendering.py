"""Records as JSON and as CSV, made once for each list of columns that is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import orjson

from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.instants import iso
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.paths import Parents, Resolved
from crmsync.sandbox.salesforce.schema import Field, Value, Values
from crmsync.sandbox.salesforce.store import Table

# About 400 MB of rows with 30 columns.
_MAX_CACHED: Final = 500_000
_PARTS: Final = (
    ("city", "City"), ("country", "Country"), ("geocodeAccuracy", "GeocodeAccuracy"),
    ("latitude", "Latitude"), ("longitude", "Longitude"), ("postalCode", "PostalCode"),
    ("state", "State"), ("street", "Street"),
)  # fmt: skip


class Render(Protocol):
    """Makes one row's bytes."""

    def __call__(self, row: Values) -> bytes:
        """The bytes of a record with these values."""


class Rows:
    """One table's rows in one form; a row is made when it is first asked for."""

    def __init__(self, table: Table, render: Render) -> None:
        self._table = table
        self._render = render
        self._made: dict[int, bytes] = {}
        table.watchers.append(self._forget)

    @property
    def kept(self) -> int:
        """How many rows are made."""
        return len(self._made)

    def _forget(self, position: int) -> None:
        self._made.pop(position, None)

    def clear(self) -> None:
        """Forget all rows."""
        self._made.clear()

    def close(self) -> None:
        """Watch the table no more."""
        self._table.watchers.remove(self._forget)

    def get(self, positions: Sequence[int]) -> list[bytes]:
        """The rows at these positions, in order."""
        made, answer = self._made, []
        for position in positions:
            row = made.get(position)
            if row is None:
                row = self._render(self._table.values(position))
                made[position] = row
            answer.append(row)
        return answer


class Renderer:
    """Renders rows for one organization.

    Args:
        most: Of how many rows the bytes are kept; the columns asked for last are kept in any case.
    """

    def __init__(self, org: Org, parents: Parents, most: int = _MAX_CACHED) -> None:
        self._most = most
        self._org = org
        self._parents = parents
        self._rows: OrderedDict[object, tuple[Rows, Sequence[Table], list[int]]] = OrderedDict()

    def json(self, table: Table, paths: tuple[Resolved, ...], version: str) -> Rows:
        """Rows as the query endpoints answer them."""
        render = _json(self._parents, _tree(table.kind.name, paths), version)
        return self._cached(("json", table.kind.name, paths, version), table, paths, render)

    def csv(self, table: Table, paths: tuple[Resolved, ...]) -> Rows:
        """Rows as Bulk API 2.0 answers them, each with its line feed."""
        render = _csv(self._parents, paths)
        return self._cached(("csv", table.kind.name, paths), table, paths, render)

    def _cached(
        self, key: object, table: Table, paths: tuple[Resolved, ...], render: Render
    ) -> Rows:
        self._parents.refresh()
        if key not in self._rows:
            names = {name for path in paths for one in path.through for name in one.refers}
            # Owners may be queues, whatever describe says of the reference.
            names |= {"Group"} if "User" in names else set()
            others = [self._org.tables[name] for name in sorted(names)]
            self._rows[key] = (Rows(table, render), others, [])
        self._rows.move_to_end(key)
        rows, depends, seen = self._rows[key]
        now = [table.version for table in depends]
        if now != seen:
            rows.clear()
            seen[:] = now
        while (
            len(self._rows) > 1
            and sum(rows.kept for rows, _, _ in self._rows.values()) > self._most
        ):
            self._rows.popitem(last=False)[1][0].close()
        return rows


class _Tree:
    """Columns of one object: own fields, and the objects that references lead to."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.parts: dict[str, Field | tuple[Field, _Tree]] = {}


def _tree(kind: str, paths: tuple[Resolved, ...]) -> _Tree:
    root = _Tree(kind)
    for path in paths:
        here = root
        for reference in path.through:
            name = reference.relationship
            part = here.parts.get(name)
            if not isinstance(part, tuple):
                part = (reference, _Tree(reference.refers[0]))
                here.parts[name] = part
            here = part[1]
        here.parts[path.field.name] = path.field
    return root


_TYPES: Final = {"005": "User", "00G": "Group"}


def _json(parents: Parents, tree: _Tree, version: str) -> Render:
    def build(tree: _Tree, row: Values, kind: str) -> JSONObject:
        url = f"/services/data/v{version}/sobjects/{kind}/{row['Id']}"
        record: JSONObject = {"attributes": {"type": kind, "url": url}}
        for name, part in tree.parts.items():
            if isinstance(part, Field):
                record[name] = json_value(part, row)
                continue
            reference, below = part
            record_id = row.get(reference.name)
            parent = parents.row(record_id)
            found = _TYPES.get(str(record_id)[:3], below.kind)
            record[name] = build(below, parent, found) if parent else None
        return record

    def render(row: Values) -> bytes:
        # Copied, because orjson's bytes keep the much larger buffer they were made in.
        return bytes(memoryview(orjson.dumps(build(tree, row, tree.kind))))

    return render


def json_value(field: Field, row: Values) -> object:
    """A field's value as REST writes it."""
    if field.type == "address":
        prefix = field.name.removesuffix("Address")
        parts = {key: row.get(prefix + name) for key, name in _PARTS}
        return parts if any(part is not None for part in parts.values()) else None
    value = row.get(field.name)
    if field.type == "datetime" and isinstance(value, int):
        return rest_time(value)
    return value


def rest_time(ms: int) -> str:
    """`2026-01-02T03:04:05.000+0000`, as REST writes datetimes."""
    return f"{iso(ms)[:-1]}+0000"


def _csv(parents: Parents, paths: tuple[Resolved, ...]) -> Render:
    plan = [(path, _TEXTS.get(path.field.type, _plain)) for path in paths]

    def render(row: Values) -> bytes:
        cells = []
        for path, text in plan:
            value = parents.value(row, path) if path.through else row.get(path.field.name)
            cells.append("" if value is None else text(value).replace('"', '""'))
        return f'"{_GLUE.join(cells)}"\n'.encode()

    return render


_GLUE: Final = '","'


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else str(value)


def _time(value: Value) -> str:
    return iso(value) if isinstance(value, int) else str(value)


_TEXTS: Final[dict[str, Callable[[Value], str]]] = {
    "datetime": _time,
    "boolean": lambda value: "true" if value else "false",
}


def csv_header(paths: tuple[Resolved, ...]) -> bytes:
    """The first line of every part of a result."""
    return f'"{_GLUE.join(path.name for path in paths)}"\n'.encode()
