"""The guards: what stops a sync before it writes something suspicious (exit code 6)."""

from __future__ import annotations

from collections.abc import Iterable

from crmsync.engine.plans import GuardLimits
from crmsync.errors import GuardError
from crmsync.state import SyncState

_RAISE = "if this is meant, raise or switch off `guards.{key}` of the sync for one run"


def check_account(state: SyncState, account: str) -> None:
    """Refuse a CRM account other than the one that the sync read first."""
    if state.account and account and account != state.account:
        message = (
            f"this token opens CRM account {account}, but the sync has been "
            f"reading account {state.account}; nothing was written"
        )
        raise GuardError(
            message, hint="put back the right token, or give the new account a sync of its own"
        )


def check_total(state: SyncState, limits: GuardLimits, total: int) -> None:
    """Refuse a full pass over a source that is empty or suddenly short.

    *total* is the CRM's own count before the read, or what was read, after it.
    """
    if not state.full_total:
        return
    if total == 0:
        if limits.empty:
            message = (
                f"the CRM shows no records, the last full pass read "
                f"{state.full_total}; nothing more was written"
            )
            raise GuardError(message, hint=_RAISE.format(key="empty"))
        return
    gone = state.full_total - total
    if gone >= limits.minimum and gone > limits.shortfall * state.full_total:
        message = (
            f"the CRM shows {total} records, the last full pass read "
            f"{state.full_total}; nothing more was written"
        )
        raise GuardError(message, hint=_RAISE.format(key="shortfall"))


def check_vanished(vanished: int, tracked: int, limits: GuardLimits) -> None:
    """Refuse to disable a large share of what was delivered."""
    if vanished >= limits.minimum and vanished > limits.shortfall * tracked:
        message = (
            f"{vanished} of {tracked} delivered records are gone from the CRM; "
            "none of them was disabled"
        )
        raise GuardError(message, hint=_RAISE.format(key="shortfall"))


class BlankWatch:
    """Counts, field by field, how many delivered values are nothing now."""

    def __init__(self, limits: GuardLimits, mapped: frozenset[str]) -> None:
        self._limits = limits
        self._mapped = mapped
        self._had: dict[str, int] = {}
        self._blank: dict[str, int] = {}

    def kept(self, fields: Iterable[str]) -> None:
        """A key was read again and these fields still have a value."""
        had = self._had
        for name in fields:
            had[name] = had.get(name, 0) + 1

    def cleared(self, fields: Iterable[str]) -> None:
        """A key was read again and these fields had a value and have none.

        One that the mapping does not fill any more was switched off: that is meant.
        """
        for name in self._mapped.intersection(fields):
            self._had[name] = self._had.get(name, 0) + 1
            self._blank[name] = self._blank.get(name, 0) + 1

    def check(self) -> None:
        """Raise GuardError where a field went blank in too large a share."""
        for name, blank in self._blank.items():
            had = self._had[name]
            if blank >= self._limits.minimum and blank > self._limits.blank * had:
                message = (
                    f"{name} went blank in {blank} of the {had} records that had "
                    "a value; they were not written"
                )
                raise GuardError(
                    message,
                    hint="look whether the token lost a permission, the field was removed, or its "
                    "rule in the mapping is wrong; " + _RAISE.format(key="blank"),
                )
