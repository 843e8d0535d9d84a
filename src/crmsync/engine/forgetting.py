"""Records that a person wants forgotten: what is held of them, and what is to be left.

A forgotten record stays as nothing but its id, which keeps it out: should the CRM have it still, it
is read and left alone, so that neither what is known of it nor an event comes again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Final, NamedTuple

from crmsync.engine.plans import SyncPlan
from crmsync.engine.slots import digest_of
from crmsync.errors import ConfigError, RecordError
from crmsync.interfaces import Clock, Ledger
from crmsync.payloads import Fields
from crmsync.receipts import Outcome, Problem
from crmsync.state import (
    UNCERTAIN,
    Delivery,
    DeliveryWrite,
    EventLine,
    Phase,
    Settlement,
    Stored,
)
from crmsync.upkeep import Erasure

_MAYBE_THERE: Final = frozenset({Phase.SENDING, Phase.UNKNOWN, Phase.PARKED})
_TELLING: Final = 4
"""Characters from which on a value tells whose it is: a report may well have a "DE" of its own."""


class Held(NamedTuple):
    """What the ledger holds of one record.

    Attributes:
        key: What it gives to; None where it gives to none.
        quarantined: Whether a refused payload of it is kept.
        events: How many events of it are in the journal.
        others: (sync, record id) of who gives to the key, too.
        forgotten: Whether it was forgotten before.
    """

    record_id: str
    key: str | None
    outcome: Outcome
    quarantined: bool
    events: int
    others: tuple[tuple[str, str], ...]
    forgotten: bool


def held(plan: SyncPlan, ledger: Ledger, ids: Sequence[str]) -> list[Held]:
    """What is held of these records; those that the ledger does not know are left out."""
    refused = {one.record_id for one in ledger.quarantine(plan.name, ids)} if ids else set()
    found = []
    for record_id, known in ledger.known(plan.name, ids).items():
        given = _given(plan, ledger, known.key)
        others = [(one.sync, one.record_id) for one in given]
        found.append(
            Held(
                record_id,
                known.key,
                known.outcome,
                record_id in refused,
                len(ledger.events_of(plan.name, record_id)),
                tuple(one for one in others if one != (plan.name, record_id)),
                known.forgotten,
            )
        )
    return sorted(found)


def forget(
    plan: SyncPlan, ledger: Ledger, clock: Clock, ids: Sequence[str], keys: Sequence[str] = ()
) -> None:
    """Erase what the ledger holds of records, and what was delivered to keys that no record has.

    Raises:
        LockedError: A run of the sync, or to its destination, is under way.
        RecordError: An event may have arrived, and nobody would know of it any more.
        ConfigError: A key is given something by a record.
        LedgerError: It could not be erased, or the file not be written anew.
    """
    with _alone(plan, ledger):
        ledger.recover(plan.destination)
        found = _Found(plan, ledger, ids, keys)
        found.must_be_settled()
        ledger.erase(found.erasure(clock))


def let_back(plan: SyncPlan, ledger: Ledger, clock: Clock, ids: Sequence[str]) -> list[str]:
    """Let records that were forgotten be read again; gives those that were.

    Raises:
        LockedError: A run of the sync, or to its destination, is under way.
    """
    with _alone(plan, ledger):
        known = ledger.known(plan.name, ids)
        back = sorted(one for one in known if known[one].forgotten)
        ledger.settle(
            Settlement(
                sync=plan.name,
                destination=plan.destination,
                run_id="",
                at=clock.now(),
                forgotten=back,
            )
        )
    return back


@contextmanager
def _alone(plan: SyncPlan, ledger: Ledger) -> Iterator[None]:
    with ledger.lock(f"sync {plan.name}"), ledger.lock(f"destination {plan.destination}"):
        yield


def _given(plan: SyncPlan, ledger: Ledger, key: str | None) -> list[Stored]:
    return ledger.contributions(plan.destination, [key]).get(key, []) if key else []


class _Found:
    """Everything of the records that is to go."""

    def __init__(
        self, plan: SyncPlan, ledger: Ledger, ids: Sequence[str], keys: Sequence[str]
    ) -> None:
        self._plan, self._ledger = plan, ledger
        self._ids = [*ledger.known(plan.name, ids)]
        self._lines = [line for one in self._ids for line in ledger.events_of(plan.name, one)]
        known = ledger.known(plan.name, self._ids).values()
        self._keys = {one.key for one in known if one.key is not None}.union(keys)
        self._left: dict[str, list[Stored]] = {}
        for key in self._keys:
            mine = {(plan.name, one) for one in self._ids}
            given = _given(plan, ledger, key)
            self._left[key] = [one for one in given if (one.sync, one.record_id) not in mine]
        self._refuse_given(keys)

    def _refuse_given(self, keys: Iterable[str]) -> None:
        """Of a key that was named by itself no record may be left: it is forgotten by its id."""
        known = self._ledger.known(self._plan.name, self._ids).values()
        own = {one.key for one in known}
        problems = [
            Problem(key, "not_alone", f"{one.sync} {one.record_id} gives to it")
            for key in keys
            if key not in own
            for one in self._left[key][:1]
        ]
        if problems:
            raise ConfigError(problems, hint="forget the record by its id, in its own sync")

    def must_be_settled(self) -> None:
        """Raise where an event of theirs, or of whom they are about, may have arrived."""
        ledger, plan = self._ledger, self._plan
        leads = sorted({line.lead for line in self._lines} | self._keys)
        for line in ledger.open_events(plan.destination, leads):
            if line.phase in _MAYBE_THERE:
                raise RecordError(
                    f"{line.sync}: an event of record {line.record_id} may have arrived at "
                    f"{plan.destination}, and nobody could tell any more; nothing was erased",
                    hint="`crmsync run` looks for it; where a person must decide, `crmsync "
                    "quarantine show` tells how, and `crmsync quarantine drop` takes it for there",
                )

    def erasure(self, clock: Clock) -> Erasure:
        """What is to be erased."""
        plan, ledger = self._plan, self._ledger
        delivered = ledger.deliveries(plan.destination, sorted(self._keys))
        shared = {key: left for key, left in self._left.items() if left}
        fields = [*self._own(), *(_values(plan, delivered[key].body) for key in self._alone_in())]
        names = _told(plan, self._lines)
        return Erasure(
            sync=plan.name,
            destination=plan.destination,
            at=clock.now(),
            records=self._ids,
            keys=sorted(self._keys - shared.keys()),
            shared=[
                _what_stays(plan, key, delivered[key], left)
                if key in delivered
                else DeliveryWrite(key, UNCERTAIN, b"")
                for key, left in shared.items()
                if key in delivered or self._is_free(left)
            ],
            notes=self._notes(fields),
            values=_words([*fields, *names, {"keys": sorted(self._keys - shared.keys())}]),
        )

    def _is_free(self, left: Sequence[Stored]) -> bool:
        """Whether who is left at a key was refused since another had it, too, and may go now."""
        return self._plan.plugin.merge.alone and len(left) == 1

    def _alone_in(self) -> list[str]:
        alone = [key for key, left in self._left.items() if not left]
        return [*self._ledger.deliveries(self._plan.destination, alone)]

    def _own(self) -> Iterator[Fields]:
        """What was mapped of the records, in every form that is kept."""
        plan, ledger = self._plan, self._ledger
        rows = (ledger.record(plan.name, one) for one in self._ids)
        kept = (one.body for one in rows if one is not None)
        refused = (one.body for one in ledger.quarantine(plan.name, self._ids))
        for body in chain(kept, refused if self._ids else ()):
            yield _values(plan, body)

    def _notes(self, fields: Sequence[Fields]) -> list[str]:
        rules = self._plan.plugin.events
        if rules is None:
            return []
        concerns = rules.about(fields, self._lines)
        told = self._ledger.notes(self._plan.destination)
        return [name for name, text in told if concerns(name, text)]


def _values(plan: SyncPlan, body: bytes) -> Fields:
    """What a payload says; nothing where it cannot be read: it is erased all the same."""
    try:
        return plan.plugin.decode(body) if body else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _told(plan: SyncPlan, lines: Sequence[EventLine]) -> list[Fields]:
    rules = plan.plugin.events
    tell = rules.told if rules is not None else lambda line: _values(plan, line.body)
    return [{**tell(line), "lead": line.lead} for line in lines]


def _what_stays(
    plan: SyncPlan, key: str, delivery: Delivery, left: Sequence[Stored]
) -> DeliveryWrite:
    """What is known of a key that others give to: their values, and which fields have another.

    A value that none of them gives is remembered as empty, so that the next run clears it at the
    platform. What is not sent anew (events, and what is noted for them) is known as it was.
    """
    given = [_values(plan, one.body) for one in left]
    kept = {
        name: value if any(one.get(name) == value for one in given) else _emptied(value)
        for name, value in _values(plan, delivery.body).items()
    }
    body = plan.plugin.encode(kept)
    if plan.open_events is not None:
        return DeliveryWrite(key, digest_of(body), body)
    return DeliveryWrite(key, delivery.digest if plan.once else UNCERTAIN, body)


def _emptied(value: object) -> object:
    return [] if isinstance(value, list) else None


def _words(fields: Iterable[Mapping[str, object]]) -> list[str]:
    """Every value that tells whose it is, as a text may quote it."""
    found = {word for one in fields for value in one.values() for word in _leaves(value)}
    return sorted(word for word in found if len(word) >= _TELLING)


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (word for pair in value.items() for one in pair for word in _leaves(one))
    elif isinstance(value, list | tuple):
        yield from (word for one in value for word in _leaves(one))
    elif value is not None and not isinstance(value, bool):
        yield str(value)
