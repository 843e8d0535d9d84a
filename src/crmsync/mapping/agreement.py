"""What a payload's fields say about one another, and about the record's last change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from crmsync.mapping.paths import iso
from crmsync.payloads import Field
from crmsync.receipts import Problem, Severity
from crmsync.records import Record

Agreement: TypeAlias = Callable[[MutableMapping[str, object], Record], list[Problem]]
"""Sets a payload right in place, and gives what there is to warn of."""

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

    return agree if unlike or past or complete else None


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
    day = modified_at.astimezone(UTC).date().isoformat()
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
