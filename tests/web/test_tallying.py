from __future__ import annotations

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.web.tallying import Tally
from tests.web.world import counts, told


def run(number: int, **values):
    return told(**values) | {"run_id": f"r{number}"}


@pytest.fixture
def tally():
    """One that has looked once, when one run had ended."""
    tally = Tally()
    tally.counted({"a": [run(1)]})
    return tally


def numbers(tally, *reports) -> dict[str, float]:
    lines = [line for one in tally.counted({"a": reports}) for line in one.lines()]
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_what_was_there_before_is_not_counted(tally):
    assert numbers(tally, run(1)) == {}


def test_each_run_is_counted_once(tally):
    new = [run(3, counts=counts(accepted=2), retries=1), run(2, counts=counts(accepted=5)), run(1)]
    numbers(tally, *new)
    found = numbers(tally, *new)
    assert found['crmsync_records_total{sync="a",outcome="accepted"}'] == 7
    assert found['crmsync_runs_total{sync="a",exit_code="0"}'] == 2
    assert found['crmsync_retries_total{sync="a"}'] == 1


def test_runs_are_counted_by_how_they_ended(tally):
    found = numbers(tally, run(2, code=ExitCode.TEMPORARY), run(1))
    assert found['crmsync_runs_total{sync="a",exit_code="5"}'] == 1


def test_a_sync_that_came_later_is_counted_from_its_first_run(tally):
    families = tally.counted({"b": [run(1)]})
    assert 'crmsync_runs_total{sync="b",exit_code="0"} 1' in families[0].lines()


def test_it_tells_whether_reports_reach_back_to_what_was_counted(tally):
    assert tally.reaches("a", [run(2), run(1)])
    assert not tally.reaches("a", [run(9), run(8)])
    assert tally.reaches("unknown", [])
