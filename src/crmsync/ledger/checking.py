"""Looks for what a ledger never holds: damage, and rows that point to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from crmsync.ledger.store import Store

_RULES: Final = {
    "keys_without_destination": "keys of a destination that there is not",
    "keys_owed_by_nobody": "keys owed by a sync that there is not",
    "records_without_sync": "records of a sync that there is not",
    "records_without_key": "records whose key is not the one that they point to",
    "records_without_body": "records whose body is their key's, which has none",
    "records_without_outcome": "records that came to something unknown",
    "quarantine_without_record": "refused records that are no records, or were not refused",
    "intents_without_sync": "batches of a sync or a destination that there is not",
    "events_without_sync": "events of a sync or a destination that there is not",
    "notes_without_destination": "notes of a destination that there is not",
}
"""What each statement of `checking.sql` counts."""


class Finding(NamedTuple):
    """Something that is wrong with a ledger; `times` is how often."""

    rule: str
    times: int
    says: str


def findings(store: Store) -> list[Finding]:
    """Everything that is wrong with a ledger, all seen at one moment. Changes nothing."""
    return store.snapshot(lambda: list(_findings(store)))


def _findings(store: Store) -> Iterator[Finding]:
    for (words,) in store.rows("damage"):
        yield Finding("damage", 1, str(words))
    for rule, says in _RULES.items():
        ((count,),) = store.rows(rule)
        if count:
            yield Finding(rule, int(count), says)
