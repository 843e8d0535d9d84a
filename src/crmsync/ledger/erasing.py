"""Erases records, so that nothing in the store's own files can be read of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import orjson

from crmsync.errors import LedgerError
from crmsync.ledger.codec import text_list
from crmsync.ledger.settling import number, settle
from crmsync.ledger.store import Store
from crmsync.receipts import Outcome
from crmsync.state import FORGOTTEN, RecordWrite, Settlement
from crmsync.upkeep import Erasure

BLANKED: Final = "(it was taken out: it quoted a record that was forgotten)"

_STRETCH: Final = 500


def erase(store: Store, erasure: Erasure) -> None:
    """Erase everything in one transaction, and then every trace of it in the store's files."""
    store.write(lambda: _erase(store, erasure))
    try:
        store.compact()
    except LedgerError as error:
        raise LedgerError(
            f"the records are erased, but {store.name} could not be written anew, and may still "
            f"hold bytes of them where nothing is stored: {error.message}",
            hint="it takes twice its own room on the disk; then run the same command again",
        ) from error


def _erase(store: Store, erasure: Erasure) -> None:
    sync = number(store, "sync", erasure.sync)
    destination = number(store, "destination", erasure.destination)
    gone = [RecordWrite(one, None, 0, FORGOTTEN, b"", Outcome.FILTERED) for one in erasure.records]
    settle(
        store,
        Settlement(
            sync=erasure.sync,
            destination=erasure.destination,
            run_id="",
            at=erasure.at,
            records=gone,
            deliveries=erasure.shared,
        ),
    )
    store.run_many("erase_events", [(sync, one) for one in erasure.records])
    store.run("empty_keys", destination, text_list(erasure.keys))
    store.run("erase_keys", destination, text_list(erasure.keys))
    store.run("erase_notes", destination, text_list(erasure.notes))
    store.run_many("retell_run", _retold(store, "runs", erasure.values))
    store.run_many("retell_run_sync", _retold(store, "run_syncs", erasure.values))


def _retold(store: Store, table: str, values: Sequence[str]) -> list[tuple[int, str]]:
    """(number, report) of the rows of a table of reports that quote one of the values."""
    forms = quoted(values)
    return [
        (row, told)
        for row, report in _reports(store, table)
        if report is not None and (told := without_quotes(report, forms)) != report
    ]


def _reports(store: Store, table: str) -> Iterator[tuple[int, str | None]]:
    after = -1
    while rows := store.rows(f"read_{table}", after, _STRETCH):
        yield from ((row[0], row[-1]) for row in rows)
        after = rows[-1][0]


def quoted(values: Sequence[str]) -> frozenset[str]:
    """How texts may be quoted, as they are or in somebody's JSON; all in small letters."""
    forms = (form for value in values for form in (value, json.dumps(value)[1:-1]))
    return frozenset(map(str.casefold, forms))


def without_quotes(report: str, forms: Collection[str]) -> str:
    """A run's or a sync's report, without the words in which one of the *forms* stands."""
    document: dict[str, Any] = orjson.loads(report)
    found = [one for one in document.get("syncs", [document]) if _quotes(one, forms)]
    for one in found:
        one.update({"error": BLANKED} if one.get("error") else {})
        one.update({"notes": [BLANKED]} if one.get("notes") else {})
    return orjson.dumps(document).decode() if found else report


def _quotes(report: dict[str, Any], forms: Collection[str]) -> bool:
    words = " ".join([report.get("error") or "", *report.get("notes", ())]).casefold()
    return any(form in words for form in forms)
