"""What every destination must do: subclass `DestinationContract` as `TestYourPlatform`.

It speaks to the destination through a scripted transport. Answers that only the platform
knows (what an accepted batch looks like) are the subclass's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import pytest

from crmsync.adapters import Context, DestinationPlugin
from crmsync.errors import (
    BatchRejectedError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
)
from crmsync.interfaces import Destination, Response, Transport
from crmsync.mapping.fitting import compile_fitter
from crmsync.payloads import Field, FieldKind, Fields
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class DestinationContract(ABC):
    """The contract of `crmsync.interfaces.Destination` and its plugin, as tests.

    Attributes:
        plugin: The plugin under test.
        secrets: Every credential that `open` configures; none may turn up in an error.
    """

    plugin: DestinationPlugin
    secrets: tuple[str, ...]

    @abstractmethod
    def open(self, transport: Transport, context: Context) -> Destination:
        """The destination over this transport, with `secrets` as its credentials."""

    @abstractmethod
    def payload(self, number: int) -> Fields:
        """A payload that fits. Different numbers have different keys."""

    @abstractmethod
    def taken(self) -> Response:
        """The answer to a batch that was taken."""

    @abstractmethod
    def refused(self, positions: Sequence[int]) -> Response | None:
        """The answer that refuses these positions by name; None where there is none such."""

    def mistaken(self) -> Response | None:
        """An accepting answer about another payload than payload 0; None where none tells."""
        return None

    def test_a_batch_leaves_in_one_request_with_its_bodies_in_order(self) -> None:
        """Nothing is encoded anew, reordered or left out."""
        transport = ScriptedTransport([self.taken()])
        bodies = self._bodies(self._several)
        self._push(transport, bodies)
        (request,) = transport.requests
        at = [request.body.index(body) for body in bodies]
        assert at == sorted(at)

    def test_every_method_is_pushed(self) -> None:
        """What a sync's `method` may say, the destination can do."""
        for method in self.plugin.methods:
            transport = ScriptedTransport([self.taken()])
            self._push(transport, self._bodies(1), method=method)
            assert len(transport.requests) == 1, method

    def test_the_largest_batch_keeps_the_byte_limit(self) -> None:
        """The limits' bytes are those of the whole body."""
        limits, body = self.plugin.limits, self._bodies(1)[0]
        count = min(limits.max_payloads, (limits.max_bytes - 1) // (len(body) + 1))
        transport = ScriptedTransport([self.taken()])
        self._push(transport, [body] * count)
        assert len(transport.requests[0].body) <= limits.max_bytes

    def test_a_retry_sends_the_same_bytes(self) -> None:
        """A batch that may have arrived comes again as it was, not as it would be now.

        Headers may differ: a signature has the time of its own try.
        """
        transport = ScriptedTransport([Response(503, {}, b""), self.taken()])
        self._push(transport, self._bodies(self._several))
        first, second = transport.requests
        assert (first.method, first.url, first.body) == (second.method, second.url, second.body)

    def test_a_lost_answer_is_asked_for_again(self) -> None:
        """Upserts may be sent twice: the same key ends the same."""
        lost = RetryableError("the connection was reset", maybe_delivered=True)
        transport = ScriptedTransport([lost, self.taken()])
        self._push(transport, self._bodies(1))
        assert len(transport.requests) == 2  # noqa: PLR2004 - once lost, once answered

    def test_a_429_waits_as_long_as_it_asks(self) -> None:
        """No request leaves before its Retry-After has passed."""
        clock, asked = FakeClock(), 7.0
        transport = ScriptedTransport(
            [Response(429, {"retry-after": f"{asked:.0f}"}, b""), self.taken()]
        )
        destination = self._open(transport, clock)
        destination.push(self._bodies(1), method=self.plugin.methods[0])
        assert clock.monotonic() >= asked
        assert destination.traffic.rate_limited == 1

    def test_a_429_that_does_not_say_how_long_is_waited_out(self) -> None:
        """The vendor's own window, or the back-off: in the end the batch is taken."""
        transport = ScriptedTransport([Response(429, {}, b""), self.taken()])
        destination = self._push(transport, self._bodies(1))
        assert destination.traffic.rate_limited == 1

    def test_an_outage_is_given_up_as_temporary(self) -> None:
        """The run ends with what is pending, and says so; it does not ask for ever."""
        transport = ScriptedTransport(lambda _: Response(503, {}, b""))
        with pytest.raises(RetryableError):
            self._push(transport, self._bodies(1))

    def test_refusals_are_named_by_position(self) -> None:
        """Whom the platform names is told apart from the rest of the batch."""
        positions = (0, self._several - 1)
        answer = self.refused(positions)
        if answer is None:
            pytest.skip("this platform's answers name nobody")
        with pytest.raises(BatchRejectedError) as caught:
            self._push(ScriptedTransport([answer]), self._bodies(self._several))
        assert set(caught.value.refusals) == set(positions)
        assert all(caught.value.refusals.values())

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_credentials_end_the_account(self, status: int) -> None:
        """Retrying cannot mend a wrong key."""
        transport = ScriptedTransport([Response(status, {}, b"{}")])
        with pytest.raises(CredentialsError) as caught:
            self._push(transport, self._bodies(1))
        assert caught.value.hint

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_ends_the_sync(self, status: int) -> None:
        """Credentials and data go to the configured host only."""
        transport = ScriptedTransport([Response(status, {"location": "https://x.example"}, b"")])
        with pytest.raises(FatalError):
            self._push(transport, self._bodies(1))
        assert len(transport.requests) == 1

    @pytest.mark.parametrize("body", [b"<html><title>Sign in</title></html>", b'{"ok": tr'])
    def test_a_200_with_something_else_is_not_accepted(self, body: bytes) -> None:
        """A proxy's page or a cut answer is no receipt."""
        transport = ScriptedTransport(lambda _: Response(200, {}, body))
        with pytest.raises((FatalError, RetryableError)):
            self._push(transport, self._bodies(1))

    def test_an_answer_about_another_payload_is_not_accepted(self) -> None:
        """What it vouches for was not sent, and what was sent it does not vouch for."""
        answer = self.mistaken()
        if answer is None:
            pytest.skip("this platform's answers do not say what they are about")
        with pytest.raises(FatalError):
            self._push(ScriptedTransport([answer]), self._bodies(1))

    @pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 405, 413, 415, 422, 503])
    def test_no_error_holds_a_secret(self, status: int) -> None:
        """Also where the platform echoes what it was sent."""
        echo = " ".join(self.secrets).encode()
        transport = ScriptedTransport(lambda _: Response(status, {"location": "/" + "x"}, echo))
        with pytest.raises(CrmsyncError) as caught:
            self._push(transport, self._bodies(1))
        shown = f"{caught.value} {caught.value.hint} {getattr(caught.value, 'reason', '')}"
        assert not [secret for secret in self.secrets if secret in shown]

    def test_a_check_changes_nothing(self) -> None:
        """It may read; it may not write."""
        transport = ScriptedTransport(lambda _: self.taken())
        results = list(self._open(transport).check())
        assert results
        assert {request.method for request in transport.requests} <= READING

    def test_traffic_counts_what_was_sent(self) -> None:
        """Requests, retries and bytes, retries included."""
        transport = ScriptedTransport([Response(503, {}, b""), self.taken()])
        destination = self._push(transport, self._bodies(1))
        assert (destination.traffic.requests, destination.traffic.retries) == (2, 1)
        assert destination.traffic.bytes_sent == sum(len(r.body) for r in transport.requests)

    def test_close_closes_the_transport(self) -> None:
        """No connection is left behind."""
        transport = ScriptedTransport([])
        self._open(transport).close()
        assert transport.closed

    def test_equal_values_are_equal_bytes(self) -> None:
        """The order in which a payload was put together does not show."""
        fields = self.payload(1)
        assert self.plugin.encode(dict(reversed(tuple(fields.items())))) == self.plugin.encode(
            fields
        )

    def test_decoding_reverses_encoding(self) -> None:
        """Values and nulls come back."""
        names = [name for name in self.plugin.fields if name not in self.payload(1)]
        fields = {**self.payload(1), **dict.fromkeys(names)}
        decoded = self.plugin.decode(self.plugin.encode(fields))
        assert decoded == fields

    def test_the_plugin_speaks_of_its_own_fields(self) -> None:
        """Key, what disables and every example are fields that it takes."""
        fields = self.plugin.fields
        assert {self.plugin.key, *self.plugin.disabled, *self.payload(1)} <= set(fields)
        assert all(name == field.name and field.about for name, field in fields.items())
        assert all(field.example in field.choices for field in fields.values() if _is_enum(field))

    def test_every_example_fits_its_own_field(self) -> None:
        """What people are shown would be sent as it is."""
        for name, field in self.plugin.fields.items():
            assert compile_fitter(field)(field.example) == field.example, name

    @property
    def _several(self) -> int:
        return min(3, self.plugin.limits.max_payloads)

    def _bodies(self, count: int) -> list[bytes]:
        return [self.plugin.encode(self.payload(number)) for number in range(count)]

    def _open(self, transport: Transport, clock: FakeClock | None = None) -> Destination:
        context = Context(
            name=self.plugin.name, clock=clock or FakeClock(), retry_for=60.0, max_wait=900.0
        )
        return self.open(transport, context)

    def _push(
        self, transport: ScriptedTransport, bodies: Sequence[bytes], *, method: str = ""
    ) -> Destination:
        destination = self._open(transport)
        destination.push(bodies, method=method or self.plugin.methods[0])
        return destination


def _is_enum(field: Field) -> bool:
    return field.kind is FieldKind.ENUM
