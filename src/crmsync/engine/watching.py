"""Watches what becomes of delivered values while a read goes on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from crmsync.engine.guards import Guards
from crmsync.engine.plans import SyncPlan
from crmsync.errors import Guard
from crmsync.payloads import Fields
from crmsync.state import SyncState

_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


class ValueWatch:
    """Counts what becomes of delivered values: field by field those that are nothing now.

    And, where the mapping is another than the last full pass had (`remapped`), the keys that
    it gives other values to.
    """

    def __init__(
        self,
        guards: Guards,
        plan: SyncPlan,
    ) -> None:
        self._guards = guards
        self._limits = plan.guards
        self._mapped = plan.mapped
        self._decode = plan.plugin.decode
        self._digest = plan.mapper.digest
        self._had: dict[str, int] = {}
        self._blank: dict[str, int] = {}
        self._keys = self._changed = 0
        self._remapped = False

    def begin(self, state: SyncState, *, partial: bool) -> None:
        """What was delivered is that of a sync that stood so; *partial* reads judge no change."""
        before = state.mapping.rpartition(".")[0]
        other = bool(before) and before != self._digest
        self._remapped = other and not partial and self._limits.change < 1

    def kept(self, fields: Iterable[str]) -> None:
        """A key was read again and these fields still have a value."""
        had = self._had
        self._keys += 1
        for name in fields:
            had[name] = had.get(name, 0) + 1

    def cleared(self, fields: Iterable[str]) -> None:
        """A key was read again and these fields had a value and have none.

        One that the mapping does not fill any more was switched off: that is meant.
        """
        for name in self._mapped.intersection(fields):
            self._had[name] = self._had.get(name, 0) + 1
            self._blank[name] = self._blank.get(name, 0) + 1

    def compared(self, held: Fields, body: bytes) -> None:
        """A key was read again that held these fields, and this is its payload now."""
        if self._remapped:
            self.told(held, self._decode(body))

    def told(self, held: Fields, new: Fields) -> None:
        """As `compared`. A field that held nothing, or was switched off, is not compared."""
        self._changed += self._remapped and any(
            held[name] not in _NOTHING and held[name] != new.get(name)
            for name in self._mapped & held.keys()
        )

    def check(self) -> None:
        """Raise GuardError where a field went blank, or values changed, in too large a share."""
        for name, blank in self._blank.items():
            had = self._had[name]
            if blank >= self._limits.minimum and blank > self._limits.blank_of(name) * had:
                self._went_blank(name, blank, had)
        changed = self._changed
        if changed >= self._limits.minimum and changed > self._limits.change * self._keys:
            self._guards.stop(
                Guard.CHANGE,
                f"the mapping is another than before and gives other values to {changed} of the "
                f"{self._keys} keys read so far; they were not written",
                "look at them with `crmsync dry-run --full`",
                self._guards.mend(Guard.CHANGE),
            )

    def _went_blank(self, name: str, blank: int, had: int) -> None:
        own = name in self._limits.fields
        self._guards.stop(
            Guard.BLANK,
            f"{name} went blank in {blank} of the {had} records that had "
            "a value; they were not written",
            "look whether the token lost a permission, the field was removed, or its "
            "rule in the mapping is wrong",
            self._guards.mend(Guard.BLANK, f'`guards.fields."{name}"`' if own else ""),
        )
