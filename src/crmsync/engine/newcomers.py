"""Slots of records that were never seen, each alone at its key: most of a first run.

They need no decision, and are made, sent and written down at a fraction of what others take.
"""

from __future__ import annotations

from collections.abc import Iterable

from crmsync.engine.slots import Given, Member, Slot, Waiting
from crmsync.state import Newcomer


class NewSlot(Slot):
    """What `refresh` would make of the slot of a newcomer, where its payload goes as it is.

    Its members, and who waits, are made when they are asked for.

    Attributes:
        page: Of the record.
        newcomer: The record; None once its members, or who waits, were asked for: there may be
            others since.
    """

    # Slot's own would make what is made when it is asked for.
    def __init__(self, sync: str, page: int, newcomer: Newcomer) -> None:
        record_id, (self.key, _, self.digest, self.body), _ = newcomer
        self.sent = self.body
        self.winner = (sync, record_id)
        self.page = page
        self.newcomer: Newcomer | None = newcomer
        self.flying = False  # as it is anyway: a name that is given later costs far more

    @property
    def members(self) -> dict[Member, Given]:  # type: ignore[override]  # nobody assigns it
        """What its one record gives, and others since."""
        self._open()
        return self._members

    @property
    def waiting(self) -> list[Waiting]:
        """Its one record, and others since."""
        self._open()
        return self._waiting

    @waiting.setter
    def waiting(self, waiting: list[Waiting]) -> None:
        self._open()
        self._waiting = waiting

    def _open(self) -> None:
        if self.newcomer is None or self.winner is None:  # it has a winner as long as a newcomer
            return
        record_id, gives, problems = self.newcomer
        _, modified_at, _, body = gives
        waiting = Waiting(self.page, record_id, gives, counted=True, problems=problems)
        self._members = {self.winner: Given(modified_at, body)}
        self._waiting = [waiting]
        self.newcomer = None


def parted(slots: Iterable[Slot]) -> tuple[list[NewSlot], list[Newcomer], list[Slot]]:
    """Slots that are as they were made, their newcomers, and the other slots."""
    made: list[NewSlot] = []
    newcomers: list[Newcomer] = []
    others: list[Slot] = []
    for slot in slots:
        if isinstance(slot, NewSlot) and slot.newcomer is not None:
            made.append(slot)
            newcomers.append(slot.newcomer)
        else:
            others.append(slot)
    return made, newcomers, others
