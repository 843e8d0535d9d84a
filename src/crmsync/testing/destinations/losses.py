"""Laws of what is lost on the way: whether it may have arrived, and whether it is sent again."""

from __future__ import annotations

import pytest

from crmsync.errors import RetryableError
from crmsync.interfaces import Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.destinations.platform import Platform
from crmsync.testing.servers import Play, Received, cut, hang, nobody, reset

BUSY = Response(503, {"retry-after": "5"}, b"")
ENDINGS: dict[str, tuple[Play | Response, bool]] = {
    "no answer in time": (hang(), True),
    "the connection was reset": (reset(), True),
    "the answer was cut off": (cut(b'{"ok": tr', declared=100), True),
    "the platform was busy": (Response(503, {}, b""), True),
    "a gateway gave up": (Response(504, {}, b""), True),
    "too many requests": (Response(429, {"retry-after": "99999"}, b""), False),
}
"""How a request ends, and whether it may have taken effect all the same."""
AT_ONCE = 0.0


class LossLaws(Platform):
    """What may have arrived is known as such, and comes again as it was or not at all."""

    def test_a_retry_sends_the_same_bytes(self) -> None:
        """A batch that may have arrived comes again as it was, not as it would be now."""
        with self.at([BUSY, self.taken(self.several)]) as (destination, server):
            self.push(destination, self.several, self.repeatable())
        first, second = (self._but_for_proofs(request) for request in server.received)
        assert first == second

    def test_what_proves_a_request_is_made_anew_for_each_try(self) -> None:
        """A signature counts for minutes only, and a retry may come after them."""
        if not self.anew:
            pytest.skip("this platform's requests carry no proof of their moment")
        with self.at([BUSY, self.taken((0,))]) as (destination, server):
            self.push(destination, method=self.repeatable())
        first, second = (request.headers for request in server.received)
        assert self.anew <= first.keys()
        assert [name for name in self.anew if first[name] == second.get(name)] == []

    def test_a_lost_answer_is_asked_for_again(self) -> None:
        """Upserts may be sent twice: the same key ends the same."""
        with self.at([reset(), self.taken((0,))]) as (destination, server):
            self.push(destination, method=self.repeatable())
        first, second = (self._but_for_proofs(request) for request in server.received)
        assert first == second

    @pytest.mark.parametrize("ending", list(ENDINGS))
    def test_a_lost_request_is_known_to_have_arrived_perhaps(self, ending: str) -> None:
        """What may have taken effect is unknown, what surely has not is pending."""
        play, maybe = ENDINGS[ending]
        for method in self.plugin.methods:
            given_up, _ = self.fails(
                RetryableError, [play], method=method, retry_for=AT_ONCE, timeout="0.3s"
            )
            assert given_up.maybe_delivered is maybe, method

    def test_a_refused_connection_surely_delivered_nothing(self) -> None:
        """Whatever the method: nothing has left this machine."""
        for method in self.plugin.methods:
            with (
                nobody() as url,
                self.opened(url) as account,
                pytest.raises(RetryableError) as caught,
            ):
                self.push(account, method=method)
            assert not caught.value.maybe_delivered, method

    def test_what_must_not_arrive_twice_is_not_sent_again_when_it_may_have_arrived(self) -> None:
        """The engine looks for it, or asks a person; it does not guess."""
        if not self.plugin.once:
            pytest.skip("this platform takes everything twice")
        for method in sorted(self.plugin.once):
            script: list[Play | Response] = [reset(), self.taken((0,))]
            given_up, server = self.fails(RetryableError, script, method=method)
            assert given_up.maybe_delivered
            assert len(server.received) == 1, method

    def test_an_outage_is_given_up_as_temporary(self) -> None:
        """The run ends with what is pending, and says so; it does not ask for ever."""
        clock = FakeClock()
        down, method = Response(503, {}, b""), self.repeatable()
        given_up, _ = self.fails(RetryableError, [down], method=method, clock=clock)
        assert given_up.hint
        assert 0 < clock.monotonic() <= 60.0  # noqa: PLR2004 - the `retry_for` that it was given

    def _but_for_proofs(self, request: Received) -> Received:
        kept = {name: text for name, text in request.headers.items() if name not in self.anew}
        return request._replace(headers=kept)
