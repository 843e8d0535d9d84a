"""Bugs about reading and remembering: cursors, windows, guards, what left its key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from benchmarks.simulation.bugs.seeding import Change, instead
from crmsync.engine import sync
from crmsync.engine.books import Books
from crmsync.engine.guards import Guards
from crmsync.engine.planning import Planner
from crmsync.engine.reading import Reader
from crmsync.engine.settling import LowWater
from crmsync.engine.shelf import Settled
from crmsync.errors import CrmsyncError
from crmsync.mapping.compiled import CompiledMapping
from crmsync.receipts import Outcome
from crmsync.sources import incremental


def cursor_before_receipts() -> list[Change]:
    """A page's cursor is stored as soon as the page was read."""

    def take(self: Any) -> Any:
        mark = None
        while self._pages:
            _, mark = self._pages.popleft()
        return mark

    return [instead(LowWater, "take", take)]


def cursor_jumps_over_what_is_owed() -> list[Change]:
    """What is left pending holds no cursor back."""

    def make(real: Any) -> Any:
        def abandon(self: Any, slots: Any, outcome: Any, **more: Any) -> None:
            real(self, slots, outcome, **more)
            for slot in slots:
                for waiting in slot.waiting:
                    self.low_water.settled(waiting.page)

        return abandon

    return [Change(Books, "abandon", make)]


def no_overlap() -> list[Change]:
    """A window begins where the last one ended, as if indexes did not lag."""
    start = instead(incremental, "window_start", lambda at, _: incremental.moment(at.since))
    return [start]


def window_ends_by_a_fast_clock() -> list[Change]:
    """A window ends by this machine's clock, which is ten minutes ahead of the CRM's."""

    def make(real: Any) -> Any:
        def open_window(position: Any, until: Any) -> Any:
            return real(position, until + timedelta(minutes=10))

        return open_window

    return [Change(incremental, "open_window", make)]


def deleted_is_forgotten() -> list[Change]:
    """A record that the CRM deleted is dropped, and its key left as it is."""

    def gone(self: Any, page: int, record_id: str, *_: Any) -> None:
        self.shelf.on_settled(Settled(page, record_id, Outcome.FILTERED, forget=True))

    return [instead(Planner, "_gone", gone)]


def old_key_is_kept() -> list[Change]:
    """A record that moves to another key is not taken out of its old one."""
    return [instead(Planner, "_move", lambda *_: None)]


def merged_by_arrival() -> list[Change]:
    """Of several records with one key, whichever comes last wins."""

    def merge(self: Any, contributions: Any) -> Any:
        del self
        return contributions[-1].fields, contributions[-1]

    return [instead(CompiledMapping, "merge", merge)]


def broken_read_is_a_whole_one() -> list[Change]:
    """A read that breaks off counts as complete, and what it did not show as gone."""

    def vanished(plan: Any, ledger: Any, _: Any, full_pass: int) -> list[str]:
        return list(ledger.unseen(plan.name, full_pass, limit=1_000))

    def make(real: Any) -> Any:
        def read_pages(self: Any) -> None:
            given: list[Any] = []
            inbox = self._inbox

            def note(event: Any) -> None:
                given.append(event)
                inbox(event)

            self._inbox = note
            try:
                real(self)
            except CrmsyncError:
                if not given:
                    raise
            finally:
                self._inbox = inbox

        return read_pages

    return [instead(sync, "vanished", vanished), Change(Reader, "_read_pages", make)]


def guard_after_write() -> list[Change]:
    """An empty CRM is looked at when everything has been disabled."""
    return [instead(Guards, "total", lambda *_: None)]


def no_receipt() -> list[Change]:
    """A record that is filtered out or skipped is counted nowhere."""

    def make(real: Any) -> Any:
        def receipt(self: Any, outcome: Any, problems: Any, record_id: str = "") -> None:
            if outcome is not Outcome.SKIPPED:
                real(self, outcome, problems, record_id)

        return receipt

    return [Change(Books, "_receipt", make)]


BUGS: tuple[Callable[[], list[Change]], ...] = (
    cursor_before_receipts,
    cursor_jumps_over_what_is_owed,
    no_overlap,
    window_ends_by_a_fast_clock,
    deleted_is_forgotten,
    old_key_is_kept,
    merged_by_arrival,
    broken_read_is_a_whole_one,
    guard_after_write,
    no_receipt,
)
