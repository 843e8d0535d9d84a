"""Writes a settlement: deliveries, records, quarantine, what was seen, and the cursor.

A record alone at its key has the very bytes that were delivered, so they are stored once, in
the key's row; the record's own body is NULL and is said to be borrowed. Before a key's body
changes, every record that borrows it is given its own copy.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from crmsync.ledger.codec import WORDS, pack_body, pack_problems, refuse_nul, text_list, to_micros
from crmsync.ledger.journal import write_events
from crmsync.ledger.store import Row, Store
from crmsync.receipts import Outcome
from crmsync.state import DeliveryWrite, Newcomer, RecordWrite, Settlement

_REFUSED: Final = (Outcome.INVALID, Outcome.REJECTED)

# Where much is written there is no None and no bytes: Python's sqlite3 takes each of these for
# something to be adapted, and looks in vain for how, which costs as much as writing it.
_BLOB: Final = bytearray()
"""What bytes are added to: calling `bytearray` costs half as much again."""
_BORROWED: Final = bytearray(1)
"""Stands for a record's body where that is its key's."""


def number(store: Store, kind: str, name: str) -> int:
    """The number of a sync's or destination's name, given to it now where it has none."""
    store.run(f"add_{kind}", name)
    return int(store.rows(f"{kind}_id", name)[0][0])


def settle(store: Store, settlement: Settlement) -> None:
    """Write all of a settlement; the caller holds the transaction."""
    sync = number(store, "sync", settlement.sync)
    destination = number(store, "destination", settlement.destination)
    numbers = (sync, destination)
    if settlement.batch_id:  # first, so that the bodies take its pages: they are written once then
        store.run("end_intent", settlement.batch_id, destination)
    new = {record_id for some in settlement.newcomers.values() for record_id, _, _ in some}
    records = {one.record_id: one for one in settlement.records if one.record_id not in new}
    _write(store, numbers, settlement, records, settlement.deliveries)
    for outcome, newcomers in settlement.newcomers.items():
        if not _write_newcomers(store, numbers, settlement, outcome, newcomers):
            came = {one[0]: RecordWrite(one[0], *one[1], outcome, one[2]) for one in newcomers}
            held = [DeliveryWrite(key, digest, body) for _, (key, _, digest, body), _ in newcomers]
            _write(store, numbers, settlement, came, held)
    _write_quarantine(store, sync, settlement, records.values(), new)
    write_events(store, destination, settlement.events)
    _write_progress(store, sync, destination, settlement)


def _write(
    store: Store,
    numbers: tuple[int, int],
    settlement: Settlement,
    records: Mapping[str, RecordWrite],
    deliveries: Sequence[DeliveryWrite],
) -> None:
    """Write records by their ids, and deliveries, whatever was there before."""
    sync, destination = numbers
    at_key = {delivery.key: delivery for delivery in deliveries}
    keys = {record.key for record in records.values() if record.key is not None}
    refuse_nul("".join(chain(records, at_key, keys)))
    keep_bodies(store, destination, list(at_key), (sync, records))
    rows = [
        (key, _BLOB + digest, _BLOB + body, sync if owed and not digest else 0)
        for key, digest, body, owed in at_key.values()
    ]
    store.run_many("deliver", rows, shared=_of_all(destination, settlement))
    undelivered = sorted(keys.difference(at_key))
    store.run_many("add_key", [(destination, key) for key in undelivered])
    found = store.rows("key_numbers", destination, text_list(list(keys))) if keys else ()
    common = (sync, settlement.full_pass)
    _write_records(store, common, records.values(), at_key, dict(found))


def _of_all(destination: int, settlement: Settlement) -> Row:
    """What all deliveries of a settlement have."""
    return (destination, settlement.batch_id, to_micros(settlement.at), settlement.answer)


def keep_bodies(
    store: Store, destination: int, keys: Sequence[str], rewritten: tuple[int, Container[str]]
) -> None:
    """Copy the bodies that records borrow from these keys, which are about to change.

    Args:
        store: Where, inside a transaction.
        destination: The keys' destination.
        keys: Keys whose delivery is about to be written.
        rewritten: Of which sync which records get a new body themselves, by their ids.
    """
    if not keys:
        return
    borrowers = store.rows("borrowers", destination, text_list(keys))
    sync, ids = rewritten
    left = [pair for pair in borrowers if pair[0] != sync or pair[1] not in ids]
    store.run_many("keep_body", left)


def _write_newcomers(
    store: Store,
    numbers: tuple[int, int],
    settlement: Settlement,
    outcome: Outcome,
    newcomers: Sequence[Newcomer],
) -> bool:
    """Write newcomers and their keys, or of the keys some: where one was there all the same.

    New rows are numbered one after the other: so two questions tell the numbers of all.
    """
    sync, destination = numbers
    refuse_nul("".join([text for one in newcomers for text in (one[0], one[1][0])]))
    before = store.rows("newest_key")[0][0]
    if before is None:
        return False
    keys = [(key, _BLOB + digest, _BLOB + body) for _, (key, _, digest, body), _ in newcomers]
    store.run_many("deliver_first", keys, shared=_of_all(destination, settlement))
    if store.rows("newest_key")[0][0] - before != len(newcomers):
        return False
    rows = [
        (place, record_id, modified_at, pack_problems(problems) if problems else "")
        for place, (record_id, (_, modified_at, _, _), problems) in enumerate(newcomers, before + 1)
    ]
    store.run_many("write_newcomer", rows, shared=(sync, settlement.full_pass, WORDS[outcome]))
    return True


def _write_records(
    store: Store,
    shared: tuple[int, int],
    records: Iterable[RecordWrite],
    deliveries: Mapping[str, DeliveryWrite],
    numbers: Mapping[str, int],
) -> None:
    """Write records; *shared* are (sync, full pass), *numbers* those of their keys."""
    at_key: dict[str | None, DeliveryWrite] = dict(deliveries.items())
    store.run_many(
        "write_record",
        [
            (
                record_id,
                key,
                numbers[key] if key is not None else 0,
                modified_at,
                _BLOB + digest,
                WORDS[outcome],
                pack_problems(problems) if problems else "",
                _BORROWED if (one := at_key.get(key)) and one.body == body else _BLOB + body,
            )
            for record_id, key, modified_at, digest, body, outcome, problems in records
        ],
        shared=shared,
    )


def _write_quarantine(
    store: Store,
    sync: int,
    settlement: Settlement,
    records: Collection[RecordWrite],
    newcomers: Iterable[str],
) -> None:
    at = to_micros(settlement.at)
    refused = [record for record in records if record.outcome in _REFUSED]
    if store.rows("any_quarantined", sync)[0][0]:
        mended = [record.record_id for record in records if record.outcome not in _REFUSED]
        store.run("release", sync, text_list([*mended, *newcomers, *settlement.forgotten]))
    store.run_many("refuse", [_refusal(sync, record, at) for record in refused])
    if refused and settlement.forgotten:
        store.run("release", sync, text_list(settlement.forgotten))


def _refusal(sync: int, record: RecordWrite, at: int) -> Row:
    return (
        sync,
        record.record_id,
        record.key,
        record.outcome.value,
        pack_problems(record.problems),
        record.digest,
        pack_body(record.body),
        at,
    )


def _write_progress(store: Store, sync: int, destination: int, settlement: Settlement) -> None:
    if settlement.seen:
        store.run("mark_seen", sync, settlement.full_pass, text_list(settlement.seen))
    if settlement.forgotten:
        store.run("forget_records", sync, text_list(settlement.forgotten))
    if settlement.batch_id:
        store.run("end_line", settlement.batch_id, destination)
    if settlement.cursor is not None:
        store.run("move_cursor", sync, settlement.cursor, to_micros(settlement.at))
