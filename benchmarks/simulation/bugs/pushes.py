"""Bugs about what is sent in batches: answers, splitting, retries, locks, what is in flight."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from benchmarks.simulation.bugs.seeding import Change, instead
from crmsync.destinations.akooda import client
from crmsync.engine import books, run
from crmsync.engine.delivery import Delivery
from crmsync.engine.intents import Intents
from crmsync.engine.planning import Planner
from crmsync.engine.shelf import Shelf
from crmsync.engine.slots import Slot
from crmsync.ledger.settling import number
from crmsync.ledger.stored import StoredLedger
from crmsync.transport.pacing import Pacer
from crmsync.transport.retrying import Budget

_REDIRECTS, _SERVER_ERRORS, _OK = range(300, 400), range(500, 503), 200


def intents_not_noted() -> list[Change]:
    """What a batch carries is not noted before it leaves."""
    return [instead(Intents, "note", lambda *_: None)]


def intents_forgotten() -> list[Change]:
    """Batches that never settled are forgotten by the next run."""

    def recover(self: StoredLedger, destination: str) -> int:
        store = self.store
        store.write(lambda: store.run("end_intents", number(store, "destination", destination)))
        return 0

    return [instead(StoredLedger, "recover", recover)]


def _answer_taken(statuses: range) -> Change:
    def make(real: Any) -> Any:
        def classify(request: Any, response: Any) -> Any:
            return None if response.status in statuses else real(request, response)

        return classify

    return Change(client, "classify", make)


def yes_is_read_from_a_500() -> list[Change]:
    """A server's error is taken for a yes."""
    return [_answer_taken(_SERVER_ERRORS)]


def yes_is_read_from_a_redirect() -> list[Change]:
    """A redirect is taken for a yes."""
    return [_answer_taken(_REDIRECTS)]


def yes_is_read_from_a_web_page() -> list[Change]:
    """Whatever comes with a 200 is taken for a yes."""
    return [_answer_taken(range(_OK, _OK + 1))]


def yes_is_read_from_silence() -> list[Change]:
    """A 204 is told as accepted: as if each payload had been vouched for."""
    return [instead(client, "NO_CONTENT", 0)]


def retry_after_ignored() -> list[Change]:
    """Nobody waits for what a 429 asks to wait."""
    return [instead(Pacer, "pause", lambda *_: None)]


def no_budget() -> list[Change]:
    """Retries have no budget."""
    return [instead(Budget, "allows", lambda *_, **__: True)]


def unchanged_is_sent() -> list[Change]:
    """What the platform has already is sent again."""
    return [
        instead(Planner, "_settled_before", lambda *_: None),
        instead(Slot, "to_send", property(lambda self: bool(self.body))),
    ]


def compared_before_merge() -> list[Change]:
    """One record's own values are compared with what was delivered for all of them."""

    def to_send(self: Any) -> bool:
        own = {waiting.gives[2] for waiting in self.waiting if waiting.gives is not None}
        if not own:
            return bool(self.body) and (self.base is None or self.base.digest != self.digest)
        return self.base is None or self.base.digest not in own

    return [instead(Slot, "to_send", property(to_send))]


def receipts_mixed_up() -> list[Change]:
    """Of a batch that was split, the receipts go to the wrong records."""

    def settle(self: Any, verdict: Any) -> None:
        split = len(self._pushed) < len(self.verdicts)
        for position in self._pushed:
            self.verdicts[-1 - position if split else position] = verdict

    return [instead(Delivery, "_settle", settle)]


def halves_go_twice() -> list[Change]:
    """Every half of a batch that was refused is pushed two times."""

    def make(real: Any) -> Any:
        def halve(self: Any, positions: Any) -> None:
            real(self, positions)
            self._waiting = [*self._waiting, *self._waiting[-2:]]

        return halve

    return [Change(Delivery, "_halve", make)]


def two_versions_in_flight() -> list[Change]:
    """A newer payload does not wait until the older one of its key has landed."""

    def make(real: Any) -> Any:
        def slot(self: Any, key: str, lookup: Any) -> Any:
            flying = self.slots.get(key)
            found = real(self, key, lookup)
            if flying is not None and found is not flying and found.after:
                found.after = 0
                self.blocked -= 1
                flying.blocks = tuple(one for one in flying.blocks if one is not found)
            return found

        return slot

    return [Change(Shelf, "slot", make)]


def settled_before_answered() -> list[Change]:
    """A batch is settled though some of its payloads have no answer."""
    return [instead(books, "_OPEN", ())]


def quarantine_lost() -> list[Change]:
    """A record that is refused does not enter quarantine."""

    def make(real: Any) -> Any:
        def settle(self: Any, settlement: Any) -> None:
            real(self, settlement)
            ids = [one.record_id for one in settlement.records]
            if ids:
                self.drop_quarantined(settlement.sync, ids)

        return settle

    return [Change(StoredLedger, "settle", make)]


def no_lock() -> list[Change]:
    """Locks are taken from nobody."""
    return [instead(StoredLedger, "lock", lambda *_: nullcontext())]


def no_turn() -> list[Change]:
    """A sync does not wait until another has done writing to the platform."""
    return [instead(run, "_turn", lambda *_: nullcontext())]


BUGS: tuple[Callable[[], list[Change]], ...] = (
    intents_not_noted,
    intents_forgotten,
    yes_is_read_from_a_500,
    yes_is_read_from_a_redirect,
    yes_is_read_from_a_web_page,
    yes_is_read_from_silence,
    retry_after_ignored,
    no_budget,
    unchanged_is_sent,
    compared_before_merge,
    receipts_mixed_up,
    halves_go_twice,
    two_versions_in_flight,
    settled_before_answered,
    quarantine_lost,
    no_lock,
    no_turn,
)
