from __future__ import annotations

import gzip
import time
from contextlib import closing

import pytest

from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Request
from crmsync.testing import servers
from crmsync.transport.sessions import SessionTransport, pooled_session

BODY = b'{"data":[]}'


def send(plays, *, times=1, method="GET", body=b"", deadline=5.0, path="/v2?ids=1,2"):
    with servers.FaultServer(plays) as server:
        session = pooled_session(compress=True)
        session.headers["x-api-token"] = "secret"
        transport = SessionTransport(
            session, host="127.0.0.1", deadline=deadline, max_bytes=1_000_000
        )
        with closing(transport):
            request = Request(method, f"{server.url}{path}", {"Accept": "a/b"}, body)
            answers = [transport.send(request) for _ in range(times)]
        return answers[-1], server


def test_an_answer_comes_whole_over_one_connection():
    response, server = send([servers.reply(200, BODY, {"X-Left": "9"})], times=5)

    assert (response.status, response.body, response.headers["x-left"]) == (200, BODY, "9")
    assert (len(server.received), server.connections) == (5, 1)


def test_the_sessions_headers_and_the_requests_own_go_out():
    _, server = send([servers.reply(200, BODY)], method="POST", body=b"a=1")
    (received,) = server.received

    assert received.headers["x-api-token"] == "secret"
    assert received.headers["accept"] == "a/b"
    assert received.body == b"a=1"


@pytest.mark.parametrize("path", ["/v2?ids=1,2&q=%20a", "/q?q=SELECT+Id", "/a/../b?x=%2F"])
def test_an_address_is_sent_to_the_letter(path):
    assert send([servers.reply(200, BODY)], path=path)[1].received[0].target == path


@pytest.mark.parametrize("status", [301, 401, 403, 429, 500, 503])
def test_a_status_is_an_answer_and_nothing_is_sent_again(status):
    headers = {"location": "http://127.0.0.1:1/", "retry-after": "0"}
    response, server = send([servers.reply(status, b"\xff", headers)])

    assert (response.status, response.body, len(server.received)) == (status, b"\xff", 1)


@pytest.mark.fault(31)
@pytest.mark.security(46)
def test_a_gzip_answer_is_undone_by_us_and_has_a_cap():
    zipped = servers.reply(200, gzip.compress(BODY), {"content-encoding": "gzip"})
    bomb = servers.reply(200, gzip.compress(b" " * 1_000_001), {"content-encoding": "gzip"})

    assert send([zipped])[0].body == BODY
    with pytest.raises(FatalError, match="1,000,000 bytes"):
        send([bomb])


@pytest.mark.parametrize(
    "play",
    [
        servers.reset(),
        servers.cut(BODY, declared=99),
        servers.reply(200, b"no gzip", {"content-encoding": "gzip"}),
    ],
    ids=["reset", "cut", "no gzip"],
)
@pytest.mark.fault(2, 4, 6)
def test_an_answer_that_is_not_whole_is_none(play):
    with pytest.raises(RetryableError) as caught:
        send([play])

    assert "secret" not in caught.value.message


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.fault(5, 67)
@pytest.mark.parametrize("length", [b"-5", b"zz", b"", b"f" * 40])
def test_a_chunk_whose_length_is_none_is_no_answer(length):
    with pytest.raises(RetryableError):
        send([servers.raw(CHUNKED + length + b"\r\n")])


@pytest.mark.fault(4, 67)
def test_two_lengths_that_differ_are_no_http():
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3, 4\r\n\r\nabc"
    with pytest.raises(FatalError, match="the answer is no HTTP"):
        send([servers.raw(answer)])


@pytest.mark.parametrize(
    "play",
    [
        servers.hang(),
        servers.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", *[b" "] * 99, every=0.2),
    ],
    ids=["silence", "byte by byte"],
)
@pytest.mark.fault(30)
def test_a_request_is_over_when_its_time_is(play):
    begun = time.monotonic()
    with pytest.raises(RetryableError):
        send([play], deadline=0.3)

    assert time.monotonic() - begun < 8


@pytest.mark.security(21)
def test_nothing_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert send([servers.reply(200, BODY)])[0].status == 200
