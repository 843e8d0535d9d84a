from __future__ import annotations

import pytest

from crmsync.drill.troubles import KILL, STOP, TROUBLES, chosen, plan
from crmsync.errors import ConfigError
from crmsync.sandbox.faults import parse_plan


def test_nothing_named_is_everything():
    assert chosen([]) == tuple(TROUBLES)


def test_what_is_named_comes_in_the_order_of_the_table():
    assert chosen(["lost", "kill"]) == ("kill", "lost")


def test_an_unknown_trouble_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match="flood") as told:
        chosen(["flood"])
    assert "garbage" in told.value.hint


@pytest.mark.parametrize("platform", [False, True], ids=["CRM", "platform"])
def test_the_simulators_take_every_plan(platform):
    rates = parse_plan({"akooda": plan(tuple(TROUBLES), platform=platform, seed=3)})["akooda"].rates
    assert 0 < sum(rates.values()) < 0.4
    assert ("lost" in rates) is platform


def test_signals_alone_are_no_plan_for_the_simulators():
    assert plan((KILL, STOP), platform=True, seed=1) == ""
