"""After the read: what is owed of earlier runs, and no page could show.

Most of it is read again, since the cursor waits for it. What a run over chosen records left is
not, nor is what the CRM has no more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from crmsync.engine.lookback import still_there
from crmsync.engine.plans import SyncPlan
from crmsync.engine.shelf import Lookup, Settled, Shelf
from crmsync.engine.slots import Slot, Waiting, digest_of
from crmsync.interfaces import Ledger, Source
from crmsync.receipts import Outcome
from crmsync.state import UNCERTAIN, DeliveryWrite

_ALL = 2**31
_AT_ONCE = 1_000
_OPEN = frozenset({Outcome.PENDING, Outcome.UNKNOWN})


def plan_uncertain(
    plan: SyncPlan, ledger: Ledger, shelf: Shelf, keys: Sequence[str], opened: Callable[[], int]
) -> list[DeliveryWrite]:
    """Plan for keys of which it is not known what the platform holds.

    The records of this sync that give something to them, and are open, wait for them: one that
    has left the CRM since is read by no run any more. *opened* makes one thing more wait for the
    end of this, and gives its page. Gives the keys that owe nothing any more: of payloads that
    are sent once those that surely did not arrive are sent, and no other; and a key that no
    record gives anything to is left alone where nothing is disabled.
    """
    wanted = [key for key in keys if key not in shelf.slots]
    lookup = Lookup({}, *ledger.held(plan.destination, wanted))
    paid = []
    for key in wanted:
        slot = shelf.slot(key, lookup)
        if shelf.contests is None or len(slot.members) == 1:
            slot.waiting += [row._replace(page=opened()) for row in _open(plan, ledger, slot)]
        if slot.waiting or not plan.once:
            shelf.decide(slot)
        else:
            shelf.rest(slot)
        body = slot.base.body if slot.base is not None else b""
        if plan.once and slot.settled:
            paid.append(DeliveryWrite(key, digest_of(body), body))
        elif slot.settled and not slot.members:  # it is left as it is, whatever that may be
            paid.append(DeliveryWrite(key, UNCERTAIN, body, owed=False))
    return paid


def _open(plan: SyncPlan, ledger: Ledger, slot: Slot) -> list[Waiting]:
    ids = [record_id for sync, record_id in slot.members if sync == plan.name]
    known = ledger.known(plan.name, ids)
    wanted = {Outcome.PENDING} if plan.once else _OPEN
    return [
        Waiting(0, record_id, gives=(slot.key, at, digest_of(body), body))
        for (sync, record_id), (at, body) in slot.members.items()
        if sync == plan.name and known[record_id].outcome in wanted
    ]


def settle_gone(
    plan: SyncPlan,
    ledger: Ledger,
    source: Source,
    shelf: Shelf,
    keys: Collection[str],
    opened: Callable[[], int],
) -> None:
    """Let records go that are open, and that the CRM has no more: nothing is owed of them.

    For a sync that leaves what is deleted as it is, once all that it read is settled and stored.
    Those of *keys*, which are sent again, are settled by that.
    """
    if plan.disables or plan.once or not ledger.standing(plan.name, plan.destination).owed:
        return
    left = [one for one in _left_open(plan, ledger) if one[1] not in keys]
    there = still_there(plan, source, [record_id for record_id, _ in left])
    for record_id, _ in left:
        row = None if record_id in there else ledger.record(plan.name, record_id)
        if row is not None:
            write = row._replace(outcome=Outcome.FILTERED, problems=())
            shelf.on_settled(Settled(opened(), record_id, None, write=write))


def _left_open(plan: SyncPlan, ledger: Ledger) -> list[tuple[str, str]]:
    """(id, key) of what this run did not settle, and so did not read."""
    ids = ledger.unseen(plan.name, _ALL, limit=_ALL)
    found = []
    for start in range(0, len(ids), _AT_ONCE):
        known = ledger.known(plan.name, ids[start : start + _AT_ONCE])
        found += [(one, k.key or "") for one, k in known.items() if k.outcome in _OPEN]
    return found
