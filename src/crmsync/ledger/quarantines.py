"""Reads quarantine in its order, a stretch at a time, and drops from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from crmsync.ledger.codec import OUTCOMES, from_micros, text_list, unpack_body, unpack_problems
from crmsync.ledger.store import Row, Store
from crmsync.state import Quarantined

_STRETCH: Final = 200


def read(store: Store, sync: str | None, ids: Sequence[str]) -> Iterator[Quarantined]:
    """Quarantined records by sync and record id; all ids where none is given.

    Nothing is locked between two of them; one that leaves meanwhile is left out.
    """
    chosen = set(ids)
    found = [row for row in store.rows("quarantined_ids", sync) if not chosen or row[1] in chosen]
    for name, rows in groupby(sorted(found, key=_order), key=itemgetter(0)):
        in_order = [record_id for _, record_id in rows]
        for start in range(0, len(in_order), _STRETCH):
            yield from _stretch(store, name, in_order[start : start + _STRETCH])


def _order(row: Row) -> tuple[str, bool, int, str]:
    name, record_id = row
    digits = record_id.isascii() and record_id.isdigit()
    return name, not digits, int(record_id) if digits else 0, record_id


def _stretch(store: Store, sync: str, ids: list[str]) -> Iterator[Quarantined]:
    rows = {row[0]: row for row in store.rows("quarantined", sync, text_list(ids))}
    return (_quarantined(sync, rows[record_id]) for record_id in ids if record_id in rows)


def _quarantined(sync: str, row: Row) -> Quarantined:
    record_id, key, outcome, problems, body, first_at, last_at, tries = row
    return Quarantined(
        sync=sync,
        record_id=record_id,
        key=key,
        outcome=OUTCOMES[outcome],
        problems=unpack_problems(problems),
        body=unpack_body(body),
        first_at=from_micros(first_at),
        last_at=from_micros(last_at),
        tries=tries,
    )
