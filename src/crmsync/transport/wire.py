"""One account's connections: HTTP/1.1 as h11 speaks it, over sockets that keep a total deadline.

With a limit for each read or write, a peer which dribbles can hold a request forever. Here every
step ends when the whole request must be over. Why by hand: docs/adr/0013.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import quote, urlsplit

import h11

from crmsync.errors import CrmsyncError, FatalError
from crmsync.interfaces import Request, Response
from crmsync.transport.decoding import read_whole
from crmsync.transport.exceptions import of_exception
from crmsync.transport.redaction import safe
from crmsync.transport.tls import tls_context
from crmsync.transport.urls import Origin

_AT_ONCE: Final = 1 << 18
_READ: Final = 1 << 16
_LARGEST_HEAD: Final = 100 * 1024
_VERSIONS: Final = frozenset({b"1.1", b"1.0"})
_IDLE: Final = 15.0  # seconds that an unused connection is kept
_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
# All that may stand in an address but what browsers escape in a path too:
# https://url.spec.whatwg.org/#percent-encoded-bytes, read 2026-11-22.
_IN_PATHS: Final = "!$%&'()*+,-./:;=@[\\]^_|~"
_IN_QUERIES: Final = f"{_IN_PATHS}?`{{}}"


class WireError(Exception):
    """A step of a request failed; its cause is what the socket raised."""


class ConnectTimeoutError(WireError):
    """No connection in time; nothing was sent."""


class ConnectError(WireError):
    """No connection, or none that is encrypted; nothing was sent."""


class WriteTimeoutError(WireError):
    """The request was not taken in time."""


class WriteError(WireError):
    """The connection broke while the request was sent."""


class ReadTimeoutError(WireError):
    """No whole answer in time."""


class ReadError(WireError):
    """The connection broke before the answer was whole."""


class Wire:
    """The connections to one origin, for all threads."""

    def __init__(self, origin: Origin, *, ca_file: str | None, keep_alive: bool) -> None:
        self._origin = origin
        self._tls = tls_context(ca_file) if origin.scheme == "https" else None
        if self._tls is not None:
            self._tls.set_alpn_protocols(["http/1.1"])
        self._keep_alive = keep_alive
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()

    def exchange(
        self, request: Request, *, timeout: float, connect_timeout: float, max_bytes: int
    ) -> Response:
        """Send a request and read its answer whole, within *timeout* seconds in all."""
        deadline = time.monotonic() + timeout
        connection = self._kept()
        try:
            if connection is None:
                stream = _connected(self._origin, self._tls, connect_timeout, deadline)
                connection = _Connection(stream)
            connection.begin(deadline)
            connection.send(self._head(request), request.body)
            answer = connection.answer()
            self._check_version(answer)
            headers = _headers(answer)
            encoding = headers.get("content-encoding", "").strip().lower()
            body = read_whole(connection.body(), encoding=encoding, max_bytes=max_bytes)
            return Response(answer.status_code, headers, body)
        except (WireError, h11.ProtocolError, OSError) as error:
            raise self._translated(error, connection) from error
        finally:
            if connection is not None:
                self._keep(connection)

    def close(self) -> None:
        """Close every connection; those in use when their request is over."""
        with self._lock:
            idle, self._idle, self._keep_alive = self._idle, [], False
        for connection in idle:
            connection.close()

    def _kept(self) -> _Connection | None:
        """A connection that was used before and is still open."""
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_live():
                    return connection
                connection.close()
        return None

    def _keep(self, connection: _Connection) -> None:
        with self._lock:
            if self._keep_alive and connection.renew():
                self._idle.append(connection)
                return
        connection.close()

    def _head(self, request: Request) -> h11.Request:
        headers = dict(request.headers)
        if "host" not in headers:
            headers = {"Host": str(self._origin).partition("://")[2], **headers}
        if "content-length" not in headers and (request.body or request.method in _WITH_LENGTH):
            headers["Content-Length"] = str(len(request.body))
        return h11.Request(
            method=request.method, target=_target(request.url), headers=list(headers.items())
        )

    def _check_version(self, answer: h11.Response) -> None:
        """HTTP/9.9 is read as if it were known, and nobody knows what its 200 means."""
        version = bytes(answer.http_version)
        if version not in _VERSIONS:
            raise FatalError(
                f"{self._origin}: the answer is no HTTP "
                f"(its version is {safe(repr(b'HTTP/' + version))})",
                hint="check base_url: something else may listen there",
            )

    def _translated(self, error: Exception, connection: _Connection | None) -> CrmsyncError:
        """Tell a cut answer, which passes, from one that is no HTTP, which does not."""
        if isinstance(error, h11.RemoteProtocolError) and not (connection and connection.ended):
            return FatalError(
                f"{self._origin}: the answer is no HTTP ({str(error)[:100]})",
                hint="check base_url: something else may listen there",
            )
        sent = connection is not None and connection.sent
        return of_exception(error, sent=sent, host=str(self._origin))


class _Connection:
    """A connection for one request after the other.

    Attributes:
        sent: Whether a byte of the present request may have left.
        ended: Whether the peer has said all that it will.
    """

    def __init__(self, stream: socket.socket) -> None:
        self._socket = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._deadline = 0.0
        self._unused_since = 0.0
        self.sent = False
        self.ended = False

    def begin(self, deadline: float) -> None:
        """All that follows is of one request, which must be over then."""
        self._deadline, self.sent, self.ended = deadline, False, False

    def send(self, head: h11.Request, body: bytes) -> None:
        """Send a request. One that the peer would not take whole may be answered all the same."""
        with suppress(WriteError):
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self._write(self._http.send(event) or b"")

    def answer(self) -> h11.Response:
        """The head of the answer itself, whatever was announced before."""
        while not isinstance(event := self._next(), h11.Response):
            pass
        return event

    def body(self) -> Iterator[bytes]:
        """What comes after it, as it comes."""
        while isinstance(event := self._next(), h11.Data):
            yield bytes(event.data)

    def renew(self) -> bool:
        """Whether another request may follow; it may not where this one was not ended well."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._unused_since = time.monotonic()
        return True

    def is_live(self) -> bool:
        """Whether an unused connection may be used: a peer that says something hangs up."""
        if time.monotonic() - self._unused_since > _IDLE:
            return False
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        return not waiting.poll(0)

    def close(self) -> None:
        self._socket.close()

    def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            with _step(ReadTimeoutError, ReadError):
                self._socket.settimeout(_left(self._deadline))
                data = self._socket.recv(_READ)
            self.ended = not data
            self._http.receive_data(data)
        return event

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            with _step(WriteTimeoutError, WriteError):
                self._socket.settimeout(_left(self._deadline))
                self.sent = True
                rest = rest[self._socket.send(rest[:_AT_ONCE]) :]


def _connected(
    origin: Origin, tls: ssl.SSLContext | None, timeout: float, deadline: float
) -> socket.socket:
    """A new connection; *timeout* seconds for it, and as many for its encryption."""
    with _step(ConnectTimeoutError, ConnectError):
        wait = min(timeout, _left(deadline))
        stream = socket.create_connection((origin.host, origin.port), wait)
        try:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.settimeout(min(timeout, _left(deadline)))
            return tls.wrap_socket(stream, server_hostname=origin.host) if tls else stream
        except BaseException:
            stream.close()
            raise


@contextmanager
def _step(late: type[WireError], broken: type[WireError]) -> Iterator[None]:
    """Tell at which step of a request a socket failed."""
    try:
        yield
    except TimeoutError as error:
        raise late from error
    except OSError as error:
        raise broken from error


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the request's deadline has passed")
    return left


def _target(url: str) -> str:
    """What is asked for: the path and the query, with all escaped that no request may hold."""
    parts = urlsplit(url)
    query = f"?{quote(parts.query, safe=_IN_QUERIES)}" if parts.query else ""
    return (quote(parts.path, safe=_IN_PATHS) or "/") + query


def _headers(answer: h11.Response) -> Mapping[str, str]:
    """By their names in lower case; what comes several times, joined."""
    headers: dict[str, str] = {}
    for raw, value in answer.headers:
        name, text = raw.decode("ascii"), _text(value)
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
