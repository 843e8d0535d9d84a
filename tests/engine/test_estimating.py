from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from crmsync import logs
from crmsync.engine.estimating import Estimate
from crmsync.engine.plans import RunOptions, Silent
from crmsync.engine.run import run_syncs
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from tests.engine.keyed import KeyedBench, account


@dataclass
class Told(Silent):
    """Progress that notes every estimate, and how much had been sent by then."""

    keyed: KeyedBench
    found: list[tuple[int, float, int]] = field(default_factory=list)

    def estimated(self, name, payloads, seconds):
        self.found.append((payloads, seconds, len(self.keyed.sent)))


@pytest.fixture
def keyed():
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    yield KeyedBench(ledger)
    ledger.close()


def estimates(keyed, seconds_each=30.0, **options):
    """Run at a rate, and give what was told."""
    plan = keyed.plan()
    plugin = replace(plan.plugin, seconds=lambda n: n * seconds_each)
    told = Told(keyed)
    plans = [replace(plan, plugin=plugin)]
    run_syncs(plans, keyed.ledger, keyed.clock, RunOptions(**options), told)
    return told.found


def test_a_first_run_says_before_it_sends_how_long_it_will_take(keyed):
    keyed.source.records = [account(n) for n in range(1, 6)]

    assert estimates(keyed) == [(5, 150.0, 0)]


def test_a_later_run_says_so_when_it_has_read_what_changed(keyed):
    keyed.source.records = [account(n) for n in range(1, 8)]
    keyed.run()
    keyed.source.records[3:] = [account(n, name="New") for n in range(4, 8)]

    assert estimates(keyed, full=True) == [(4, 120.0, 7)]


def test_where_fewer_are_left_to_send_than_were_counted_that_is_told_too(keyed):
    keyed.source.records = [account(n, "" if n < 5 else " ") for n in range(1, 8)]

    assert estimates(keyed) == [(7, 210.0, 0), (4, 120.0, 0)]


@pytest.mark.parametrize("each", [30.0, 10.0], ids=["long", "short"])
def test_what_is_over_soon_is_not_worth_telling(keyed, each):
    keyed.source.records = [account(n) for n in range(1, 4)]

    assert estimates(keyed, each) == ([(3, 90.0, 0)] if each == 30.0 else [])


def test_a_sample_is_estimated_by_its_own_size(keyed):
    keyed.source.records = [account(n) for n in range(1, 9)]

    assert estimates(keyed, limit=4) == [(4, 120.0, 0)]


def test_a_platform_without_a_rate_says_nothing(bench):
    told = []
    estimate = Estimate(bench.plan(), Silent(), lambda name, **values: told.append(name))

    estimate.tell(1_000_000)

    assert told == []


def test_it_is_logged_too(keyed):
    plan = replace(keyed.plan(), plugin=replace(keyed.plan().plugin, seconds=float))
    told = []
    estimate = Estimate(plan, Silent(), lambda name, **values: told.append((name, values)))

    estimate.tell(100)

    assert told == [(logs.SENDING_ESTIMATED, {"payloads": 100, "seconds": 100})]
