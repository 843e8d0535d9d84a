"""A proxy before the sandbox that passes requests on and may bring back another answer.

What it passed on, what was answered and what it brought back it writes down: which answers were
whole and honest is known without crmsync.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, NamedTuple, Self

from crmsync.testing.servers import FaultServer, Play, Received

_NOT_PASSED_ON: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})
BODILESS: Final = frozenset({204, 304})


class Reply(NamedTuple):
    """An answer as one reads it: header names in lower case, the body decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def wire(self, *, close: bool = False) -> Wire:
        """It, as bytes."""
        fields = {"content-length": str(len(self.body))} if self.status not in BODILESS else {}
        fields = {**self.headers, **fields}
        lines = [f"HTTP/1.1 {self.status} x", *(f"{name}: {fields[name]}" for name in fields)]
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        return Wire((head + self.body,), close=close)


class Wire(NamedTuple):
    """What goes over the wire: parts, *every* so many seconds one, and how it ends."""

    parts: tuple[bytes, ...]
    close: bool = True
    every: float = 0.0
    reset: bool = False


class Mutant(NamedTuple):
    """An answer that was changed on its way.

    Attributes:
        kind: What was done to it.
        arrives: What one who reads it to the letter gets; None where that is no whole answer.
    """

    kind: str
    wire: Wire
    arrives: Reply | None


class Exchange(NamedTuple):
    """One request to the system that is watched, and what came of it.

    Attributes:
        passed: What the sandbox answered; None where it was never asked.
        arrives: What came back to crmsync, None where that was no whole answer.
        mutation: What was done to the answer; empty where nothing was.
    """

    request: Received
    passed: Reply | None
    arrives: Reply | None
    mutation: str = ""


Mutate = Callable[[Received, Reply], Mutant | None]
"""Changes the answer to a request; None leaves it as it is."""

Refuse = Callable[[Received], Mutant | None]
"""Answers in the sandbox's place; None lets the sandbox answer."""


class Relay:
    """Stands before a sandbox.

    Attributes:
        url: Its own address.
        watched: The exchanges with the system that is watched, since `watch`.
    """

    def __init__(self, upstream: str) -> None:
        host, _, port = upstream.removeprefix("http://").rpartition(":")
        self._upstream = (host, int(port))
        self._server = FaultServer(self._play)
        self.url = self._server.url
        self.watched: list[Exchange] = []
        self._system = ""
        self._mutate: Mutate = lambda _, __: None
        self._refuse: Refuse = lambda _: None
        self._lock = threading.Lock()
        self._all: list[http.client.HTTPConnection] = []
        self._free: list[http.client.HTTPConnection] = []

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)
        for connection in self._all:
            connection.close()

    def watch(
        self, system: str, mutate: Mutate = lambda _, __: None, refuse: Refuse = lambda _: None
    ) -> None:
        """Begin anew: watch a system's exchanges, and do this to their answers."""
        self._server.received.clear()
        self.watched = []
        self._system, self._mutate, self._refuse = system, mutate, refuse

    def _play(self, request: Received) -> Play:
        def play(connection: socket.socket, closing: threading.Event) -> bool:
            return _put(connection, closing, self._answer(request))

        return play

    def _answer(self, request: Received) -> Wire:
        if not request.target.startswith(f"/{self._system}/"):
            return self._passed_on(request).wire()
        if (instead := self._refuse(request)) is not None:
            self.watched.append(Exchange(request, None, instead.arrives, instead.kind))
            return instead.wire
        reply = self._passed_on(request)
        mutant = self._mutate(request, reply)
        if mutant is None:
            self.watched.append(Exchange(request, reply, reply))
            return reply.wire()
        self.watched.append(Exchange(request, reply, mutant.arrives, mutant.kind))
        return mutant.wire

    def _passed_on(self, request: Received) -> Reply:
        """The sandbox's answer, uncompressed."""
        with self._lock:
            connection = self._free.pop() if self._free else self._connected()
        headers = {**request.headers, "accept-encoding": "identity"}
        connection.request(request.method, request.target, request.body, headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        kept = {name: found[name] for name in found if name not in _NOT_PASSED_ON}
        reply = Reply(answer.status, kept, answer.read())
        with self._lock:
            self._free.append(connection)
        return reply

    def _connected(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(*self._upstream, timeout=20)
        self._all.append(connection)
        return connection


def _put(connection: socket.socket, closing: threading.Event, wire: Wire) -> bool:
    for part in wire.parts:
        connection.sendall(part)
        if wire.every and closing.wait(wire.every):
            return False
    if wire.reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return not wire.close
