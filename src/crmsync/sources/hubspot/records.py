"""From HubSpot's rows to records, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crmsync.records import Alike, Record
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.answers import row_ids
from crmsync.sources.hubspot.joins import Joined
from crmsync.sources.hubspot.objects import MERGED, ObjectType
from crmsync.sources.hubspot.read import Stretch
from crmsync.tuples import maker

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DICT: Final = frozenset({dict})


class Completion:
    """Tells a property without a value from one that does not exist.

    HubSpot answers a property without a value as null, or leaves it out: both were seen
    (developers.hubspot.com/docs, "CRM objects", read 2026-11-21). One that does not exist,
    any more or yet, is left out too. Which it is, the account's own list of properties
    tells; it is asked for once, when the first property is missing.
    """

    def __init__(self, asked: Sequence[str], describe: Callable[[], Sequence[JSONObject]]) -> None:
        self._asked = frozenset(asked)
        self._describe = describe
        self._existing: frozenset[str] | None = None
        self._whole: list[str] = []

    def __call__(self, fields: Sequence[JSONObject]) -> Sequence[JSONObject]:
        """Records' fields, with None for each that was asked for, exists, and was left out.

        Alike where they are.
        """
        whole = self._whole  # a record's names that lacked nothing: nearly all are alike
        if whole and all(map(whole.__eq__, map(list, fields))):
            return Alike(fields)
        return [*map(self._completed, fields)]

    def _completed(self, fields: JSONObject) -> JSONObject:
        if fields.keys() >= self._asked:
            self._whole = [*fields]
            return fields
        if self._existing is None:
            named = {str(row.get("name")) for row in self._describe()}
            self._existing = self._asked & named
        return dict.fromkeys(self._existing) | fields


def builder(
    kind: ObjectType,
    join: Callable[[JSONObject], Joined],
    url_prefix: str,
    complete: Callable[[Sequence[JSONObject]], Sequence[JSONObject]] = lambda fields: fields,
) -> Callable[[Stretch], tuple[Record, ...]]:
    """A function from rows to records. It goes through a page field by field: no copies."""
    make = maker(Record)

    def build(stretch: Stretch) -> tuple[Record, ...]:
        rows, deleted = stretch.rows, stretch.deleted
        ids, fields = row_ids(rows), _properties(rows)
        if not deleted:
            fields = complete(fields)
        joins: Iterable[Joined] = map(join, fields)
        if found := stretch.companies:
            joins = [
                {**joined, kind.company: found[key]} if key in found else joined
                for key, joined in zip(ids, joins, strict=True)
            ]
        made = Alike if isinstance(fields, Alike) else tuple
        return made(
            map(
                make,
                zip(
                    ids,
                    fields,
                    joins,
                    _moments(rows, fields, kind.cursor),
                    [url_prefix + key if url_prefix else "" for key in ids],
                    [deleted or row.get("archived") is True for row in rows],
                    _merged(fields),
                    [False] * len(rows),  # none is a person
                    strict=True,
                ),
            )
        )

    return build


def _properties(rows: Sequence[JSONObject]) -> Sequence[JSONObject]:
    held: list[Any] = [row.get("properties") for row in rows]
    if _DICT.issuperset(map(type, held)):
        return held
    return [one if isinstance(one, dict) else {} for one in held]


def _moments(
    rows: Sequence[JSONObject], fields: Sequence[JSONObject], name: str
) -> Sequence[datetime | None]:
    values: list[Any] = [one.get(name) for one in fields]
    try:
        moments = [*map(datetime.fromisoformat, values)]
    except (ValueError, TypeError):
        moments = []
    if moments and None not in [at.tzinfo for at in moments]:
        return moments
    return [
        parse_moment(value or row.get("updatedAt")) for value, row in zip(values, rows, strict=True)
    ]


def _merged(fields: Sequence[JSONObject]) -> Sequence[tuple[str, ...]]:
    held = [one.get(MERGED) for one in fields]
    if not any(held):
        return [()] * len(held)
    return [tuple([part for part in str(one).split(";") if part]) if one else () for one in held]


def parse_moment(value: object) -> datetime | None:
    """A moment as HubSpot writes it: ISO 8601, or milliseconds since 1970 as text."""
    try:
        at = datetime.fromisoformat(value)  # type: ignore[arg-type]  # whatever it is, see below
    except (ValueError, TypeError):
        return _from_milliseconds(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _from_milliseconds(value: object) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=float(str(value)))
    except (ValueError, OverflowError):
        return None
