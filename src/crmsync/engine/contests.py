"""Keys that take one record only: where several claim one, all of them are refused.

The ledger keeps what each of them gives, so that they find one another again in any run, and so
that the one which is left is sent when the others have gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from crmsync.engine.plans import SyncPlan
from crmsync.engine.slots import Given, Member, Restated, Slot, digest_of
from crmsync.interfaces import Ledger
from crmsync.mapping.colliding import collision, collision_code
from crmsync.payloads import Contribution
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.state import RecordWrite

_INVALID: Final = Outcome.INVALID
_ALL: Final = 2**31


class _Refusal(NamedTuple):
    """What a member was refused for, and with what payload."""

    problem: Problem
    digest: bytes


class Contests:
    """Judges keys that several records claim.

    Attributes:
        row: The ledger's row of a record of a sync.
        on_restated: Called with each member that comes to another end than it had.
        unread: Ids of this sync's records that were found at a contested key, and not read in
            this run: whether the CRM still has them is not known.
        idle: What the ledger does not know yet of this sync's records that were read in vain:
            the rows that they would have without a key.
    """

    def __init__(
        self, plan: SyncPlan, row: Callable[[str, str], RecordWrite | None], *, force: bool
    ) -> None:
        self.unread: set[str] = set()
        self.idle: dict[str, RecordWrite] = {}
        self.on_restated: Callable[[Restated], None] = _ignore
        self.row = row
        self._plan = plan
        self._force = force
        self._refused: dict[Member, _Refusal] = {}
        self._restated: dict[Member, RecordWrite] = {}

    def restate(self, restated: Restated) -> None:
        """Let a member come to another end."""
        self._restated[restated.sync, restated.write.record_id] = restated.write
        self.on_restated(restated)

    def committed(self) -> None:
        """Everything that was settled is in the ledger: it can be looked up there again."""
        self.idle.clear()
        self._restated.clear()

    def problem(self, slot: Slot) -> Problem | None:
        """What is wrong with everyone who claims the slot's key; None where that is one."""
        slot.freed = None
        for member, claims in self._read(slot).items():
            if claims:
                slot.present |= {member}
                self.idle.pop(member[1], None)
            else:
                slot.present -= {member}
        if len(slot.members) > 1:
            self._let_go(slot)
        if len(slot.members) > 1:
            return collision(slot.key, self._contributions(slot), self._plan.plugin)
        for member, given in slot.members.items():
            self._free(slot, member, given)
        return None

    def refuse(self, slot: Slot, problem: Problem) -> dict[str, bool]:
        """Refuse everyone; gives the ids of those who wait, and whether that is news of them."""
        slot.winner = None
        waiting = self._waiting(slot)
        news = {}
        for member, given in slot.members.items():
            refusal = _Refusal(problem, digest_of(given.body))
            row = self._latest(member)
            told = self._refused.get(member) == refusal
            fresh = not told and (self._force or not _says(row, refusal))
            if member in waiting:
                news[member[1]] = fresh
            elif fresh and not self._refused_otherwise(slot, member, row):
                self._restate(slot, member, given, row, problem)
            self._refused[member] = refusal
            if member[0] == self._plan.name and member not in slot.present:
                self.unread.add(member[1])
        return news

    def _restate(
        self, slot: Slot, member: Member, given: Given, row: RecordWrite | None, problem: Problem
    ) -> None:
        """Refuse a member that does not wait: it was settled before, or not read in this run."""
        sync, record_id = member
        digest = digest_of(given.body)
        problems = (*self._warnings(row), problem)
        write = RecordWrite(
            record_id, slot.key, given.modified_at, digest, given.body, _INVALID, problems
        )
        self.restate(slot.restate(sync, write, self._plan.name)._replace(fresh=True))

    def _free(self, slot: Slot, member: Member, given: Given) -> None:
        """Let a member that is alone now, and does not wait itself, wait for the slot."""
        before = self._refused.pop(member, None)
        if member in self._waiting(slot):
            return
        row = self._restated.get(member) or self.row(*member)
        if before is None and not (row and row.outcome is _INVALID and self._collided(row)):
            return
        digest = digest_of(given.body)
        problems = self._warnings(row)
        slot.freed = (
            member[0],
            RecordWrite(
                member[1], slot.key, given.modified_at, digest, given.body, _INVALID, problems
            ),
        )

    def _let_go(self, slot: Slot) -> None:
        """Take out who has no claim to the key any more: filtered out, or without one."""
        for member in slot.members.keys() - slot.present:
            row = self._latest(member)
            if row is not None and row.key in (slot.key, None) and self._claims_none(row):
                del slot.members[member]
                write = row._replace(key=None, modified_at=0, body=b"")
                self.restate(Restated(member[0], write))

    def claims_none(self, row: RecordWrite) -> bool:
        """Whether a record that was read, and would have this *row* without a key, claims none.

        One that is filtered out or has no key does not, one that is invalid otherwise does.
        """
        self.idle[row.record_id] = row
        return self._claims_none(row)

    def _claims_none(self, row: RecordWrite) -> bool:
        if row.outcome is not _INVALID:
            return row.outcome is Outcome.FILTERED
        key = self._plan.plugin.key
        own = (one for one in row.problems if one.severity is Severity.ERROR)
        return any(one.field == key for one in own) and not self._collided(row)

    def _latest(self, member: Member) -> RecordWrite | None:
        """A member's row, as it will be when all of this run is stored."""
        mine = self.idle.get(member[1]) if member[0] == self._plan.name else None
        return mine or self._restated.get(member) or self.row(*member)

    def _refused_otherwise(self, slot: Slot, member: Member, row: RecordWrite | None) -> bool:
        """Whether a member is invalid by itself, whoever else claims the key."""
        if member in slot.present or row is None or row.outcome is not _INVALID:
            return False
        return not self._collided(row)

    def _collided(self, row: RecordWrite) -> bool:
        code = collision_code(self._plan.plugin)
        return any(problem.code == code for problem in row.problems)

    def _warnings(self, row: RecordWrite | None) -> tuple[Problem, ...]:
        problems = row.problems if row is not None else ()
        return tuple(one for one in problems if one.severity is Severity.WARNING)

    def _waiting(self, slot: Slot) -> set[Member]:
        """Who was read, and claims the slot's key."""
        return {member for member, claims in self._read(slot).items() if claims}

    def _read(self, slot: Slot) -> dict[Member, bool]:
        """Who waits, and whether it claims the slot's key as it was read last."""
        return {(self._plan.name, one.record_id): one.gives is not None for one in slot.waiting}

    def absent(
        self, ledger: Ledger, read: Collection[str], full_pass: int | None = None
    ) -> set[str]:
        """This sync's records that claim a key with others, and were not read.

        After a full pass, of which *full_pass* is the number, also those whose key nobody came
        upon in this run: the others may be another sync's.
        """
        unseen = (
            set() if full_pass is None else ledger.unseen(self._plan.name, full_pass, limit=_ALL)
        )
        rows = ((one, self.row(self._plan.name, one)) for one in unseen)
        collided = {one for one, row in rows if row is not None and self._collided(row)}
        return (self.unread | collided) - set(read)

    def _contributions(self, slot: Slot) -> list[Contribution]:
        plan = self._plan
        return [
            Contribution(*member, plan.rank(member[0]), given.modified_at, {})
            for member, given in slot.members.items()
        ]


def _says(row: RecordWrite | None, refusal: _Refusal) -> bool:
    """Whether a row tells of this very refusal."""
    if row is None or row.outcome is not _INVALID or row.digest != refusal.digest:
        return False
    return refusal.problem in row.problems


def _ignore(_: object) -> None:
    """Nobody listens."""
