"""A server that misbehaves on the wire, for tests over real loopback sockets.

with FaultServer([reply(200, b"{}"), reset()]) as server:
    transport = HttpTransport(server.url, timeout=0.5)
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, Self, TypeAlias

Play: TypeAlias = Callable[[socket.socket, threading.Event], bool]
"""What happens after a request was read: whether the connection stays open. The event is set
when the server closes, so that a play which waits can end."""

_PATIENCE: Final = 10.0


class Received(NamedTuple):
    """One request as it came over the wire. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class FaultServer:
    """Answers each request with the next play; the last play repeats. Loopback only.

    In place of plays in order, a function may choose one by the request; threads share it.

    Attributes:
        url: `http://127.0.0.1:PORT`.
        received: Every whole request, in order of arrival.
        connections: How many were opened.
    """

    def __init__(self, plays: Iterable[Play] | Callable[[Received], Play]) -> None:
        self._plays = [] if callable(plays) else list(plays)
        self._choose = plays if callable(plays) else self._next
        self._closing = threading.Event()
        self._lock = threading.Condition()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received: list[Received] = []
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wait_until_all_are_closed(self, within: float = _PATIENCE) -> None:
        """Wait until the server's end of every connection is closed.

        Raises:
            TimeoutError: One is still open after so many seconds.
        """
        with self._lock:
            if not self._lock.wait_for(lambda: not self._open, within):
                raise TimeoutError("a connection is still open")

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                connection, _ = self._listener.accept()
                with self._lock:
                    self._open.add(connection)
                    self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _next(self, _: Received) -> Play:
        return self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_PATIENCE)
            for request in _requests(connection):
                with self._lock:
                    self.received.append(request)
                    play = self._choose(request)
                if not play(connection, self._closing):
                    break
        with self._lock:
            self._open.discard(connection)
            self._lock.notify_all()


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """An address where nobody listens: connections are refused.

    Its port is held as long as the block lasts, else another server might be given it.
    """
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def reply(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, *, close: bool = False
) -> Play:
    """A whole, honest answer."""
    fields = {"content-length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return raw(f"HTTP/1.1 {status} x\r\n{head}\r\n".encode() + body, close=close)


def raw(*parts: bytes, close: bool = True, every: float = 0.0) -> Play:
    """These bytes, *every* so many seconds one part, then the connection ends if *close*."""

    def play(connection: socket.socket, closing: threading.Event) -> bool:
        for part in parts:
            connection.sendall(part)
            if every and closing.wait(every):
                break
        return not close

    return play


def cut(body: bytes, *, declared: int, headers: Mapping[str, str] | None = None) -> Play:
    """Promises *declared* bytes and ends the connection after *body*."""
    return reply(200, body, {**(headers or {}), "content-length": str(declared)}, close=True)


def reset(before: bytes = b"") -> Play:
    """Some bytes, then a TCP reset."""

    def play(connection: socket.socket, _: threading.Event) -> bool:
        connection.sendall(before)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return play


def hang() -> Play:
    """No answer at all, until the server closes."""

    def play(_: socket.socket, closing: threading.Event) -> bool:
        closing.wait(_PATIENCE)
        return False

    return play


def dribble(data: bytes, *, every: float) -> Play:
    """One byte at a time: each read is quick, the whole never ends."""
    return raw(*(data[i : i + 1] for i in range(len(data))), every=every)


def _requests(connection: socket.socket) -> Iterator[Received]:
    """Whole requests, as they arrive; one that is cut off is none."""
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            if not (more := connection.recv(65_536)):
                return
            buffer += more
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (li.partition(":") for li in lines)
        }
        length = int(headers.get("content-length", "0"))
        while len(buffer) < length:
            if not (more := connection.recv(1 << 20)):
                return
            buffer += more
        method, target, _ = start.split(" ", 2)
        yield Received(method, target, headers, buffer[:length])
        buffer = buffer[length:]
