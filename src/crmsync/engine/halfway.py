"""Keys that a record has come to, and has not left the one before: owed until it has."""

from __future__ import annotations

from collections.abc import Sequence

from crmsync.engine.slots import Slot
from crmsync.state import UNCERTAIN, DeliveryWrite


class HalfWay:
    """What was delivered to keys to which a record is on its way still.

    Its row names the key that it left, till all have landed. Cut off before, a run that finds it
    somewhere else would know of no record at this key, and nobody would ever disable it.
    """

    def __init__(self, sync: str) -> None:
        self._sync = sync
        self._held: dict[str, tuple[Slot, DeliveryWrite]] = {}

    def hold(self, slots: Sequence[Slot], deliveries: list[DeliveryWrite]) -> None:
        """Owe, of the deliveries to slots that have landed, those that are half-way, in place."""
        moving = {slot.key: slot for slot in slots if slot.moves and self._is_under_way(slot)}
        if not (moving or self._held):
            return
        for place, delivery in enumerate(deliveries):
            self._held.pop(delivery.key, None)
            if delivery.key in moving and delivery.digest:
                self._held[delivery.key] = (moving[delivery.key], delivery)
                deliveries[place] = delivery._replace(digest=UNCERTAIN)

    def come(self) -> list[DeliveryWrite]:
        """What is owed no more: their records have come to the end of their way since."""
        if not self._held:
            return []
        come = [key for key, (slot, _) in self._held.items() if not self._is_under_way(slot)]
        return [self._held.pop(key)[1] for key in come]

    def _is_under_way(self, slot: Slot) -> bool:
        return any(
            (self._sync, move.newest.record_id) in slot.members
            for move in slot.moves
            if move.left and move.newest is not None
        )
