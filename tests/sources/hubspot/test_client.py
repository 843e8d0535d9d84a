from __future__ import annotations

import gzip
import socket
import struct
import time
from contextlib import closing, contextmanager
from queue import SimpleQueue
from threading import Thread

import pytest

from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Request
from crmsync.sources.hubspot.client import HubSpotTransport
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.testing import servers

BODY = b'{"results":[]}'


def connect(url, **settings):
    values = {"access_token": "pat-eu1-secret", "base_url": url, **settings}
    return HubSpotTransport(HubSpotSettings.model_validate(values))


def send(plays, *, times=1, method="GET", body=b"", **settings):
    with (
        servers.FaultServer(plays) as server,
        closing(connect(server.url, **settings)) as transport,
    ):
        request = Request(method, f"{server.url}/crm?properties=a,b", {"Content-Type": "x"}, body)
        responses = [transport.send(request) for _ in range(times)]
        return responses[-1], server


def test_an_answer_comes_whole_with_lower_case_headers():
    response, _ = send([servers.reply(200, BODY, {"X-HubSpot-RateLimit-Max": "190"})])

    assert response.status == 200
    assert response.body == BODY
    assert response.headers["x-hubspot-ratelimit-max"] == "190"


def test_the_token_goes_in_the_header_and_the_address_as_it_is():
    _, server = send([servers.reply(200, BODY)])
    (received,) = server.received

    assert received.headers["authorization"] == "Bearer pat-eu1-secret"
    assert received.headers["user-agent"].startswith("crmsync/")
    assert received.target == "/crm?properties=a,b"


def test_a_body_is_sent_byte_for_byte():
    _, server = send([servers.reply(200, BODY)], method="POST", body=b'{"limit": 1}')

    assert server.received[0].body == b'{"limit": 1}'
    assert server.received[0].headers["content-type"] == "x"


def test_closing_it_ends_its_connections():
    with servers.FaultServer([servers.reply(200, BODY)]) as server:
        transport = connect(server.url)
        transport.send(Request("GET", f"{server.url}/crm", {}, b""))
        transport.close()
        server.wait_until_all_are_closed()


def test_one_connection_serves_many_requests():
    _, server = send([servers.reply(200, BODY)], times=5)

    assert (len(server.received), server.connections) == (5, 1)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 503])
def test_a_status_is_an_answer_and_nothing_is_sent_again(status):
    headers = {"location": "http://127.0.0.1:1/", "retry-after": "0"}
    response, server = send([servers.reply(status, b"\xff", headers)])

    assert (response.status, response.body) == (status, b"\xff")
    assert len(server.received) == 1


@pytest.mark.parametrize(("compress", "asked"), [(False, "identity"), (True, "gzip")])
def test_gzip_is_asked_for_where_it_is_wanted(compress, asked):
    _, server = send([servers.reply(200, BODY)], compress=compress)

    assert server.received[0].headers["accept-encoding"] == asked


def test_a_gzip_answer_is_undone():
    zipped = servers.reply(200, gzip.compress(BODY), {"content-encoding": "gzip"})

    assert send([zipped], compress=True)[0].body == BODY


@pytest.mark.parametrize(
    "play",
    [
        servers.reset(),
        servers.reset(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
        servers.cut(BODY, declared=99),
        servers.raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"),
        servers.cut(gzip.compress(BODY)[:-9], declared=len(gzip.compress(BODY)) - 9,
                    headers={"content-encoding": "gzip"}),
        servers.reply(200, b"no gzip", {"content-encoding": "gzip"}),
    ],
    ids=["reset", "reset in the body", "cut", "cut chunk", "cut gzip", "no gzip"],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_none(play):
    with pytest.raises(RetryableError):
        send([play])


def test_a_port_where_nobody_listens_is_a_passing_failure():
    with servers.nobody() as url, pytest.raises(RetryableError) as caught:
        connect(url).send(Request("GET", f"{url}/crm", {}))
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "play",
    [
        servers.hang(),
        servers.dribble(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 99, every=0.2),
        servers.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", *[b" "] * 99, every=0.2),
    ],
    ids=["silence", "headers byte by byte", "body byte by byte"],
)
def test_a_request_is_over_when_its_time_is(play):
    begun = time.monotonic()
    with pytest.raises(RetryableError):
        send([play], timeout="0.3s")

    assert time.monotonic() - begun < 8


@pytest.mark.parametrize(
    "play",
    [
        servers.reply(200, b" " * 1_000_001),
        servers.reply(200, gzip.compress(b" " * 1_000_001), {"content-encoding": "gzip"}),
    ],
    ids=["plain", "gzip"],
)
def test_an_answer_larger_than_agreed_is_refused(play):
    with pytest.raises(FatalError, match="1,000,000 bytes"):
        send([play], max_page_bytes=1_000_000)


@pytest.mark.security(46)
def test_an_encoding_that_was_not_asked_for_is_refused():
    with pytest.raises(FatalError, match="br"):
        send([servers.reply(200, BODY, {"content-encoding": "br"})])


def test_after_a_failure_the_next_request_has_a_connection_of_its_own():
    plays = [servers.cut(BODY, declared=99), servers.reply(200, BODY)]
    with servers.FaultServer(plays) as server:
        transport = connect(server.url)
        request = Request("GET", f"{server.url}/crm", {})
        with pytest.raises(RetryableError):
            transport.send(request)

        assert transport.send(request).body == BODY
        assert server.connections == 2
        transport.close()


@contextmanager
def asked(choose, **settings):
    """A transport to a server that tells of each request as it comes, and its requests."""
    come: SimpleQueue[str] = SimpleQueue()

    def tell(received):
        come.put(received.target)
        return choose(received)

    with (
        servers.FaultServer(tell) as server,
        closing(connect(server.url, **settings)) as transport,
    ):
        yield server, come, lambda path: transport.begin(Request("GET", server.url + path, {}))


def test_a_request_leaves_before_its_answer_is_asked_for():
    with asked(lambda _: servers.reply(200, BODY)) as (_, come, begin):
        exchange = begin("/crm")

        assert come.get(timeout=60) == "/crm"
        assert exchange.answer().body == BODY


def test_several_may_be_under_way_and_their_connections_serve_again():
    with asked(lambda one: servers.reply(200, one.target.encode())) as (server, _, begin):
        for _ in range(3):
            first, second = begin("/1"), begin("/2")
            assert (second.answer().body, first.answer().body) == (b"/2", b"/1")
        assert server.connections == 2


def test_an_answer_that_nobody_needs_is_not_the_next_requests():
    with asked(lambda one: servers.reply(200, one.target.encode())) as (server, _, begin):
        begin("/1").drop()

        assert begin("/2").answer().body == b"/2"
        assert server.connections == 2


def test_a_connection_that_broke_is_not_used_again():
    plays = {"/1": servers.reset(), "/2": servers.reply(200, BODY)}
    with asked(lambda one: plays[one.target]) as (_, _, begin):
        with pytest.raises(RetryableError, match="the connection broke"):
            begin("/1").answer()

        assert begin("/2").answer().body == BODY


def test_the_time_between_a_request_and_asking_for_its_answer_does_not_count():
    with asked(lambda _: servers.reply(200, BODY), timeout="1.5s") as (_, come, begin):
        exchange = begin("/crm")
        come.get(timeout=60)
        time.sleep(1.6)

        assert exchange.answer().body == BODY


def test_a_port_where_nobody_listens_is_told_when_it_begins():
    with servers.nobody() as url, pytest.raises(RetryableError, match="no connection"):
        connect(url).begin(Request("GET", f"{url}/crm", {}))


@pytest.mark.parametrize(
    ("play", "words"),
    [
        (servers.reset(), "the connection broke before the answer was whole"),
        (servers.hang(), "no whole answer in time"),
    ],
)
def test_what_broke_is_told(play, words):
    with pytest.raises(RetryableError, match=words):
        send([play], timeout="0.3s")


def test_a_server_that_hangs_up_in_the_handshake_was_sent_nothing():
    def hang_up():
        connection, _ = listener.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # by a reset

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        server = Thread(target=hang_up)
        server.start()
        with closing(connect(url)) as transport, pytest.raises(RetryableError):
            transport.begin(Request("GET", f"{url}/crm", {}))
        server.join()


def test_an_address_that_cannot_be_sent_keeps_no_connection():
    with asked(lambda _: servers.reply(200, BODY)) as (_, _, begin):
        for _ in range(20):
            with pytest.raises(UnicodeEncodeError):
                begin("/\u00e9")
        assert begin("/crm").answer().body == BODY
