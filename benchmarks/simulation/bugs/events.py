"""Bugs about events: what must be created once, in order, and never without an intent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.simulation import stage
from benchmarks.simulation.bugs.seeding import Change, instead
from crmsync.destinations.atoka import client, delivering, destination, queues
from crmsync.destinations.atoka.reconcile import Ending, Result, Rules
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.engine.books import Books
from crmsync.engine.events import EventRun
from crmsync.ledger.stored import StoredLedger
from crmsync.state import Phase
from crmsync.transport.account import Account

_SERVER_ERRORS = 500


def unclear_is_sent_again() -> list[Change]:
    """An event whose answer was lost is sent again at once."""

    def make(real: Any) -> Any:
        def ended(intent: Any, result: Result, at: Any, rules: Any) -> Any:
            unclear = result.ending is Ending.UNKNOWN
            return real(intent, Result(Ending.NOT_SENT) if unclear else result, at, rules)

        return ended

    return [Change(delivering, "ended", make)]


def hidden_retry() -> list[Change]:
    """The transport's retries do not know what must arrive once."""

    def make(real: Any) -> Any:
        def call(self: Any, request: Any, **given: Any) -> Any:
            return real(self, request, **{**given, "once": False})

        return call

    return [Change(Account, "call", make)]


def no_quiet_period() -> list[Change]:
    """An event that is not found after five seconds is sent again."""
    return [instead(AtokaSettings, "rules", property(lambda _: Rules(looks=(5.0,))))]


def looked_for_at_once() -> list[Change]:
    """An event is looked for as soon as its answer is lost, once, and sent again."""
    return [instead(AtokaSettings, "rules", property(lambda _: Rules(looks=(0.01,))))]


def unknown_blocks_nobody() -> list[Change]:
    """While one event of a lead is uncertain, the next one goes."""

    def make(real: Any) -> Any:
        def created(self: Any, lead: str, creation: Any) -> None:
            real(self, lead, creation)
            waiting = self._queues._queues.get(lead)
            if waiting and waiting[0].intent.phase is Phase.UNKNOWN and len(waiting) > 1:
                waiting.rotate(-1)
                self._queues.sort(lead)

        return created

    return [Change(delivering.Delivery, "_created", make)]


def intent_after_send() -> list[Change]:
    """An event's intent is stored when its request has left."""

    def make(real: Any) -> Any:
        def send(self: Any, workers: Any, now: Any) -> None:
            self._save = lambda: None
            real(self, workers, now)
            del self._save
            stage.on.sleep(0.01)
            self._save()

        return send

    return [Change(delivering.Delivery, "_send", make)]


def intent_not_durable() -> list[Change]:
    """The ledger keeps intents in memory only."""

    def make(real: Any) -> Any:
        def journal(self: Any, where: str, lines: Any) -> None:
            real(self, where, [line for line in lines if line.phase is not Phase.SENDING])

        return journal

    return [Change(StoredLedger, "journal", make)]


def sending_forgotten() -> list[Change]:
    """What a run was sending when it was cut off is taken for never sent."""

    def make(real: Any) -> Any:
        def resumed(intent: Any, at: Any, rules: Any) -> Any:
            if intent.phase is Phase.SENDING:
                return replace(intent, phase=Phase.PLANNED, attempt=0, first_at=None)
            return real(intent, at, rules)

        return resumed

    return [Change(queues, "resumed", make)]


def no_is_read_from_a_500() -> list[Change]:
    """A 5xx is taken for a no: surely nothing was created."""

    def make(real: Any) -> Any:
        def classify(request: Any, response: Any) -> Any:
            error = real(request, response)
            if response.status >= _SERVER_ERRORS and hasattr(error, "maybe_delivered"):
                error.maybe_delivered = False
            return error

        return classify

    return [Change(client, "classify", make)]


def order_of_arrival() -> list[Change]:
    """A lead's events go in the order in which they were read, not in that of their dates."""

    def make(real: Any) -> Any:
        def made(*given: Any, **named: Any) -> Any:
            line = real(*given, **named)
            return line._replace(order=0) if hasattr(line, "order") else line

        return made

    return [Change(destination, "make", make)]


def wall_clock_in_waits() -> list[Change]:
    """The quiet period goes by the wall clock."""
    return [instead(delivering.Delivery, "_now", lambda self: self._clock.now())]


def absence_is_presence() -> list[Change]:
    """A look that finds nothing is taken for one that found it."""

    def make(real: Any) -> Any:
        def looked(intent: Any, look: Any, rules: Any) -> Any:
            found = look if look.ids or look.failed else look._replace(ids=(4_999_999,))
            return real(intent, found, rules)

        return looked

    return [Change(delivering, "looked", make)]


def cursor_before_events() -> list[Change]:
    """A page's cursor is stored before its events are."""

    def make(real: Any) -> Any:
        def store_page(self: Any, page: Any) -> None:
            self.books.store_cursor(page.cursor, self._clock.now())
            real(self, page)

        return store_page

    return [Change(EventRun, "_store_page", make)]


def noted_before_journaled() -> list[Change]:
    """What is noted of a deal becomes durable in one transaction, its event in the next."""

    def make(real: Any) -> Any:
        def commit(
            self: Any, at: Any, deliveries: Any = (), *, events: Any = (), **more: Any
        ) -> None:
            real(self, at, deliveries, **more)
            if events:
                self._ledger.journal(self._destination, events)

        return commit

    return [Change(Books, "commit", make)]


BUGS: tuple[Callable[[], list[Change]], ...] = (
    unclear_is_sent_again,
    hidden_retry,
    no_quiet_period,
    looked_for_at_once,
    unknown_blocks_nobody,
    intent_after_send,
    intent_not_durable,
    sending_forgotten,
    no_is_read_from_a_500,
    order_of_arrival,
    wall_clock_in_waits,
    absence_is_presence,
    cursor_before_events,
    noted_before_journaled,
)
