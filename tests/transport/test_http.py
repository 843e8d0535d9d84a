"""The transport over real sockets, against a server that plays every fault of the wire."""

from __future__ import annotations

import gzip
import socket
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Thread

import pytest

from crmsync.errors import ConfigError, FatalError, RetryableError
from crmsync.interfaces import Request
from crmsync.testing.servers import FaultServer, cut, dribble, hang, nobody, raw, reply, reset
from crmsync.transport.failures import classify
from crmsync.transport.http import HttpTransport

GET = Request("GET", "/x", {})
POST = Request("POST", "/x", {"X-API-Key": "canary-9f31c2"}, b"0123456789" * 10)


@pytest.fixture
def connect():
    """Makes transports, and closes them after the test."""
    with ExitStack() as stack:

        def connect(url, *, timeout=2.0, **options):
            transport = HttpTransport(url, timeout=timeout, **options)
            stack.callback(transport.close)
            return transport

        yield connect


def send(plays, request=POST, *, timeout=2.0, **options):
    with FaultServer(plays) as server:
        transport = HttpTransport(server.url, timeout=timeout, **options)
        try:
            return transport.send(request)
        finally:
            transport.close()


def test_an_answer_comes_back_whole_with_lower_case_headers():
    answer = send([reply(200, b'{"a":1}', {"X-Left": "7", "x-left": "8"})])

    assert answer.status == 200
    assert answer.body == b'{"a":1}'
    assert answer.headers["x-left"] == "7, 8"


def test_the_request_arrives_byte_for_byte(connect):
    with FaultServer([reply(204)]) as server:
        connect(server.url + "/base/").send(POST)

    [got] = server.received
    assert (got.method, got.target, got.body) == ("POST", "/base/x", POST.body)
    assert got.headers["x-api-key"] == "canary-9f31c2"
    assert got.headers["accept-encoding"] == "gzip"


def test_connections_are_kept_and_used_again(connect):
    with FaultServer([reply(200, b"{}")]) as server:
        transport = connect(server.url)
        for _ in range(3):
            transport.send(GET)

    assert server.connections == 1


@pytest.mark.fault(56)
def test_without_keep_alive_each_request_has_its_own_connection(connect):
    with FaultServer([reply(200, b"{}")]) as server:
        transport = connect(server.url, keep_alive=False)
        for _ in range(3):
            transport.send(GET)

    assert server.connections == 3


@pytest.mark.fault(56)
def test_a_kept_connection_that_the_server_closed_is_replaced_before_sending(connect):
    with FaultServer([reply(200, b"{}", close=True), reply(200, b"[]")]) as server:
        transport = connect(server.url)
        transport.send(GET)
        server.wait_until_all_are_closed()
        answer = transport.send(GET)

    assert answer.body == b"[]"
    assert len(server.received) == 2


@pytest.mark.fault(1)
def test_a_refused_connection_was_not_delivered(connect):
    with nobody() as url, pytest.raises(RetryableError, match="no connection") as caught:
        connect(url).send(POST)
    assert not caught.value.maybe_delivered


@pytest.mark.fault(1)
def test_a_name_that_nobody_knows_was_not_delivered(connect):
    with pytest.raises(RetryableError, match="no connection") as caught:
        connect("https://nobody.invalid").send(POST)
    assert not caught.value.maybe_delivered


CUTS = {
    "F2-reset-before-headers": reset(),
    "F3-reset-in-the-body": reset(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
    "F4-shorter-than-declared": cut(b"{}", declared=10),
    "cut-headers": raw(b"HTTP/1.1 200 OK\r\ncontent-le"),
    "closed-without-an-answer": raw(b""),
    "cut-chunk": raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc"),
    "F6-truncated-gzip": reply(200, gzip.compress(b"x" * 99)[:-9], {"content-encoding": "gzip"}),
    "corrupt-gzip": reply(200, b"no gzip at all", {"content-encoding": "gzip"}),
}


@pytest.mark.parametrize("play", CUTS.values(), ids=CUTS.keys())
@pytest.mark.fault(2, 3, 4, 6, 54)
def test_an_answer_that_is_not_whole_may_have_been_delivered(play):
    with pytest.raises(RetryableError) as caught:
        send([play])
    assert caught.value.maybe_delivered


ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1000
SLOW = {
    "hang": hang(),
    "F30-slow-headers": dribble(b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 100, every=0.02),
    "F30-slow-body": dribble(ENDLESS, every=0.02),
    "F67-endless-100-continue": raw(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000, every=0.02),
    "F70-endless-chunks": raw(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        *[b"1\r\nx\r\n"] * 1000,
        every=0.02,
    ),
}


@pytest.mark.parametrize("play", SLOW.values(), ids=SLOW.keys())
@pytest.mark.fault(30)
def test_the_deadline_holds_for_the_whole_request(play):
    begun = time.monotonic()

    with pytest.raises(RetryableError, match="in time") as caught:
        send([play], timeout=0.5)
    assert caught.value.maybe_delivered
    assert time.monotonic() - begun < 8  # each of them goes on for twice as long at least


@pytest.mark.fault(30)
def test_what_the_beginning_of_an_answer_took_is_missing_for_the_rest(connect):
    late = raw(b"H", b"TTP/1.1 200 OK\r\n", *[b""] * 20, every=1.35)

    with FaultServer([late]) as server:
        transport = connect(server.url, timeout=1.5)
        begun = time.monotonic()
        with pytest.raises(RetryableError, match="in time"):
            transport.send(POST)
        assert time.monotonic() - begun < 2.8  # with all of the time for the rest: 2.85


def test_a_peer_that_does_not_read_cannot_hold_a_large_request(connect):
    with FaultServer([hang()]) as server:
        begun = time.monotonic()
        with pytest.raises(RetryableError):
            connect(server.url, timeout=0.3).send(POST._replace(body=b"x" * 40_000_000))

    assert time.monotonic() - begun < 8  # the other end hangs up after ten


@pytest.mark.fault(55)
def test_a_request_that_was_cut_while_it_was_sent_may_have_been_delivered(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cutting = Thread(target=cut_the_request, args=(listener,))
        cutting.start()
        large = POST._replace(body=b"x" * 20_000_000)
        with pytest.raises(RetryableError) as caught:
            connect(f"http://127.0.0.1:{listener.getsockname()[1]}").send(large)
        cutting.join()

    assert caught.value.maybe_delivered


def cut_the_request(listener):
    """Read the beginning of a request, then reset the connection."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(100_000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def gzipped(data, **headers):
    return reply(200, gzip.compress(data), {"content-encoding": "gzip", **headers})


def test_gzip_is_undone_also_in_several_members():
    two = gzip.compress(b"[1,") + gzip.compress(b"2]")

    assert send([reply(200, two, {"content-encoding": "gzip"})]).body == b"[1,2]"


@pytest.mark.fault(70)
def test_a_body_of_exactly_the_cap_passes():
    assert len(send([reply(200, b"x" * 1000)], max_bytes=1000).body) == 1000
    assert len(send([gzipped(b"x" * 1000)], max_bytes=1000).body) == 1000


REFUSED = {
    "F70-larger-than-the-cap": (reply(200, b"x" * 1001), "larger than 1,000 bytes"),
    "F31-gzip-bomb": (gzipped(b"\0" * 2_000_000), "larger than 1,000 bytes"),
    "F31-deflate": (
        reply(200, zlib.compress(b"{}"), {"content-encoding": "deflate"}),
        "not asked for",
    ),
    "F31-nested-gzip": (gzipped(b"{}", **{"content-encoding": "gzip, gzip"}), "not asked for"),
    "F31-br": (reply(200, b"??", {"content-encoding": "br"}), "not asked for"),
    "F67-bad-status-line": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "no HTTP"),
    "F67-unknown-version": (raw(b"HTTP/9.9 200 OK\r\ncontent-length: 2\r\n\r\n{}"), "no HTTP"),
    "F67-unasked-upgrade": (reply(101), "no HTTP"),
    "F67-status-of-two-digits": (raw(b"HTTP/1.1 20 OK\r\n\r\n"), "no HTTP"),
    "F32-header-of-200-kB": (raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000), "no HTTP"),
    "F32-5000-headers": (
        raw(b"HTTP/1.1 200 OK\r\n" + b"x-aaaaaaaaaaaaaaaaaaa: b\r\n" * 5000),
        "no HTTP",
    ),
}


@pytest.mark.parametrize(("play", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_breaks_the_protocol_or_the_cap_is_refused(play, says):
    with pytest.raises(FatalError, match=says):
        send([play], max_bytes=1000)


@pytest.mark.parametrize("status", [299, 301, 404, 503, 600, 999])
def test_any_whole_answer_is_handed_over_whatever_its_status(status):
    assert send([reply(status, b"", close=True)]).status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.fault(62, 63)
@pytest.mark.invariant(23)
@pytest.mark.security(16)
def test_a_redirect_is_not_followed_and_names_where_it_pointed_to(status):
    with FaultServer([reply(200)]) as sink:
        location = {"location": f"{sink.url}/elsewhere?token=canary-9f31c2"}
        answer = send([reply(status, b"", location)])
        error = classify(POST, answer)

    assert sink.connections == 0
    assert isinstance(error, FatalError)
    assert sink.url.removeprefix("http://") in error.message
    assert "canary" not in error.message


@pytest.mark.fault(38)
@pytest.mark.invariant(23)
@pytest.mark.security(17)
def test_a_link_to_another_origin_is_refused_before_anything_is_sent(connect):
    with FaultServer([reply(200)]) as sink, FaultServer([reply(200)]) as server:
        with pytest.raises(FatalError, match="refused to send"):
            connect(server.url).send(GET._replace(url=f"{sink.url}/next"))

        assert sink.connections == server.connections == 0


@pytest.mark.security(21)
def test_the_environment_changes_nothing(connect, monkeypatch, tmp_path):
    with FaultServer([reply(502)]) as proxy:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login a password b\n")
        monkeypatch.setenv("NETRC", str(netrc))
        with FaultServer([reply(200)]) as server:
            connect(server.url).send(GET)

    assert proxy.connections == 0
    assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\nX-Evil: 1", "\0", " ", "é", "\x7f"])
@pytest.mark.security(44)
def test_a_header_that_could_break_out_is_refused_without_its_value(connect, ending):
    request = GET._replace(headers={"X-API-Key": f"canary-9f31c2{ending}"})

    with pytest.raises(ConfigError) as caught:
        connect("https://nobody.invalid").send(request)
    assert "X-API-Key" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_closed_transport_connects_anew(connect):
    with FaultServer([reply(200, b"{}")]) as server:
        transport = connect(server.url)
        transport.send(GET)
        transport.close()

        assert transport.send(GET).status == 200
    assert server.connections == 2


def test_threads_share_a_transport(connect):
    with FaultServer([reply(200, b"{}")]) as server, ThreadPoolExecutor(8) as threads:
        transport = connect(server.url)
        bodies = [str(number).encode() for number in range(200)]

        list(threads.map(lambda body: transport.send(POST._replace(body=body)), bodies))

    assert sorted(got.body for got in server.received) == sorted(bodies)
    assert server.connections <= 8


def test_importing_the_layer_does_not_import_httpx():
    modules = "account, clock, failures, http, pacing, redaction, retrying, strict"
    program = (
        f"import sys; from crmsync.transport import {modules}; assert 'httpx' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
