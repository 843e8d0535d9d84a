"""Runs cut off at any durable step, in any order of events, then one clean run.

What the platform holds must be what one undisturbed run gives an empty platform.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.engine.retry import retry_quarantined
from crmsync.errors import BatchRejectedError, RetryableError
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import KeepingDestination, ListSource
from tests.engine.conftest import Bench, company
from tests.examples import examples

WRITES = ("intend", "settle", "recover", "begin_full", "finish_full", "pin")


class PowerCut(BaseException):
    """The process dies here. No `except Exception` sees it."""


class CutLedger:
    """A ledger whose n-th write is the last: it happens, or not, and the process dies."""

    def __init__(self, ledger: Any, at: int, *, before: bool) -> None:
        self._ledger = ledger
        self._left = at
        self._before = before

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._ledger, name)
        return self._cut(real) if name in WRITES else real

    def _cut(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left < 0 or (self._left == 0 and self._before):
                raise PowerCut
            done = real(*args, **kwargs)
            if self._left == 0:
                raise PowerCut
            return done

        return write


def platform(destination: KeepingDestination) -> dict[str, Any]:
    """What is enabled at the platform; that a key is enabled need not be said."""
    kept = {k: {**v} for k, v in destination.kept.items() if v.get("isEnabled") is not False}
    for entity in kept.values():
        entity.pop("isEnabled", None)
    return kept


def undisturbed(bench: Bench) -> dict[str, Any]:
    """What one run gives an empty platform."""
    fresh = Bench(open_ledger("sqlite:///:memory:", clock=FakeClock()), source=bench.source)
    fresh.settings = bench.settings
    fresh.run()
    fresh.ledger.close()
    return platform(fresh.destination)


companies = st.builds(
    lambda number, domain, phone, industry, day: company(
        number,
        domain=domain,
        day=day,
        **({"phone": phone} if phone else {}),
        **({"industry": industry} if industry else {}),
    ),
    number=st.integers(1, 6),
    domain=st.sampled_from(["one.com", "two.com", "three.com", None, "gmail.com"]),
    phone=st.sampled_from(["", "+46 8 111 111", "+46 8 222 222"]),
    industry=st.sampled_from(["", "retail", "mining"]),
    day=st.integers(1, 20),
)
crms = st.lists(companies, max_size=6, unique_by=lambda record: record.id)
outages = st.sampled_from(
    [
        None,
        RetryableError("down"),
        RetryableError("lost", maybe_delivered=True),
        BatchRejectedError("400", reason="closed today"),
    ]
)
disturbances = st.tuples(crms, st.integers(1, 9), st.booleans(), outages)


@pytest.mark.slow
@examples(1.5)
@given(
    history=st.lists(disturbances, min_size=1, max_size=4),
    last=crms,
    size=st.integers(1, 3),
)
@pytest.mark.invariant(2, 3, 4, 5, 27)
def test_runs_cut_off_anywhere_leave_what_an_undisturbed_run_gives(history, last, size):
    real = open_ledger("sqlite:///:memory:", clock=FakeClock())
    bench = Bench(real, source=ListSource(page_size=2), max_payloads=size)
    bench.settings = {"on_delete": "disable"}
    bench.settings["guards"] = bench.plan().guards.__class__(empty=False, minimum=10**6)
    for records, cut_at, before, outage in history:
        bench.source.records = sorted(records, key=lambda record: record.id)
        bench.destination.respond = failing(outage)
        bench.ledger = CutLedger(real, cut_at, before=before)
        with suppress(PowerCut):
            bench.run(full=True)
    bench.source.records = sorted(last, key=lambda record: record.id)
    bench.destination.respond = lambda payloads: None
    bench.ledger = real
    for _ in range(2):
        bench.run(full=True)
        retried(bench)

    assert platform(bench.destination) == undisturbed(bench)

    sent = len(bench.destination.pushes)
    bench.run(full=True)

    assert len(bench.destination.pushes) == sent
    assert real.standing("companies", "platform").owed == 0
    real.close()


@examples(0.75)
@given(
    states=st.lists(crms, min_size=2, max_size=3), size=st.integers(1, 3), page=st.integers(1, 3)
)
def test_each_undisturbed_run_leaves_what_a_fresh_one_gives(states, size, page):
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    bench = Bench(ledger, source=ListSource(page_size=page), max_payloads=size)
    bench.settings = {"on_delete": "disable"}
    bench.settings["guards"] = bench.plan().guards.__class__(empty=False, minimum=10**6)
    for records in states:
        bench.source.records = sorted(records, key=lambda record: record.id)
        report = bench.run(full=True)

        assert (report.balanced, report.owed) == (True, 0)
        assert platform(bench.destination) == undisturbed(bench)
    ledger.close()


def retried(bench: Bench) -> None:
    """Send again what the platform refused while it was closed."""
    retry_quarantined(bench.plan(), bench.ledger, bench.clock)


def failing(outage: Exception | None) -> Callable[[object], None]:
    """A platform that fails in one way for every request."""

    def respond(payloads: object) -> None:
        if outage is not None:
            raise outage

    return respond
