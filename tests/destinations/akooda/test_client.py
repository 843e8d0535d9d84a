from __future__ import annotations

import pytest

from crmsync.adapters import Context
from crmsync.destinations.akooda import PLUGIN
from crmsync.destinations.akooda.client import Akooda
from crmsync.destinations.akooda.settings import AkoodaSettings
from crmsync.errors import ConfigError
from crmsync.interfaces import Answer, Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.servers import FaultServer, reply
from crmsync.testing.transports import ScriptedTransport

LEAST = {"tenant_id": "tenant-4711", "api_key": "key-0123456789"}


def context(clock: FakeClock | None = None) -> Context:
    return Context(name="akooda", clock=clock or FakeClock(), retry_for=60, max_wait=900)


def opened(transport: ScriptedTransport, clock: FakeClock | None = None, **keys: object) -> Akooda:
    settings = AkoodaSettings.model_validate({**LEAST, **keys})
    return Akooda(settings, context(clock), transport)


@pytest.mark.parametrize(("method", "verb"), [("upsert", "POST"), ("update", "PUT")])
def test_a_push_is_an_array_of_the_bodies_byte_for_byte(method, verb):
    transport = ScriptedTransport([Response(204, {}, b"")])
    opened(transport).push([b'{"domain":"a.com"}', b'{"domain":"b.com"}'], method=method)
    (request,) = transport.requests
    assert (request.method, request.url) == (verb, "/organizations")
    assert request.body == b'[{"domain":"a.com"},{"domain":"b.com"}]'


def test_b13_the_headers_over_the_wire_are_exactly_the_documents():
    with FaultServer([reply(204)]) as server:
        settings = AkoodaSettings.model_validate({**LEAST, "base_url": server.url})
        destination = PLUGIN.open(settings, context())
        destination.push([b'{"domain":"a.com"}'], method="upsert")
        destination.close()
    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/organizations")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-akooda-tenant-id"] == "tenant-4711"
    assert request.headers["x-akooda-authorization"] == "key-0123456789"
    assert "content-encoding" not in request.headers


@pytest.mark.parametrize(
    ("status", "verified"), [(200, True), (201, True), (202, True), (204, False)]
)
@pytest.mark.fault(46)
def test_a_204_vouches_for_nobody(status, verified):
    destination = opened(ScriptedTransport([Response(status, {}, b"")]))
    answer = destination.push([b"{}"], method="upsert")
    assert answer == Answer(verified=verified, status=str(status))


def test_a_rate_limit_is_kept():
    clock = FakeClock()
    transport = ScriptedTransport(lambda _: Response(204, {}, b""))
    destination = opened(transport, clock, rate_limit="2/10s")
    for _ in range(5):
        destination.push([b"{}"], method="upsert")
    assert clock.monotonic() >= 20


def test_opening_needs_no_credentials(monkeypatch):
    monkeypatch.delenv("AKOODA_API_KEY", raising=False)
    destination = opened(ScriptedTransport([]), api_key="${AKOODA_API_KEY}")
    with pytest.raises(ConfigError, match=r"\$AKOODA_API_KEY is not set"):
        destination.push([b"{}"], method="upsert")


def test_a_check_says_that_the_account_is_not_verified_and_passes():
    results = list(opened(ScriptedTransport([])).check())
    assert all(result.passed for result in results)
    assert results[-1].name == "destinations.akooda: account"
    assert results[-1].message.startswith("not verified")


@pytest.mark.parametrize(
    ("value", "message"),
    [(None, "$AKOODA_API_KEY is not set"), ("", "is empty"), ("a\nb", "no credential has")],
    ids=["unset", "empty", "line-break"],
)
def test_a_check_tells_a_credential_that_cannot_be_sent(monkeypatch, value, message):
    monkeypatch.delenv("AKOODA_API_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("AKOODA_API_KEY", value)
    results = list(opened(ScriptedTransport([]), api_key="${AKOODA_API_KEY}").check())
    (failed,) = [result for result in results if not result.passed]
    assert failed.name == "destinations.akooda: api_key"
    assert message in failed.message
    assert failed.hint
    assert failed.code == 2
