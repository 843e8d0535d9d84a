from __future__ import annotations

from typing import Any

import pytest

from crmsync.destinations.datatalks import PLUGIN
from crmsync.destinations.datatalks.client import encoded
from crmsync.destinations.datatalks.encoding import encode
from crmsync.errors import BatchRejectedError, ConfigError, RetryableError
from crmsync.interfaces import Answer, Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.servers import FaultServer, reply
from crmsync.testing.transports import ScriptedTransport
from tests.destinations.datatalks.account import answer, context, opened, settings

BODY = encode({"crm_id": "1", "group_key": "abc123"})


@pytest.mark.parametrize(("method", "path"), [("upsert", "/v1/contacts"), ("event", "/v1/events")])
def test_a_record_is_posted_as_it_is_to_its_methods_path(method, path):
    transport = ScriptedTransport([answer()])
    opened(transport).push([BODY], method=method)
    (sent,) = transport.requests
    assert (sent.method, sent.url) == ("POST", f"https://api.datatalks.se{path}")
    assert sent.body == BODY


def test_what_goes_over_the_wire_is_what_was_signed():
    with FaultServer([reply(200, b'{"success":true}')]) as server:
        own = settings(base_url=f"{server.url}/stage", session_token="token-4711-x")
        destination = PLUGIN.open(own, context())
        destination.push([BODY], method="upsert")
        destination.close()
    (got,) = server.received
    assert (got.method, got.target, got.body) == ("POST", "/stage/v1/contacts", BODY)
    assert got.headers["host"] == server.url.removeprefix("http://")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-amz-date"] == "20261121T120000Z"
    assert got.headers["x-amz-security-token"] == "token-4711-x"
    signed = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token"
    assert signed in got.headers["authorization"]


@pytest.mark.parametrize(
    ("response", "taken"),
    [
        (answer(), Answer(verified=True, status="200 r-1")),
        (answer(200, {}), Answer(verified=False, status="200")),
        (Response(204, {"x-amzn-requestid": "g-1"}, b""), Answer(verified=False, status="204 g-1")),
    ],
    ids=["success", "nothing said", "no content"],
)
def test_only_success_vouches_for_a_record(response, taken):
    assert opened(ScriptedTransport([response])).push([BODY], method="upsert") == taken


def test_a_body_without_a_group_key_does_not_leave():
    transport = ScriptedTransport([])
    with pytest.raises(BatchRejectedError, match="NO_GROUP_KEY"):
        opened(transport).push([encode({"crm_id": "1"})], method="upsert")
    assert transport.requests == []


def test_a_contact_is_sent_again_after_a_lost_answer():
    lost = RetryableError("reset", maybe_delivered=True)
    transport = ScriptedTransport([lost, answer(504, {}), answer(500, {}), answer()])
    opened(transport).push([BODY], method="upsert")
    assert len(transport.requests) == 4


@pytest.mark.parametrize(
    "step",
    [
        RetryableError("timed out", maybe_delivered=True),
        answer(504, {}),
        answer(502, {}),
        answer(500, {"requestId": "r-5"}),
    ],
    ids=["timeout", "504", "502", "500"],
)
def test_an_event_that_may_have_arrived_is_unknown(step):
    transport = ScriptedTransport([step])
    with pytest.raises(RetryableError) as caught:
        opened(transport).push([BODY], method="event")
    assert caught.value.maybe_delivered
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "step", [RetryableError("connection refused"), answer(429, {})], ids=["refused", "429"]
)
def test_an_event_that_surely_did_not_arrive_is_sent_again(step):
    transport = ScriptedTransport([step, answer()])
    opened(transport).push([BODY], method="event")
    assert len(transport.requests) == 2


def test_the_plugin_says_that_events_must_not_arrive_twice():
    assert PLUGIN.once == {"event"}
    assert PLUGIN.methods[0] == "upsert"


def test_a_rate_limit_is_kept():
    clock, transport = FakeClock(), ScriptedTransport(lambda _: answer())
    destination = opened(transport, clock, rate_limit="2/10s")
    for _ in range(5):
        destination.push([BODY], method="upsert")
    assert clock.monotonic() >= 20


def test_opening_needs_no_credentials(monkeypatch):
    monkeypatch.delenv("DATATALKS_SECRET", raising=False)
    destination = opened(ScriptedTransport([]), secret_access_key="${DATATALKS_SECRET}")
    with pytest.raises(ConfigError, match=r"\$DATATALKS_SECRET is not set"):
        destination.push([BODY], method="upsert")


def test_a_check_says_that_the_account_is_not_verified_and_passes():
    results = list(opened(ScriptedTransport([]), session_token="temporary-1").check())
    assert all(result.passed for result in results)
    assert len(results) == 4
    assert results[-1].message.startswith("not verified")


@pytest.mark.parametrize("key", ["access_key_id", "secret_access_key", "session_token"])
def test_a_check_tells_a_credential_that_is_not_there(monkeypatch, key):
    monkeypatch.delenv("DATATALKS_LACKS", raising=False)
    own: dict[str, Any] = {key: "${DATATALKS_LACKS}"}
    results = list(opened(ScriptedTransport([]), **own).check())
    (failed,) = [result for result in results if not result.passed]
    assert failed.name == f"destinations.datatalks: {key}"
    assert "$DATATALKS_LACKS is not set" in failed.message
    assert failed.hint
    assert failed.code == 2


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/v1/contacts", "/v1/contacts"),
        ("/v1/å?x=é&y=1", "/v1/%C3%A5?x=%C3%A9&y=1"),
        ("/v1/%C3%A5", "/v1/%C3%A5"),
        ('/"<>', "/%22%3C%3E"),
    ],
)
@pytest.mark.security(43)
def test_a_path_is_encoded_where_it_must_be(path, sent):
    assert encoded(path) == sent
