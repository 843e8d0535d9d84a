"""The shipped fakes keep the contracts of what they stand for."""

from __future__ import annotations

import pytest

from crmsync.errors import RetryableError, StoppedError
from crmsync.interfaces import Request, Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport

ASK = Request("GET", "/x", {})
OK = Response(200, {}, b"{}")


def test_virtual_time_moves_only_by_waiting():
    clock = FakeClock()
    before = clock.now()

    clock.sleep(90)
    clock.advance(10)

    assert clock.monotonic() == 100
    assert (clock.now() - before).total_seconds() == 100
    assert clock.sleeps == [90]


def test_a_stopped_clock_lets_nobody_sleep():
    clock = FakeClock()
    clock.stop()

    with pytest.raises(StoppedError):
        clock.sleep(1)
    assert clock.monotonic() == 0


def test_a_script_is_played_in_order_and_its_errors_are_raised():
    transport = ScriptedTransport([OK, RetryableError("down")])

    assert transport.send(ASK) == OK
    with pytest.raises(RetryableError, match="down"):
        transport.send(ASK)
    assert transport.requests == [ASK, ASK]


def test_a_script_that_is_over_names_the_request_it_had_no_answer_for():
    with pytest.raises(AssertionError, match="no answer left for GET /x"):
        ScriptedTransport([]).send(ASK)


def test_a_function_may_answer_by_what_was_asked():
    transport = ScriptedTransport(lambda request: OK._replace(body=request.url.encode()))

    assert transport.send(ASK).body == b"/x"
