"""Laws of a batch: what leaves for it, how much at once, and how fast."""

from __future__ import annotations

import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

import pytest

from crmsync.errors import CrmsyncError
from crmsync.interfaces import Response
from crmsync.payloads import FieldKind, Fields
from crmsync.testing.clocks import FakeClock
from crmsync.testing.destinations.platform import BRACKETS, COMMA, Platform, played
from crmsync.testing.servers import Play, Received

_BETWEEN: Final = re.compile(r"[/?#&=]")


class BatchLaws(Platform):
    """One batch, one request, within the limits."""

    def test_a_batch_leaves_in_one_request_with_its_bodies_in_order(self) -> None:
        """Nothing is encoded anew, reordered or left out."""
        with self.at([self.taken(self.several)]) as (destination, server):
            self.push(destination, self.several)
        (request,) = server.received
        at = [request.body.find(self.body(number)) for number in self.several]
        assert at == sorted(set(at))
        assert at[0] >= 0

    def test_a_key_in_the_address_is_one_segment_of_it(self) -> None:
        """Whatever it holds: a slash would make two, and a `?` or `#` end the path."""
        key, first, odd = self.tailored.key, self.payload(0), "a/b?c#d ü"
        plain, other = self._address(first), self._address(self.payload(1))
        if plain == other or str(first[key]) not in unquote(plain):
            pytest.skip("this platform's address does not have the key")
        if self.tailored.fields[key].kind is not FieldKind.TEXT:
            pytest.skip("this platform's key never holds such characters")
        address = self._address({**first, key: odd})
        segments, told = ([*map(unquote, _BETWEEN.split(one))] for one in (plain, address))
        assert len(told) == len(segments), address
        assert any(odd in one for one in told), address

    def test_every_method_is_pushed(self) -> None:
        """What a sync's `method` may say, the destination can do."""
        assert self.plugin.methods
        assert self.plugin.once <= set(self.plugin.methods)
        for method in self.plugin.methods:
            with self.at([self.taken((0,))]) as (destination, server):
                self.push(destination, method=method)
            assert len(server.received) == 1, method

    def test_a_full_batch_leaves_in_one_request_of_the_size_that_was_planned(self) -> None:
        """Payloads, commas and two brackets: so the engine counts towards the limit in bytes."""
        limits = self.tailored.limits
        fit = (limits.max_bytes - BRACKETS) // (len(self.body(0)) + COMMA + 9)
        numbers = range(min(limits.max_payloads, fit))
        with self.at([self.taken(numbers)]) as (destination, server):
            self.push(destination, numbers)
        planned = BRACKETS - COMMA + sum(len(self.body(number)) + COMMA for number in numbers)
        assert [len(request.body) <= planned for request in server.received] == [True]

    def test_as_many_requests_fly_as_the_limits_allow_each_with_its_own_answer(self) -> None:
        """Pushes of several threads do not wait for one another."""
        count = self.tailored.limits.in_flight
        meeting = threading.Barrier(count)
        met: list[bool] = []

        def answered(request: Received) -> Play:
            number = next(n for n in range(count + 1) if self.body(n) in request.body)
            play = played(self.taken((number,)))
            return play if number == count else self._after(meeting, play, met)

        with self.at(answered) as (destination, server), ThreadPoolExecutor(count) as pool:
            self.push(destination, (count,))  # what is learned from the first answer is learned
            list(pool.map(lambda number: self.push(destination, (number,)), range(count)))
        assert met == [True] * count
        assert len(server.received) == count + 1

    def test_a_rate_limit_is_kept_by_retries_too(self) -> None:
        """The account's `rate_limit` bounds every request in any such time."""
        clock = FakeClock()
        times: list[float] = []

        def answered(_: Received) -> Play:
            times.append(clock.monotonic())
            busy = Response(503, {}, b"")
            return played(busy if len(times) == 1 else self.taken((0,)))

        with self.at(answered, clock, rate_limit="2/50s") as (destination, _):
            for _number in range(4):
                self.push(destination, method=self.repeatable())
        assert len(times) == 5  # noqa: PLR2004 - four pushes, and one of them again
        spans = [later - earlier for earlier, later in zip(times, times[2:], strict=False)]
        assert min(spans) >= 50.0  # noqa: PLR2004 - the rate's own time

    def _address(self, fields: Fields) -> str:
        """Where a payload is sent to; how the answer is taken does not matter."""
        with self.at([self.taken((0,))]) as (destination, server), suppress(CrmsyncError):
            destination.push([self.tailored.encode(fields)], method=self.plugin.methods[0])
        assert server.received, "nothing was sent"
        return server.received[0].target

    def _after(self, meeting: threading.Barrier, play: Play, met: list[bool]) -> Play:
        """A play that waits until all requests of the meeting are there."""

        def waiting(connection: socket.socket, closing: threading.Event) -> bool:
            try:
                meeting.wait(self.patience)
                met.append(True)
            except threading.BrokenBarrierError:
                met.append(False)
            return play(connection, closing)

        return waiting
