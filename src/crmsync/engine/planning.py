"""From a page of records to what must be sent, decided against what the ledger knows.

Nothing is sent or stored here: the planner reads the ledger, keeps the slots that are on
their way, and says what is settled already. The same planner serves `run` and `dry-run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import orjson

from crmsync.engine.batching import BRACKETS
from crmsync.engine.contests import Contests
from crmsync.engine.newcomers import NewSlot
from crmsync.engine.plans import SyncPlan
from crmsync.engine.shelf import Lookup, Settled, Shelf
from crmsync.engine.slots import (
    Given,
    Move,
    Waiting,
    digest_of,
)
from crmsync.engine.watching import ValueWatch
from crmsync.engine.whereabouts import Whereabouts
from crmsync.interfaces import Ledger
from crmsync.mapper import Mapped
from crmsync.receipts import Outcome, Problem
from crmsync.records import Record
from crmsync.state import UNCERTAIN, Known, RecordWrite

_UNFINISHED = frozenset({Outcome.PENDING, Outcome.UNKNOWN, Outcome.INVALID, Outcome.REJECTED})
_SETTLED = frozenset(
    {
        Outcome.ACCEPTED,
        Outcome.UNVERIFIED,
        Outcome.UNCHANGED,
        Outcome.MERGED,
        Outcome.REJECTED,
        Outcome.INVALID,
    }
)


class Planner:
    """Plans page after page: what each record gives to which key.

    Attributes:
        shelf: The slots of the keys, and who is told of them.
        left: How many records left their keys for good: archived, or without a key now.
        on_opened: Called with the page when it must wait for one thing more than its
            records: a key that one of them left, an id that was merged away.
    """

    def __init__(
        self,
        plan: SyncPlan,
        ledger: Ledger,
        *,
        watch: ValueWatch | None = None,
        force: bool = False,
    ) -> None:
        self.plan = plan
        self.contests: Contests | None = None
        if plan.plugin.merge.alone:
            self.contests = Contests(plan, ledger.record, force=force)
        self.shelf = Shelf(plan, watch, self.contests, force=force)
        self.left = 0
        self.on_opened: Callable[[int], None] = _ignore
        self._ledger = ledger
        self._watch = watch
        self._force = force
        self._where = Whereabouts(plan.name, self.shelf.slots)
        # Where records collide, one that was invalid may be so no more though it is as it was.
        self._settled = _SETTLED if self.contests is None else _SETTLED - {Outcome.INVALID}
        # The longest payload of a new key that goes as it is, whoever looks at it.
        plain = self.contests is None and plan.plugin.sent is None and not plan.once
        self._longest = plan.plugin.limits.max_bytes - BRACKETS if plain else -1

    def committed(self) -> None:
        """What was settled is in the ledger: it can be looked up there again."""
        self.shelf.committed()
        if self.contests is not None:
            self.contests.committed()
        self._where.committed()

    def add(self, page: int, records: Sequence[Record]) -> None:
        """Plan a page's records, in order."""
        mapped = self.plan.map_each(records)
        lookup = self._look_up(records, mapped)
        for record, values in zip(records, mapped, strict=True):
            if values is not None and self._newcomer(page, record, values, lookup):
                continue
            known = self._where.known(record.id, lookup.known)
            if values is None:
                self._gone(page, record.id, known, lookup)
            elif known is not None and known.forgotten:
                self._done(page, record.id, Outcome.FILTERED, ())
            elif values.key is None:
                self._refused(page, record, values, known, lookup)
            else:
                self._live(page, record, values, known, lookup)
            if record.merged_ids:
                self._merged_away(page, record, lookup)

    def _look_up(self, records: Sequence[Record], mapped: Sequence[Mapped | None]) -> Lookup:
        ids = [record.id for record in records]
        ids += [old for record in records for old in record.merged_ids]
        known = self._ledger.known(self.plan.name, ids)
        keys = {m.key for m in mapped if m is not None and m.key is not None}
        keys.update(k.key for k in known.values() if k.key is not None)
        keys.update(self._where.keys(ids))
        wanted = [key for key in keys if key not in self.shelf.slots]
        return Lookup(known, *self._ledger.held(self.plan.destination, wanted))

    def _newcomer(self, page: int, record: Record, mapped: Mapped, lookup: Lookup) -> bool:
        """Plan a record that was never seen, at a key to which nobody gave anything yet.

        Gives False, and does nothing, for any other, or where its payload does not go as it is.
        """
        key, fields, problems, _, body = mapped
        record_id, slots = record.id, self.shelf.slots
        if (
            key is None
            or self._longest < 0
            or key in slots
            or key in lookup.stored
            or key in lookup.delivered
            or record_id in lookup.known
            or record_id in self._where.placed
            or record.merged_ids
        ):
            return False
        body = body or self.plan.plugin.encode(fields)
        if len(body) > self._longest:
            return False
        newcomer = (record_id, (key, record.milliseconds, digest_of(body), body), problems)
        self._where.placed[record_id] = (key, None)
        slots[key] = slot = NewSlot(self.plan.name, page, newcomer)
        self.shelf.on_slot(slot)
        return True

    def _live(
        self, page: int, record: Record, mapped: Mapped, known: Known | None, lookup: Lookup
    ) -> None:
        key = mapped.key or ""
        body = mapped.body or self.plan.plugin.encode(mapped.fields)
        digest = digest_of(body)
        changed = (
            known is None
            or known.digest != digest
            or known.key != key
            or known.outcome not in self._settled
        )
        if known is not None and not changed and not self._force:
            outcome = self._settled_before(known, digest, mapped, lookup)
            if outcome is not None:
                self._done(page, record.id, outcome, mapped.problems, key)
                return
        modified = record.milliseconds
        if not changed:  # who wins among several may hang on when each was changed
            changed = self._contributed(record.id, key, lookup)[0] != modified
        move = None
        if known is not None or record.id in self._where.placed:
            move = self._move(page, record.id, known and known.key, key, lookup)
        gives = (key, modified, digest, body)
        problems = mapped.problems
        changed = changed or move is not None
        waiting = Waiting(page, record.id, gives, True, changed, move, problems=problems)  # noqa: FBT003 - by position, as it is read
        if move is not None:
            move.newest = waiting
        self._where.placed[record.id] = (key, move)
        slot = self.shelf.slot(key, lookup)
        slot.members[self.plan.name, record.id] = Given(modified, body)
        slot.wait(waiting)
        self.shelf.decide(slot, (mapped.fields, digest))

    def _move(
        self, page: int, record_id: str, old: str | None, key: str, lookup: Lookup
    ) -> Move | None:
        """Take a record out of the key that it was under, where that is another one."""
        under_way = self._where.under_way(record_id)
        if old is None or old == key:
            if under_way is not None:
                under_way.left += 1
            return under_way
        move = under_way or Move()
        move.left += 2
        self.on_opened(page)
        self._leave(old, Waiting(page, record_id, move=move), lookup)
        return move

    def _settled_before(
        self, known: Known, digest: bytes, mapped: Mapped, lookup: Lookup
    ) -> Outcome | None:
        """The outcome of a record that gives what it gave before, where that settles it."""
        if known.outcome is Outcome.REJECTED:
            return Outcome.REJECTED
        key = mapped.key or ""
        base = lookup.delivered.get(key)
        alone = key not in self.shelf.slots and len(lookup.stored.get(key, ())) == 1
        if not alone or base is None or base.digest != digest:
            return None
        if self._watch:
            self._watch.kept(mapped.fields)
        return Outcome.UNCHANGED

    def _refused(
        self, page: int, record: Record, mapped: Mapped, known: Known | None, lookup: Lookup
    ) -> None:
        """A record that is filtered out, skipped or invalid."""
        outcome = mapped.outcome or Outcome.INVALID
        if outcome is Outcome.FILTERED:
            self._filtered(page, record.id, known, lookup)
            return
        digest = _digest_of_refusal(record, mapped.problems)
        same = (
            known is not None
            and known.outcome is outcome
            and known.digest == digest
            and not self._force
        )
        keep = known.key if known is not None and outcome is Outcome.INVALID else None
        write = None
        if not same:
            moment, body = self._contributed(record.id, keep, lookup)
            write = RecordWrite(record.id, keep, moment, digest, body, outcome, mapped.problems)
        if known is not None and known.key is not None and outcome is Outcome.SKIPPED:
            self._lost_its_key(page, known.key, write, lookup)
            return
        none = RecordWrite(record.id, None, 0, digest, b"", outcome, mapped.problems)
        if keep is not None and self._contested(keep, none, lookup):
            self._gives_up(page, keep, none, lookup)
            return
        fresh = outcome is Outcome.INVALID and not same
        self._settle(
            Settled(page, record.id, outcome, write=write, fresh=fresh, problems=mapped.problems),
            lookup,
        )

    def _lost_its_key(self, page: int, key: str, write: RecordWrite | None, lookup: Lookup) -> None:
        """A record that contributed to a key and has none any more."""
        if write is None:
            return
        self.left += 1
        if self._watch:
            self._watch.cleared((self.plan.plugin.key,))
        self._gives_up(page, key, write, lookup)

    def _contested(self, key: str, none: RecordWrite, lookup: Lookup) -> bool:
        """Whether others claim the key of a record, too, that claims none any more."""
        if self.contests is None or not self.contests.claims_none(none):
            return False
        slot = self.shelf.slots.get(key)
        found = slot.members if slot is not None else lookup.stored.get(key, ())
        return len(found) > 1

    def _gives_up(self, page: int, key: str, write: RecordWrite, lookup: Lookup) -> None:
        """Take a record that was read out of a key, and store *write* when that has landed."""
        move = self._where.onward(write.record_id, key)
        problems = write.problems
        waiting = Waiting(
            page, write.record_id, counted=True, move=move, problems=problems, skipped=write
        )
        move.newest = waiting
        self._leave(key, waiting, lookup)

    def _filtered(
        self, page: int, record_id: str, known: Known | None, lookup: Lookup, *, gone: bool = False
    ) -> None:
        """A record that is not to be sent. What was owed or refused of it is so no more."""
        none = RecordWrite(record_id, None, 0, UNCERTAIN, b"", Outcome.FILTERED)
        if known is not None and known.key and self._contested(known.key, none, lookup):
            self._gives_up(page, known.key, none, lookup)
            return
        write = None
        if known is not None and known.outcome in _UNFINISHED and not (gone and self.plan.disables):
            moment, body = self._contributed(record_id, known.key, lookup)
            write = RecordWrite(record_id, known.key, moment, known.digest, body, Outcome.FILTERED)
        forget = gone and known is not None and self.plan.disables
        settled = Settled(page, record_id, Outcome.FILTERED, write=write, forget=forget)
        self._settle(settled, lookup)

    def _contributed(self, record_id: str, key: str | None, lookup: Lookup) -> tuple[int, bytes]:
        """(when, what) a record contributed last: it stays until the record is valid again."""
        member = (self.plan.name, record_id)
        for stored in lookup.stored.get(key or "", ()):
            if (stored.sync, stored.record_id) == member:
                return stored.modified_at, stored.body
        mine = self.shelf.slots[key].members.get(member) if key in self.shelf.slots else None
        return mine or (0, b"")

    def _gone(self, page: int, record_id: str, known: Known | None, lookup: Lookup) -> None:
        """A record that the CRM archived or deleted."""
        if known is None or known.key is None or not self.plan.disables:
            self._filtered(page, record_id, known, lookup, gone=True)
            return
        self.left += 1
        self._forget(page, record_id, known.key, lookup, counted=True)

    def _merged_away(self, page: int, record: Record, lookup: Lookup) -> None:
        """Ids that live on in *record*: what they contributed ends."""
        for old in record.merged_ids:
            known = self._where.known(old, lookup.known)
            if known is None or old == record.id:
                continue
            self.on_opened(page)
            if known.key is None:
                self._settle(Settled(page, old, None, forget=True), lookup)
            else:
                self._forget(page, old, known.key, lookup)

    def vanished(self, page: int, record_ids: Iterable[str]) -> None:
        """Plan for records that a full pass did not find any more."""
        records = [Record(record_id, deleted=True) for record_id in record_ids]
        lookup = self._look_up(records, [])
        for record_id, known in lookup.known.items():
            if known.key is not None:
                self.on_opened(page)
                self._forget(page, record_id, known.key, lookup)

    def _forget(
        self, page: int, record_id: str, key: str, lookup: Lookup, *, counted: bool = False
    ) -> None:
        """Take a record out of its key, and let its row go at the end of its way."""
        move = self._where.onward(record_id, key)
        move.newest = Waiting(page, record_id, counted=counted, forget=True, move=move)
        self._leave(key, move.newest, lookup)

    def _leave(self, key: str, waiting: Waiting, lookup: Lookup) -> None:
        """Take a record's contribution out of a key. *waiting* is one more thing to wait for."""
        slot = self.shelf.slot(key, lookup)
        slot.members.pop((self.plan.name, waiting.record_id), None)
        slot.wait(waiting)
        self.shelf.decide(slot)

    def _done(
        self,
        page: int,
        record_id: str,
        outcome: Outcome,
        problems: tuple[Problem, ...],
        key: str | None = None,
    ) -> None:
        self.shelf.on_settled(Settled(page, record_id, outcome, problems=problems, key=key))

    def _settle(self, settled: Settled, lookup: Lookup) -> None:
        """Let go what needs nothing sent; what is to be stored of it, after what came before."""
        stored = settled.write is not None or settled.forget
        if stored and self._where.on_its_way(settled.record_id):
            self._follow(settled, lookup)
            return
        self._where.note(settled)
        self.shelf.on_settled(settled)

    def _follow(self, settled: Settled, lookup: Lookup) -> None:
        """Store a record's row, or forget it, when what it gave or took away before has landed."""
        record_id, write, outcome = settled.record_id, settled.write, settled.outcome
        if write is None and outcome is not None:  # it is forgotten: this tells what it came to
            write = RecordWrite(record_id, None, 0, UNCERTAIN, b"", outcome)
        key = self._where.placed[record_id][0]
        move = self._where.onward(record_id, key)
        move.newest = waiting = Waiting(
            settled.page,
            record_id,
            counted=outcome is not None,
            move=move,
            forget=settled.forget,
            problems=settled.problems,
            skipped=write,
        )
        slot = self.shelf.slot(key, lookup)
        slot.wait(waiting)
        self.shelf.decide(slot)


def _digest_of_refusal(record: Record, problems: tuple[Problem, ...]) -> bytes:
    """Equal while the record is refused for the same reasons."""
    reasons = [tuple(problem) for problem in problems]
    return digest_of(orjson.dumps([record.id, reasons], default=str))


def _ignore(_: object) -> None:
    """Nobody listens."""
