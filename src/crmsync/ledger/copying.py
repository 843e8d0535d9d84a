"""Copies a ledger to an empty one, of whatever kind, and makes sure that it is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from typing import Final, NamedTuple

from crmsync.errors import LedgerError
from crmsync.ledger.store import Row, Store

_STRETCH: Final = 1_000
_START: Final[dict[str, Row]] = {
    "destinations": (-1,),
    "syncs": (-1,),
    "keys": (-1,),
    "records": (-1, ""),
    "intents": (-1,),
    "quarantine": (-1, ""),
    "runs": (-1,),
    "run_syncs": (-1,),
    "events": (-1,),
    "notes": (-1, ""),
}
"""Every table of a ledger, and what stands before the first value of its primary key, which its
rows begin with. Locks are left out: they are their machines'."""


class Copied(NamedTuple):
    """One table of a ledger.

    Attributes:
        digest: Of every value of every row, in the order of the primary key.
    """

    table: str
    rows: int
    digest: str


def copy(source: Store, target: Store) -> list[Copied]:
    """Copy everything but the locks, in one transaction; gives what each table came to.

    What a run writes to the source meanwhile is not in the copy.

    Raises:
        LedgerError: The source has nothing, or the target has something already, or what
            arrived is not what was sent; then the target is as it was, or says so.
    """
    copied = target.write(lambda: source.snapshot(lambda: _copied(source, target)))
    if contents(target) != copied:
        raise LedgerError(
            f"the copy {target.name} differs from {source.name}",
            hint="do not use it: delete it, check the server's disk and memory, and copy again",
        )
    return copied


def contents(store: Store) -> list[Copied]:
    """What each table of a ledger holds now."""
    return store.snapshot(lambda: [_table(store, name) for name in _START])


def _copied(source: Store, target: Store) -> list[Copied]:
    filled = [name for name in _START if target.rows(f"read_{name}", *_START[name], 1)]
    if filled:
        raise LedgerError(
            f"{target.name} is not empty ({', '.join(filled)}); nothing was copied",
            hint="name a new file, or an empty database",
        )
    copied = []
    for name in _START:
        into = partial(target.run_many, f"copy_{name}")
        copied.append(_table(source, name, into))
    if not any(one.rows for one in copied):
        raise LedgerError(
            f"{source.name} has nothing in it; nothing was copied", hint="check its name"
        )
    target.rows("number_on")
    return copied


def _table(store: Store, name: str, into: Callable[[list[Row]], None] | None = None) -> Copied:
    digest, count = blake2b(digest_size=16), 0
    for rows in _stretches(store, name):
        if into is not None:
            into(rows)
        count += len(rows)
        for row in rows:
            digest.update(repr(row).encode())
    return Copied(name, count, digest.hexdigest())


def _stretches(store: Store, name: str) -> Iterator[list[Row]]:
    after = _START[name]
    while rows := store.rows(f"read_{name}", *after, _STRETCH):
        yield rows
        after = rows[-1][: len(after)]
