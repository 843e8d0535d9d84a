from __future__ import annotations

import pytest

from crmsync.alerts.checks import check_ways
from crmsync.alerts.opening import open_ways
from crmsync.config.schema import Alerts
from crmsync.testing.clocks import FakeClock


def opened(**table):
    return open_ways(Alerts.model_validate(table), FakeClock(), ["main"])


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"webhook": "${NOT_SET_AT_ALL}"}, "$NOT_SET_AT_ALL is not set"),
        ({"command": ["/nowhere/at-all"]}, "/nowhere/at-all is no program here"),
    ],
    ids=["webhook", "command"],
)
def test_a_way_that_cannot_be_gone_fails_the_check(table, says):
    (line,) = check_ways(opened(**table))

    assert (line.passed, line.code, line.message) == (False, 2, says)
