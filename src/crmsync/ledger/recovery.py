"""Intents: what a batch carries, noted before it leaves; what was lost, and so is owed."""

from __future__ import annotations

from collections.abc import Sequence

from crmsync.ledger import journal
from crmsync.ledger.codec import pack_payloads, refuse_nul, text_list, union, unpack_payloads
from crmsync.ledger.settling import keep_bodies, number
from crmsync.ledger.store import Store
from crmsync.receipts import Outcome
from crmsync.state import Standing


def intend(
    store: Store, batch_id: str, names: tuple[str, str], payloads: Sequence[tuple[str, bytes]]
) -> None:
    """Note a batch; *names* are its sync's and its destination's."""
    refuse_nul("".join(key for key, _ in payloads))
    packed = pack_payloads(payloads)

    def note() -> None:
        sync, destination = number(store, "sync", names[0]), number(store, "destination", names[1])
        store.run("intend", batch_id, sync, destination, packed)

    store.write(note)


def recover(store: Store, destination: int) -> int:
    """Make uncertain what batches that never settled carried; gives their payloads.

    The caller holds the transaction.
    """
    lost = [
        (key, body, batch_id, sync)
        for batch_id, sync, packed in store.rows("intents", destination)
        for key, body in unpack_payloads(packed)
    ]
    wanted = text_list(sorted({key for key, *_ in lost}))
    bodies: dict[str, bytes] = dict(store.rows("bodies", destination, wanted))
    carried: dict[str, tuple[str, int]] = {}
    for key, body, batch_id, sync in lost:
        bodies[key] = union(bodies.get(key, b""), body)
        carried[key] = (batch_id, sync)
    keep_bodies(store, destination, list(carried), (0, ()))
    store.run_many("doubt", [(destination, key, bodies[key], *carried[key]) for key in carried])
    store.run("end_intents", destination)
    return len(lost)


def standing(store: Store, sync: str, destination: str) -> Standing:
    """How a sync stands. A key is owed once, by its records or by a batch that was lost."""
    found = (store.row("sync_id", sync), store.row("destination_id", destination))
    numbers = [row[0] if row else None for row in found]
    counted: dict[str, int] = dict(store.rows("open_records", numbers[0]))
    skipped = counted.pop(Outcome.SKIPPED.value, 0)
    owed = journal.owed(store, numbers[0], sum(counted.values()))
    lost = {key for (key,) in store.rows("owed_keys", *numbers)}
    for (packed,) in store.rows("unsettled", *numbers):
        lost.update(key for key, _ in unpack_payloads(packed))
    if lost:
        told = store.rows("owed_by_records", *numbers, text_list(sorted(lost)))
        owed += len(lost) - len(told)
    quarantined = int(store.rows("count_quarantined", sync)[0][0])
    return Standing(owed, quarantined, skipped)
