"""Laws of waiting: as long as the platform asks, for everybody, and not when asked to stop."""

from __future__ import annotations

import contextlib

import pytest

from crmsync.errors import RetryableError, StoppedError
from crmsync.interfaces import Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.destinations.platform import Platform, played
from crmsync.testing.servers import Play, Received

ASKED = 7.0
WAITS = {
    "seconds": {"retry-after": "7"},
    "date": {
        "retry-after": "Sat, 21 Nov 2026 12:00:07 GMT",
        "date": "Sat, 21 Nov 2026 12:00:00 GMT",
    },
}
LONG = 30.0


class PatienceLaws(Platform):
    """A 429 pauses the account."""

    @pytest.mark.parametrize("form", list(WAITS))
    def test_a_429_waits_as_long_as_it_asks(self, form: str) -> None:
        """No request leaves before its Retry-After has passed."""
        clock, busy = FakeClock(), Response(429, WAITS[form], b"")
        with self.at([busy, self.taken((0,))], clock) as (destination, _):
            self.push(destination)
            assert destination.traffic.rate_limited == 1
        assert clock.monotonic() >= ASKED

    def test_a_429_that_does_not_say_how_long_is_waited_out(self) -> None:
        """The vendor's own window, or the back-off: in the end the batch is taken."""
        clock = FakeClock()
        with self.at([Response(429, {}, b""), self.taken((0,))], clock) as (destination, server):
            self.push(destination)
            assert destination.traffic.rate_limited == 1
        assert len(server.received) == len(["too many", "taken"])
        assert clock.monotonic() > 0

    def test_a_429_pauses_every_push_of_the_account(self) -> None:
        """Also where the one that it answered has given up: `max_wait` is shorter."""
        clock = FakeClock()
        times: list[float] = []

        def answered(_: Received) -> Play:
            times.append(clock.monotonic())
            busy = Response(429, {"retry-after": f"{LONG:.0f}"}, b"")
            return played(busy if len(times) == 1 else self.taken((0,)))

        with self.at(answered, clock, max_wait=10.0) as (destination, _):
            with pytest.raises(RetryableError):
                self.push(destination)
            with contextlib.suppress(RetryableError):
                self.push(destination)
            clock.advance(LONG)
            self.push(destination)
        assert all(at >= LONG for at in times[1:])

    @pytest.mark.parametrize(("status", "maybe"), [(429, False), (503, True)])
    def test_a_wait_ends_when_the_run_is_asked_to_stop(self, status: int, *, maybe: bool) -> None:
        """Nothing more is sent, and it is known whether what was sent may have arrived."""
        clock, method = FakeClock(), self.repeatable()

        def answered(_: Received) -> Play:
            clock.stop()
            return played(Response(status, {"retry-after": "600"}, b""))

        stopped, server = self.fails(StoppedError, answered, method=method, clock=clock)
        assert stopped.maybe_delivered is maybe
        assert len(server.received) == 1
