"""The guards: what stops a sync before it writes something suspicious (exit code 6)."""

from __future__ import annotations

from typing import Final

from typing_extensions import override

from crmsync.engine.plans import SyncPlan
from crmsync.errors import ConfigError, Guard, GuardError
from crmsync.interfaces import Ledger
from crmsync.showing.text import safe
from crmsync.state import SyncState

TENANT: Final = "account"
"""Under which name a destination's own account is noted in the ledger."""


class Guards:
    """The guards of one sync in one run. What one finds is raised, unless a person let it pass.

    Attributes:
        passed: What the guards found that a person let pass in this run, by guard.
    """

    def __init__(self, plan: SyncPlan, allowed: frozenset[Guard] = frozenset()) -> None:
        self.limits = plan.guards
        self.passed: dict[Guard, str] = {}
        self._plan = plan
        self._allowed = allowed

    def account(self, state: SyncState, account: str) -> bool:
        """Refuse a CRM account other than the one that the sync read first.

        Gives whether the account is to be remembered from now on.
        """
        if state.account and account and account != state.account:
            self.stop(
                Guard.ACCOUNT,
                f"this token opens CRM account {safe(account, limit=40)}, but the sync has been "
                f"reading account {safe(state.account, limit=40)}; nothing was written",
                "put back the right token, or give the new account a sync of its own",
                "if the account is the same under another id, reread it: "
                f"{self._once(Guard.ACCOUNT)} --full",
            )
        return bool(account) and account != state.account

    def tenant(self, ledger: Ledger) -> None:
        """Refuse an account of the platform other than the one that was delivered to before."""
        plan = self._plan
        try:
            tenant = plan.tenant()
        except ConfigError:  # a reference that leads nowhere is told by the account's own check
            return
        pinned = ledger.recall(plan.destination, [TENANT]).get(TENANT, "")
        if tenant and pinned and tenant != pinned:
            self.stop(
                Guard.TENANT,
                f"destinations.{plan.destination} is {tenant} now, but what was delivered went "
                f"to {pinned}; nothing was read or written",
                "put back the right one, or give the new account a destination of its own: the "
                "ledger knows what the old one holds",
                "if it is the same account at another address: " + self._once(Guard.TENANT),
            )

    @property
    def events(self) -> bool:
        """Whether what the sync sends must not come twice."""
        return self._plan.open_events is not None or self._plan.once

    def restored(self, ledger: Ledger) -> None:
        """Refuse to create events by a ledger that may not know which were created last."""
        plan = self._plan
        missing = ledger.unknown_sends(plan.name) if self.events else 0
        if missing == 0:
            return
        told = f"knows nothing of the last {missing} that this sync sent: it is an older copy"
        if missing is None:
            told = "came without the folder of its locks, and may be an older copy"
        self.stop(
            Guard.RESTORED,
            f"the ledger {told}, and events that were sent since would be sent again; "
            "nothing was sent",
            "put the newest ledger back; if this is it, or the newest is lost, see what "
            "docs/operations.md says of restoring, and let it pass once: "
            + self._once(Guard.RESTORED),
        )

    def total(self, state: SyncState, total: int) -> None:
        """Refuse a full pass over a source that is empty or suddenly short.

        *total* is the CRM's own count before the read, or what was read, after it.
        """
        before = state.full_total
        if not before:
            return
        if total == 0:
            if self.limits.empty:
                self._found(
                    Guard.EMPTY,
                    f"the CRM shows no records, the last full pass read {before}; "
                    "nothing more was written",
                )
            return
        gone = before - total
        if gone >= self.limits.minimum and gone > self.limits.shortfall * before:
            self._found(
                Guard.SHORTFALL,
                f"the CRM shows {total} records, the last full pass read {before}; "
                "nothing more was written",
            )

    def leaving(self, gone: int, tracked: int) -> None:
        """Refuse to disable a large share of what was delivered."""
        if gone >= self.limits.minimum and gone > self.limits.disable * tracked:
            self._found(
                Guard.DISABLE,
                f"{gone} of {tracked} delivered records are gone from the CRM; "
                "no more of them were disabled",
            )

    def stop(self, guard: Guard, message: str, *hints: str) -> None:
        """Raise GuardError, or note what was found where that guard was let pass."""
        if guard not in self._allowed:
            raise GuardError(message, hint="; ".join(hints), guard=guard)
        self.passed.setdefault(guard, message)

    def _found(self, guard: Guard, message: str) -> None:
        self.stop(guard, message, self.mend(guard))

    def mend(self, guard: Guard, limit: str = "") -> str:
        """What to do where that is meant what a guard with a limit found."""
        return (
            f"if this is meant, let it pass once: {self._once(guard)}; "
            f"its limit is {limit or f'`guards.{guard.value}`'} of the sync"
        )

    def _once(self, guard: Guard) -> str:
        return f"`crmsync run --sync {self._plan.name} --allow {guard.value}`"


class ShownGuards(Guards):
    """The guards of a preview: what one finds ends nothing, but is shown.

    Attributes:
        stopped: What a run would be stopped by.
    """

    def __init__(self, plan: SyncPlan, allowed: frozenset[Guard] = frozenset()) -> None:
        super().__init__(plan, allowed)
        self.stopped: dict[Guard, GuardError] = {}

    @override
    def stop(self, guard: Guard, message: str, *hints: str) -> None:
        """Note what was found."""
        try:
            super().stop(guard, message, *hints)
        except GuardError as error:
            self.stopped.setdefault(guard, error)


def passed_notes(guards: Guards) -> tuple[str, ...]:
    """What a report says of guards that a person let pass."""
    return tuple(
        f"let pass by --allow {guard.value}: {message.partition('; ')[0]}"
        for guard, message in guards.passed.items()
    )


def pin_tenant(plan: SyncPlan, ledger: Ledger, *, delivered: bool, passed: bool) -> None:
    """Remember a destination's account, once something was *delivered* to it.

    Not before: credentials that were mistyped at first are no account. One that a person let
    pass is remembered at once.
    """
    pinned = ledger.recall(plan.destination, [TENANT]).get(TENANT, "")
    if not passed and (pinned or not delivered):
        return
    tenant = plan.tenant()
    if tenant and tenant != pinned:
        ledger.note(plan.destination, {TENANT: tenant})
