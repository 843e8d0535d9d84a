"""Which syncs of a run go side by side, since one read of the CRM can feed them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from crmsync.engine.plans import SyncPlan
from crmsync.engine.resuming import Start, where_to_start
from crmsync.engine.sharing import PATIENCE, Member, SharedRead
from crmsync.interfaces import Clock, Ledger
from crmsync.state import SyncState
from crmsync.values import Value

ResultT = TypeVar("ResultT")
Reading: TypeAlias = tuple[Any, ...]
"""What is read: equal ones are one read."""


class Asked(Protocol):
    """How a run, or a preview, was asked for: a sample is never shared."""

    @property
    def full(self) -> bool:
        """Whether everything is read again."""

    @property
    def limit(self) -> int | None:
        """The most records, None for all."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The only records wanted; empty for all."""


class Group(Value):
    """Syncs that go side by side, each to a destination of its own.

    Attributes:
        plans: In the order given. One alone reads by itself.
        cursor: Where all of them start; None at the beginning.
    """

    plans: tuple[SyncPlan, ...]
    cursor: str | None = None

    @property
    def anew(self) -> bool:
        """Whether its syncs read everything together, also those that need not."""
        return len(self.plans) > 1 and self.cursor is None

    @property
    def destinations(self) -> frozenset[str]:
        """Where its syncs send to."""
        return frozenset(plan.destination for plan in self.plans)


def grouped(
    plans: Sequence[SyncPlan], ledger: Ledger, clock: Clock, asked: Asked
) -> Sequence[Group]:
    """The groups, to be run one after the other.

    Together are syncs that read the same (source, object, filter, deleted ones or not) from
    the same place on, for different destinations. Syncs of one destination keep their order.
    Where one has to read everything, those of which the last full pass is at least half as
    old as it may become read everything with it. So syncs that came apart, since a platform
    was down, meet again; and one that stays down costs the others no full pass each run.
    """
    groups: list[Group] = []
    readings: list[Reading] = []
    for plan, reading in zip(plans, _readings(plans, ledger, clock, asked), strict=True):
        number = _place(groups, readings, plan, reading)
        if number is None:
            groups.append(Group(plans=(plan,), cursor=reading[-1]))
            readings.append(reading)
        else:
            groups[number] = replace(groups[number], plans=(*groups[number].plans, plan))
    return groups


def side_by_side(
    group: Group,
    clock: Clock,
    work: Callable[[SyncPlan], ResultT],
    *,
    patience: float = PATIENCE,
) -> Sequence[ResultT]:
    """Do the work of a group's syncs, each in a thread of its own; results in their order.

    What *work* opens as its plan's source is a share in the one read, in which the slowest is
    waited for *patience* seconds.
    """
    if len(group.plans) == 1:
        return [work(group.plans[0])]
    first = group.plans[0]
    paths = frozenset[str]().union(*(plan.mapper.paths for plan in group.plans))
    query = replace(first.query(cursor=group.cursor), paths=paths)
    with (
        closing(SharedRead(query, first.open_source, clock, patience=patience)) as shared,
        ThreadPoolExecutor(len(group.plans), "sync") as pool,
    ):
        members = [(plan, shared.member()) for plan in group.plans]
        results = [pool.submit(_work, work, plan, member) for plan, member in members]
    return [result.result() for result in results]


def _work(work: Callable[[SyncPlan], ResultT], plan: SyncPlan, member: Member) -> ResultT:
    with closing(member):  # also where it never came to read: nobody waits for it then
        return work(replace(plan, open_source=lambda: member))


def _place(
    groups: Sequence[Group], readings: Sequence[Reading], plan: SyncPlan, reading: Reading
) -> int | None:
    """The group that a sync can join without going before another of its destination."""
    for number, other in enumerate(readings):
        later = groups[number:]
        if other == reading and not any(plan.destination in one.destinations for one in later):
            return number
    return None


def _readings(
    plans: Sequence[SyncPlan], ledger: Ledger, clock: Clock, asked: Asked
) -> list[Reading]:
    """What each sync reads, its start last; a sync that shares with nobody has its name in it."""
    alike: dict[Reading, list[SyncPlan]] = {}
    for plan in plans:
        alike.setdefault(_selected(plan), []).append(plan)
    readings: dict[str, Reading] = {}
    for selected, several in alike.items():
        starts = _starts(several, ledger, clock, asked)
        for plan in several:
            start = starts.get(plan.name)
            apart = (plan.name, None) if start is None else ("", start.cursor)
            readings[plan.name] = (*selected, *apart)
    return [readings[plan.name] for plan in plans]


def _selected(plan: SyncPlan) -> Reading:
    wanted = tuple(sorted((name, tuple(sorted(held))) for name, held in plan.filter.items()))
    return (plan.source, plan.object, plan.disables, wanted)


def _starts(
    plans: Sequence[SyncPlan], ledger: Ledger, clock: Clock, asked: Asked
) -> dict[str, Start]:
    """Where syncs that select the same start, by name; empty where none can share."""
    sample = asked.limit is not None or bool(asked.ids)
    if sample or len({plan.destination for plan in plans}) == 1:
        return {}
    if asked.full:
        return {plan.name: Start() for plan in plans}
    now = clock.now()
    states = {plan.name: ledger.sync_state(plan.name) for plan in plans}
    starts = {plan.name: where_to_start(plan, states[plan.name], now) for plan in plans}
    anew = {plan.destination for plan in plans if starts[plan.name].cursor is None}
    for plan in plans:
        may = not starts[plan.name].in_pass and _is_half_due(plan, states[plan.name], now)
        if may and anew - {plan.destination}:
            starts[plan.name] = Start()
    return starts


def _is_half_due(plan: SyncPlan, state: SyncState, now: datetime) -> bool:
    age = (now - state.full_at).total_seconds() if state.full_at else 0.0
    return age >= plan.full_every / 2
