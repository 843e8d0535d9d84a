"""What a payload's fields say about one another, and about the record's last change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from crmsync.mapping.paths import iso
from crmsync.payloads import Columns, Field
from crmsync.receipts import Problem, Severity
from crmsync.records import Record


class Agreement(NamedTuple):
    """A look at what a payload's fields say together.

    Attributes:
        settle: Sets a payload right in place, and gives what there is to warn of.
        places: Of a page's payloads by their columns, those of which *settle* may find anything.
    """

    settle: Callable[[MutableMapping[str, object], Record], list[Problem]]
    places: Callable[[Columns, Sequence[Record]], Iterable[int]]


Complete: TypeAlias = Callable[[Any], Sequence[Problem]]
"""The same by the payload alone; see `DestinationPlugin.complete`."""


def compile_agreement(
    fields: Sequence[Field], complete: Complete | None = None
) -> Agreement | None:
    """What the mapped *fields* ask to be looked at together; None where nothing.

    *complete* is the destination's own last look at a payload.
    """
    unlike = [(field.name, field.unlike) for field in fields if field.unlike]
    past = [field.name for field in fields if field.past]

    def agree(payload: MutableMapping[str, object], record: Record) -> list[Problem]:
        if unlike:
            drop_known(payload, unlike)
        found: list[Problem] = []
        for name in past:
            if name in payload:
                found = future(payload, past, record.modified_at)
                break
        return found if complete is None else [*found, *complete(payload)]

    def places(columns: Columns, records: Sequence[Record]) -> Iterable[int]:
        if complete is not None:
            return range(len(records))
        alike = [_alike(columns.get(name, ()), columns.get(other, ())) for name, other in unlike]
        late = [_late(columns.get(name, ()), records) for name in past]
        return sorted({*chain(*alike, *late)})

    return Agreement(agree, places) if unlike or past or complete else None


def _alike(lists: Sequence[object], others: Sequence[object]) -> Iterable[int]:
    """The places of lists in which the other's text may stand, whatever its case."""
    texts = {*chain.from_iterable([one for one in lists if isinstance(one, list)])}
    names = {folded(one) for one in others if isinstance(one, str)}
    if names.isdisjoint(map(folded, texts)):
        return ()
    return [
        place
        for place, (values, other) in enumerate(zip(lists, others, strict=False))
        if isinstance(values, list) and folded(other) in map(folded, values)
    ]


def _late(moments: Sequence[object], records: Sequence[Record]) -> Iterable[int]:
    """The places of moments that may lie after their record's own last change."""
    return [
        place
        for place, (moment, record) in enumerate(zip(moments, records, strict=False))
        if moment is not None and record.modified_at and str(moment) >= _day(record.modified_at)
    ]


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def drop_known(fields: MutableMapping[str, object], unlike: Sequence[tuple[str, str]]) -> None:
    """Take out of each list what another field says already, without regard to case."""
    for name, other in unlike:
        values, known = fields.get(name), fields.get(other)
        if not isinstance(values, list) or not isinstance(known, str):
            continue
        known = folded(known)
        left = [value for value in values if folded(value) != known]
        if left:
            fields[name] = left
        else:
            del fields[name]


def folded(value: object) -> str:
    """Text as it is compared without regard to case."""
    return str(value).strip().casefold()


def future(
    fields: Mapping[str, object], names: Sequence[str], modified_at: datetime | None
) -> list[Problem]:
    """A warning for each moment that lies after the record's own last change.

    The record's change stands for "now", so that a record maps alike on every day.
    """
    if modified_at is None:
        return []
    # Most moments lie on earlier days: then the whole moment need not be written out.
    day = _day(modified_at)
    found = [name for name in names if str(fields.get(name, "")) >= day]
    if not found:
        return []
    now = iso(modified_at)
    return [_in_future(name, fields[name], now) for name in found if str(fields[name]) > now]


def _in_future(name: str, moment: object, now: str) -> Problem:
    last = name.rpartition(".")[2]
    code = "FUTURE_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last).upper()
    message = f"{moment} lies after the record's last change, {now}; sent all the same"
    return Problem(name, code, message, Severity.WARNING)
