"""Sending: a few threads that carry batches, each intent durable before its request leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import uuid4

from crmsync import logs
from crmsync.engine.delivery import Delivery, Streak, Verdict, deliver
from crmsync.engine.plans import SyncPlan
from crmsync.engine.slots import Slot, doubt
from crmsync.interfaces import Answer, Destination


class Landed(NamedTuple):
    """A batch's delivery is over.

    Attributes:
        slots: What it carried, in order.
        verdicts: What became of each, in the same order.
        error: What ends the sync, None where it may go on.
        fits: After a refused size, the most bytes known to pass; None otherwise.
    """

    batch_id: str
    slots: Sequence[Slot]
    verdicts: Sequence[Verdict]
    error: BaseException | None
    fits: int | None


class Courier:
    """Carries batches to one destination; each comes back to `inbox` as one Landed.

    `note` makes durable what a batch carries, before it leaves.
    """

    def __init__(
        self,
        plan: SyncPlan,
        destination: Destination,
        note: Callable[[str, Sequence[Slot]], None],
        inbox: Callable[[Landed], None],
        log: logs.Log,
    ) -> None:
        self._plan = plan
        self._destination = destination
        self._note = note
        self._inbox = inbox
        self._log = log
        self._streak = Streak()
        self._pool = ThreadPoolExecutor(plan.plugin.limits.in_flight, "sender")
        self.in_flight = 0

    def launch(self, slots: Sequence[Slot]) -> None:
        """Send one batch. The slots can change no more."""
        for slot in slots:
            slot.flying = True
        self._pool.submit(self._carry, slots)
        self.in_flight += 1

    def landed(self) -> None:
        """Note that a Landed has been dealt with."""
        self.in_flight -= 1

    def close(self) -> None:
        """Wait for what is in flight."""
        self._pool.shutdown(wait=True)

    def _carry(self, slots: Sequence[Slot]) -> None:
        bodies = [slot.sent for slot in slots]
        delivery = Delivery(bodies, self._streak, once=self._plan.once)
        batch_id = uuid4().hex
        error: BaseException | None = None
        pushes = 0

        def push(bodies: tuple[bytes, ...]) -> Answer:
            nonlocal pushes
            pushes += 1
            return self._push(bodies)

        try:
            self._note(batch_id, slots)
            deliver(delivery, push)
            for slot, verdict in zip(slots, delivery.verdicts, strict=True):
                if verdict.maybe_there:
                    doubt(slot, self._plan)
        except BaseException as failure:  # noqa: BLE001 - it goes on in the driver's thread
            error = failure
        if pushes > 1:
            self._log(logs.BATCH_SPLIT, payloads=len(slots), pushes=pushes)
        self._inbox(
            Landed(batch_id, slots, delivery.verdicts, error or delivery.error, delivery.fits)
        )

    def _push(self, bodies: tuple[bytes, ...]) -> Answer:
        answer = self._destination.push(bodies, method=self._plan.method)
        self._log(
            logs.BATCH_PUSHED,
            payloads=len(bodies),
            bytes=sum(map(len, bodies)),
            answer=answer.status,
        )
        return answer
