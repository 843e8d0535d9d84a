"""The one module that imports httpcore: HTTP/1.1 over sockets that keep a total deadline.

httpcore's own timeouts are for each read or write, so that a peer which dribbles can hold a request
forever. Here the sockets themselves know when the whole request must be over.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
from typing_extensions import override

from crmsync.errors import CrmsyncError, FatalError
from crmsync.interfaces import Request, Response
from crmsync.transport.decoding import read_whole
from crmsync.transport.exceptions import of_exception
from crmsync.transport.redaction import safe
from crmsync.transport.tls import tls_context

_WRITE_AT_ONCE: Final = 1 << 18
_VERSIONS: Final = frozenset({b"HTTP/1.1", b"HTTP/1.0"})
_IDLE: Final = 15.0  # seconds that an unused connection is kept
_TELL_THAT_EMPTY: Final = frozenset({"POST", "PUT", "PATCH"})
_BROKEN: Final = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError)


class Wire:
    """A pool of connections to one account."""

    def __init__(self, *, host: str, tls: bool, ca_file: str | None, keep_alive: bool) -> None:
        context = tls_context(ca_file) if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._host = host
        self._netloc = host.partition("://")[2]
        self._now = _Now()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=None if keep_alive else 0,
            keepalive_expiry=_IDLE,
            http1=True,
            http2=False,
            retries=0,
            network_backend=_Backend(self._now),
        )

    def exchange(
        self, request: Request, *, timeout: float, connect_timeout: float, max_bytes: int
    ) -> Response:
        """Send a request and read its answer whole, within *timeout* seconds in all."""
        now = self._now
        now.deadline, now.sent, now.ended = time.monotonic() + timeout, False, False
        limits = {"connect": connect_timeout, "pool": timeout, "read": timeout, "write": timeout}
        try:
            asked = httpcore.Request(
                request.method,
                _url(request.url),
                headers=self._headers(request),
                content=request.body,
                extensions={"timeout": limits},
            )
            with closing(self._pool.handle_request(asked)) as answer:
                self._check_version(answer)
                return _whole(answer, max_bytes)
        except _BROKEN as error:
            raise self._translated(error) from error

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _headers(self, request: Request) -> list[tuple[bytes | str, bytes | str]]:
        headers = {"host": self._netloc, **request.headers}
        if request.body or request.method in _TELL_THAT_EMPTY:
            headers["content-length"] = str(len(request.body))
        return [*headers.items()]

    def _check_version(self, answer: httpcore.Response) -> None:
        """HTTP/9.9 is read as if it were known, and nobody knows what its 200 means."""
        version = answer.extensions.get("http_version", b"")
        if version not in _VERSIONS:
            raise FatalError(
                f"{self._host}: the answer is no HTTP (its version is {safe(repr(version))})",
                hint="check base_url: something else may listen there",
            )

    def _translated(self, error: Exception) -> CrmsyncError:
        """Tell a cut answer, which passes, from one that is no HTTP, which does not."""
        if isinstance(error, httpcore.RemoteProtocolError) and not self._now.ended:
            return FatalError(
                f"{self._host}: the answer is no HTTP ({str(error)[:100]})",
                hint="check base_url: something else may listen there",
            )
        return of_exception(error, sent=self._now.sent, host=self._host)


def _url(url: str) -> httpcore.URL:
    """As it stands, but for its fragment. httpcore itself would leave out what follows a `;`."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return httpcore.URL(
        scheme=parts.scheme.encode(),
        host=(parts.hostname or "").encode(),
        port=parts.port,
        target=target.encode(),
    )


def _whole(answer: httpcore.Response, max_bytes: int) -> Response:
    headers = _by_name(answer.headers)
    encoding = headers.get("content-encoding", "").strip().lower()
    chunks = answer.stream
    if not isinstance(chunks, Iterable):  # an asynchronous stream, which no pool of ours makes
        raise TypeError(type(chunks))
    return Response(
        answer.status, headers, read_whole(chunks, encoding=encoding, max_bytes=max_bytes)
    )


def _by_name(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in lower case; of one that comes twice, all values."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in found.items()}


class _Now(threading.local):
    """What the thread's present request may still take, and how far it came."""

    deadline = 0.0
    sent = False
    ended = False

    def left(self, timeout: float | None, expired: type[Exception]) -> float:
        """Seconds that the next step may take; raises *expired* where none are left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise expired("the request's deadline has passed")
        return left if timeout is None else min(left, timeout)


class _Backend(httpcore.SyncBackend):
    def __init__(self, now: _Now) -> None:
        self._now = now

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._now.left(timeout, httpcore.ConnectTimeout)
        stream = super().connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream, self._now)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline of the request that uses it."""

    def __init__(self, inner: httpcore.NetworkStream, now: _Now) -> None:
        self._inner = inner
        self._now = now

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._now.left(timeout, httpcore.ReadTimeout))
        if not data:
            self._now.ended = True
        return data

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        now = self._now
        for start in range(0, len(buffer), _WRITE_AT_ONCE):
            left = now.left(timeout, httpcore.WriteTimeout)
            now.sent = True
            self._inner.write(buffer[start : start + _WRITE_AT_ONCE], left)

    @override
    def close(self) -> None:
        self._inner.close()

    @override
    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._now.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._now)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
