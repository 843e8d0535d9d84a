from __future__ import annotations

import logging

import pytest

from crmsync.destinations.atoka.client import Doors, open_client, several
from crmsync.errors import ConfigError, CrmsyncError, RetryableError
from crmsync.interfaces import Request, Response
from crmsync.testing.servers import FaultServer, hang, reply, reset
from crmsync.testing.transports import ScriptedTransport
from tests.destinations.atoka.accounts import TOKEN, Scripted, answer, context, given, settings

ITEM = answer({"item": {"id": 42}})
PATH = "/v2/leadevents"
ENCODED = "t0ken-0123456789%2B%2F%3D"


@pytest.mark.security(45)
def test_k10_a_create_is_form_encoded_once_with_the_token_in_its_body():
    account = Scripted([ITEM], app_user_id="u1")
    account.client.create(PATH, [("note", "caffè & té 100% = a+b\nend")])
    (request,) = account.transport.requests
    assert (request.method, request.url) == ("POST", PATH)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == (
        f"token={ENCODED}&appUserId=u1&note=caff%C3%A8+%26+t%C3%A9+100%25+%3D+a%2Bb%0Aend".encode()
    )


def test_o12_the_plus_of_an_address_stays_one():
    account = Scripted([ITEM])
    account.client.create(PATH, [("leadAssignee", "larentis+unicorno@spaziodati.eu")])
    body = account.transport.requests[0].body
    assert b"leadAssignee=larentis%2Bunicorno%40spaziodati.eu" in body


def test_a_lone_surrogate_is_sent_as_something():
    account = Scripted([ITEM])
    account.client.create(PATH, [("note", "a\ud83db")])
    assert given(account.transport.requests[0])["note"] == "a?b"


def test_what_reads_and_what_deletes_has_the_token_in_its_query():
    account = Scripted([answer({}), answer({}), Response(204, {}, b"")], app_user_id="u1")
    account.client.read(PATH, [("leads", "a,b")])
    account.client.read(f"{PATH}/sync", user=False)
    account.client.delete(f"{PATH}/42")
    urls = [request.url for request in account.transport.requests]
    assert urls == [
        f"{PATH}?token={ENCODED}&appUserId=u1&leads=a%2Cb",
        f"{PATH}/sync?token={ENCODED}",
        f"{PATH}/42?token={ENCODED}&appUserId=u1",
    ]
    assert not any(request.body for request in account.transport.requests)


def test_a_change_has_its_parameters_in_its_body():
    account = Scripted([ITEM])
    account.client.change(f"{PATH}/42", [("note", "x")])
    (request,) = account.transport.requests
    assert (request.method, request.url) == ("PUT", f"{PATH}/42")
    assert request.body == f"token={ENCODED}&note=x".encode()


@pytest.mark.parametrize(
    "failure", [RetryableError("cut", maybe_delivered=True), Response(502, {}, b"")]
)
def test_a_create_that_may_have_arrived_is_not_sent_again_and_a_change_is(failure):
    account = Scripted([failure, failure, ITEM])
    with pytest.raises(RetryableError) as caught:
        account.client.create(PATH, [])
    assert caught.value.maybe_delivered
    assert len(account.transport.requests) == 1
    account.client.change(f"{PATH}/42", [("note", "x")])
    assert len(account.transport.requests) == 3


def test_k04_a_create_that_was_refused_a_connection_is_sent_again_byte_for_byte():
    refused = RetryableError("the connection was refused")
    account = Scripted([refused, refused, ITEM])
    account.client.create(PATH, [("note", "x")])
    first, *more = account.transport.requests
    assert more == [first, first]


def test_a_web_page_is_asked_for_again_where_it_was_read_and_not_where_it_was_created():
    page = Response(200, {"content-type": "text/html"}, b"<html>")
    account = Scripted([page, answer({}), page])
    assert account.client.read(PATH) == {}
    with pytest.raises(RetryableError) as caught:
        account.client.create(PATH, [])
    assert caught.value.maybe_delivered


@pytest.mark.parametrize("status", [400, 401, 404, 500, 302])
def test_k15_no_error_tells_the_token(status, caplog):
    echoed = f'{{"message": "token {TOKEN} or {ENCODED}: no"}}'.encode()
    account = Scripted(lambda _: Response(status, {"location": f"/?token={ENCODED}"}, echoed))
    with caplog.at_level(logging.DEBUG), pytest.raises(CrmsyncError) as caught:
        account.client.read(PATH)
    told = f"{caught.value} {caught.value.hint} {caught.value!r} {caplog.text}"
    assert TOKEN not in told
    assert ENCODED not in told
    assert "***" in told or status in (401, 302)
    assert "token=" not in repr(account.transport.requests)


@pytest.mark.parametrize("play", [reset(), hang()], ids=["reset", "hang"])
def test_k15_no_error_of_the_network_tells_the_token(play, caplog):
    with FaultServer([play]) as server:
        client = open_client(settings(base_url=server.url, timeout="0.3s"), context(retry_for=0.0))
        with caplog.at_level(logging.DEBUG), pytest.raises(RetryableError) as caught:
            client.create(PATH, [("note", "x")])
        client.close()
    assert caught.value.maybe_delivered
    assert len(server.received) == 1
    assert TOKEN not in f"{caught.value} {caplog.text}"
    assert ENCODED not in f"{caught.value} {caplog.text}"


@pytest.mark.fault(56)
def test_creates_go_over_fresh_connections_and_reads_over_kept_ones():
    with FaultServer([reply(200, b"{}")]) as server:
        client = open_client(settings(base_url=server.url), context())
        for _ in range(3):
            client.read(PATH)
        kept = server.connections
        for _ in range(3):
            client.create(PATH, [])
        client.close()
    assert (kept, server.connections) == (1, 4)


def test_closing_closes_both_doors():
    fresh, kept = ScriptedTransport([]), ScriptedTransport([ITEM])
    doors = Doors(fresh, kept)
    assert doors.send(Request("GET", PATH, {})) == ITEM
    doors.close()
    assert (fresh.closed, kept.closed) == (True, True)


def test_opening_needs_no_token(monkeypatch):
    monkeypatch.delenv("ATOKA_TOKEN", raising=False)
    client = open_client(settings(token="${ATOKA_TOKEN}"), context())
    with pytest.raises(ConfigError, match=r"\$ATOKA_TOKEN is not set"):
        client.read(PATH)


def test_a_rate_limit_is_kept():
    account = Scripted(lambda _: answer({}), rate_limit="2/10s")
    for _ in range(5):
        account.client.read(PATH)
    assert account.clock.monotonic() >= 20
    assert account.client.traffic.requests == 5


@pytest.mark.parametrize(
    ("values", "text"), [(["a", "b"], "a,b"), (["a,b", "c"], '"a,b",c'), (['a"b'], '"a""b"')]
)
def test_several_values_are_one_parameter(values, text):
    assert several(values) == text
