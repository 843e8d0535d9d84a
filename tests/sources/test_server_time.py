from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmsync.sources.server_time import ServerTime
from crmsync.testing.clocks import FakeClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    return FakeClock(NOON + timedelta(hours=3))


@pytest.mark.fault(29)
@pytest.mark.invariant(25)
def test_a_crms_time_is_that_of_its_last_answer_and_goes_on(clock):
    time = ServerTime(clock)
    time.note({"date": "Sat, 21 Nov 2026 12:00:00 GMT"})
    clock.sleep(5)

    assert time.now() == NOON + timedelta(seconds=5)
    assert time.at(time.monotonic() - 5) == NOON


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "yesterday"}])
def test_without_a_date_it_is_this_machines(clock, headers):
    time = ServerTime(clock)
    time.note(headers)

    assert time.now() == clock.now()
