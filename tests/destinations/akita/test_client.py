from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from crmsync.adapters import Context
from crmsync.destinations.akita import PLUGIN
from crmsync.destinations.akita.client import Akita, Turns
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.errors import BatchRejectedError, ConfigError, RetryableError, StoppedError
from crmsync.interfaces import Answer, Request, Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.servers import FaultServer, reply
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.pacing import Rate

LEAST = {"api_key": "key-0123456789"}
BODY = b'{"internal_id":"1","name":"My New Customer"}'
MINUTE = 60.0


def context(clock: FakeClock | None = None) -> Context:
    return Context(name="akita", clock=clock or FakeClock(), retry_for=60, max_wait=900)


def opened(transport: ScriptedTransport, clock: FakeClock | None = None, **keys: object) -> Akita:
    settings = AkitaSettings.model_validate({**LEAST, **keys})
    return Akita(settings, context(clock), transport)


def accepting(request: Request) -> Response:
    key = orjson.loads(request.body)["internal_id"]
    return Response(201, {}, orjson.dumps({"data": {"id": 1114, "internal_id": key}}))


def test_a_push_is_one_account_byte_for_byte_and_tells_akitas_id():
    transport = ScriptedTransport(accepting)
    answer = opened(transport).push([BODY], method="upsert")
    (request,) = transport.requests
    assert (request.method, request.url, request.body) == ("POST", "/v1/accounts", BODY)
    assert answer == Answer(verified=True, status="201, Akita's id 1114")


def test_an_answer_without_an_id_is_taken_too():
    transport = ScriptedTransport([Response(200, {}, b'{"data":{"internal_id":"1"}}')])
    assert opened(transport).push([BODY], method="upsert").status == "200"


def test_the_headers_over_the_wire_are_exactly_the_documents():
    with FaultServer([reply(200, b'{"data":{"internal_id":"1"}}')]) as server:
        settings = AkitaSettings.model_validate({**LEAST, "base_url": server.url})
        destination = PLUGIN.open(settings, context())
        destination.push([BODY], method="upsert")
        destination.close()
    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/v1/accounts")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer key-0123456789"
    assert "content-encoding" not in request.headers


def test_a12_250_accounts_take_their_time_and_meet_no_429():
    clock = FakeClock()
    sent_at: list[float] = []

    def limited(request: Request) -> Response:
        sent_at.append(clock.monotonic())
        recent = [at for at in sent_at if at > clock.monotonic() - MINUTE]
        return accepting(request) if len(recent) <= 120 else Response(429, {}, b"")

    destination = opened(ScriptedTransport(limited), clock)
    for _ in range(250):
        destination.push([BODY], method="upsert")
    assert destination.traffic.rate_limited == 0
    assert clock.monotonic() == pytest.approx(249 / 110 * MINUTE, rel=1e-3)


def test_a_run_that_goes_on_in_another_process_makes_no_burst():
    clock = FakeClock()
    sent_at: list[float] = []

    def noting(request: Request) -> Response:
        sent_at.append(clock.monotonic())
        return accepting(request)

    for _ in range(4):  # each opens the account anew and knows nothing of the others
        destination = opened(ScriptedTransport(noting), clock)
        for _ in range(60):
            destination.push([BODY], method="upsert")
    most = max(sum(at - MINUTE < other <= at for other in sent_at) for at in sent_at)
    assert most <= 120


def test_a13_a_429_without_retry_after_pauses_everybody_for_a_minute():
    clock = FakeClock()
    answers = iter([Response(429, {}, b"")])
    transport = ScriptedTransport(lambda request: next(answers, None) or accepting(request))
    destination = opened(transport, clock)
    destination.push([BODY], method="upsert")
    assert clock.monotonic() >= MINUTE
    assert destination.traffic.rate_limited == 1


def test_a13_the_pause_holds_other_workers_too():
    clock = FakeClock()
    transport = ScriptedTransport(lambda _: Response(429, {}, b""))
    destination = opened(transport, clock)
    with pytest.raises(RetryableError):
        destination.push([BODY], method="upsert")
    before = clock.monotonic()
    transport._answer = accepting
    destination.push([BODY], method="upsert")
    assert clock.monotonic() - before >= MINUTE


def test_x01_a_longer_wait_than_a_run_has_ends_it():
    transport = ScriptedTransport(lambda _: Response(429, {"retry-after": "99999"}, b""))
    with pytest.raises(RetryableError, match=r"27\.8 h") as caught:
        opened(transport).push([BODY], method="upsert")
    assert not caught.value.maybe_delivered
    assert "come back" in caught.value.hint


@pytest.mark.parametrize(("conflicts", "requests"), [(1, 2), (2, 2)])
def test_a_409_is_sent_once_more(conflicts, requests):
    answers = iter([Response(409, {}, b'{"message":"locked"}')] * conflicts)
    transport = ScriptedTransport(lambda request: next(answers, None) or accepting(request))
    if conflicts == 1:
        opened(transport).push([BODY], method="upsert")
    else:
        with pytest.raises(BatchRejectedError, match="locked"):
            opened(transport).push([BODY], method="upsert")
    assert len(transport.requests) == requests


def test_several_workers_share_the_rate():
    clock = FakeClock()
    destination = opened(ScriptedTransport(accepting), clock, rate_limit="10/10s")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: destination.push([BODY], method="upsert"), range(30)))
    assert destination.traffic.requests == 30
    assert clock.monotonic() >= 28


def test_a_turn_that_was_missed_is_made_up_for_but_not_all_of_them():
    clock = FakeClock()
    turns = Turns(Rate(1, 1.0), clock, slack=2)
    clock.advance(100)
    for _ in range(5):
        turns.wait()
    assert clock.monotonic() == 102  # 98, 99, 100 are past; 101; 102


def test_waiting_for_a_turn_ends_when_the_run_is_asked_to_stop():
    clock = FakeClock()
    destination = opened(ScriptedTransport(accepting), clock)
    destination.push([BODY], method="upsert")
    clock.stop()
    with pytest.raises(StoppedError) as caught:
        destination.push([BODY], method="upsert")
    assert destination.traffic.requests == 1
    assert not caught.value.maybe_delivered


def test_opening_needs_no_credentials(monkeypatch):
    monkeypatch.delenv("AKITA_API_KEY", raising=False)
    destination = opened(ScriptedTransport([]), api_key="${AKITA_API_KEY}")
    with pytest.raises(ConfigError, match=r"\$AKITA_API_KEY is not set"):
        destination.push([BODY], method="upsert")


def test_a_check_says_that_the_account_is_not_verified_and_passes():
    results = list(opened(ScriptedTransport([])).check())
    assert all(result.passed for result in results)
    assert results[-1].message.startswith("not verified")


def test_a_check_tells_a_key_that_cannot_be_sent(monkeypatch):
    monkeypatch.setenv("AKITA_API_KEY", "a\nb")
    results = list(opened(ScriptedTransport([]), api_key="${AKITA_API_KEY}").check())
    (failed,) = [result for result in results if not result.passed]
    assert failed.name == "destinations.akita: api_key"
    assert failed.hint
    assert failed.code == 2
