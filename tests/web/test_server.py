from __future__ import annotations

import gc
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from threading import Event

import pytest

from crmsync.web import server as serving
from crmsync.web.exchange import TEXT, Request, Response
from crmsync.web.server import BURST, CONNECTIONS, LARGEST_BODY, RATE, WORKERS, Server

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"


class Running:
    """A server that notes what it is asked."""

    def __init__(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.place = listener.getsockname()
        self.asked: list[Request] = []
        self.go_on = Event()
        self.go_on.set()
        self.server = Server(listener, self._answer, at_once=_quick, headers=[("X-Always", "here")])
        self.server.start()

    def raw(self, data: bytes) -> bytes:
        """Send bytes and read until it hangs up."""
        with self.open(data) as wire:
            return b"".join(iter(lambda: wire.recv(65_536), b""))

    def open(self, data: bytes = b"") -> socket.socket:
        wire = socket.create_connection(self.place, timeout=60)
        wire.sendall(data)
        return wire

    def _answer(self, request: Request) -> Response:
        self.asked.append(request)
        assert self.go_on.wait(60)
        if request.path == "/fault":
            raise KeyError("a secret")
        return Response(200, "x" * 200_000 if request.path == "/large" else "hello\n", TEXT)


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.go_on.set()
    running.server.stop()


def _quick(request: Request) -> Response | None:
    return Response(200, "quick\n", TEXT) if request.path == "/quick" else None


def until(happened) -> None:
    """Look again and again until it happened."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        Event().wait(0.005)


def status(told: bytes) -> int:
    return int(told.split(b" ", 2)[1])


def test_a_request_is_answered_once_and_the_connection_ends(running):
    told = running.raw(GET + b"\r\n" + GET + b"\r\n")
    assert told.count(b"HTTP/1.1 200") == 1
    assert b"connection: close" in told.lower()
    assert len(running.asked) == 1
    assert running.asked[0].peer == "127.0.0.1"


def test_a_large_answer_arrives_whole(running):
    told = running.raw(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    assert len(told.partition(b"\r\n\r\n")[2]) == 200_000


def test_head_gives_no_body(running):
    told = running.raw(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert told.lower().endswith(b"\r\n\r\n")
    assert b"content-length: 6" in told.lower()


def test_a_fault_is_told_without_what_it_says(running):
    told = running.raw(b"GET /fault HTTP/1.1\r\nHost: a\r\n\r\n")
    assert status(told) == 500
    assert b"secret" not in told


BAD = {
    "SEC48 no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "SEC48 two Hosts": (GET + b"Host: b\r\n\r\n", 400),
    "SEC52 two lengths": (GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "SEC52 length and chunks": (
        GET + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        411,
    ),
    "SEC52 chunks": (GET + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 411),
    "SEC52 chunks, written oddly": (GET + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "SEC52 a space before the colon": (GET + b"Content-Length : 1\r\n\r\na", 400),
    "SEC52 a folded header": (GET + b"X: 1\r\n Content-Length: 9\r\n\r\n", 200),
    "SEC52 a bare line feed in a header": (GET + b"X: a\nY\x00: b\r\n\r\n", 400),
    "SEC52 a megabyte of header": (GET + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
    "SEC52 a large body": (GET + b"Content-Length: 70000\r\n\r\n", 413),
    "SEC52 an endless length": (GET + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", 400),
    "SEC52 two cookies": (GET + b"Cookie: a=1\r\nCookie: a=2\r\n\r\n", 400),
    "waiting for permission": (GET + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n", 417),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "another protocol": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
}


@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=list(BAD))
def test_what_is_no_plain_request_is_refused(running, data, code):
    told = running.raw(data)
    assert status(told) == code
    assert b"x-always: here" in told.lower()
    assert len(running.asked) == (code == 200)


def test_a_body_of_the_largest_size_is_taken(running):
    body = b"a" * LARGEST_BODY
    told = running.raw(GET + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert status(told) == 200
    assert running.asked[0].body == body


def test_only_so_many_answers_are_under_way(running):
    running.go_on.clear()
    waiting = [running.open(GET + b"\r\n") for _ in range(WORKERS)]
    until(lambda: len(running.asked) == WORKERS)
    assert status(running.raw(GET + b"\r\n")) == 503
    assert b"quick" in running.raw(b"GET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
    running.go_on.set()
    assert [status(wire.recv(100)) for wire in waiting] == [200] * WORKERS
    for wire in waiting:
        wire.close()


def test_sec52_who_dribbles_takes_a_place_and_no_more(running):
    slow = [running.open(b"GET / HT") for _ in range(CONNECTIONS + 5)]
    with pytest.raises((ConnectionError, AssertionError)):
        assert running.raw(GET + b"\r\n")
    for wire in slow:
        wire.close()
    until(lambda: not running.server._open)
    assert status(running.raw(GET + b"\r\n")) == 200


def test_sec52_who_asks_over_and_over_is_answered_ever_later(running):
    began = time.monotonic()
    for _ in range(BURST + 3):
        assert status(running.raw(GET + b"\r\n")) == 200
    assert time.monotonic() - began > 2.5 / RATE


def test_it_stops_while_somebody_waits(running):
    with running.open(b"GET") as wire:
        until(lambda: running.server._open)
        running.server.stop()
        assert wire.recv(1) == b""
    with pytest.raises(ConnectionError):
        running.open()


def test_stopped_in_a_crowd_it_leaves_no_connection_open():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(5):
            running = Running()
            wires = [running.open(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(60)]
            running.server.stop()
            for wire in wires:
                wire.close()
            gc.collect()
    assert [str(one.message) for one in told] == []


def test_an_answer_that_is_ready_after_the_end_is_thrown_away(running):
    before = set(threading.enumerate())
    running.go_on.clear()
    with running.open(GET + b"\r\n") as wire:
        until(lambda: running.asked)
        (answering,) = set(threading.enumerate()) - before
        running.server.stop()
        assert wire.recv(1) == b""
    running.go_on.set()
    answering.join(60)
    assert not answering.is_alive()


def test_a_request_has_a_bounded_time():
    assert serving.READING + serving.PATIENCE + serving.LINGER < 60
