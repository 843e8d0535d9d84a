"""The one module that imports httpx: HTTP/1.1 over sockets that keep a total deadline.

httpx's own timeouts are for each read or write, so that a peer which dribbles can hold a request
forever. Here the sockets themselves know when the whole request must be over.
"""

from __future__ import annotations

import ssl
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any, Final

import httpcore
from typing_extensions import override

from crmsync.errors import CrmsyncError, FatalError
from crmsync.interfaces import Request, Response
from crmsync.transport.decoding import read_whole
from crmsync.transport.exceptions import of_exception
from crmsync.transport.redaction import safe
from crmsync.transport.tls import tls_context

# httpx offers a command line of its own, and imports what that needs, rich among it, where it
# finds it. Told that there is none, it does without: that saves a tenth of a second a run.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: "not importable"
import httpx  # noqa: E402 - after the line above

_WRITE_AT_ONCE: Final = 1 << 18
_VERSIONS: Final = frozenset({b"HTTP/1.1", b"HTTP/1.0"})
_IDLE: Final = 15.0  # seconds that an unused connection is kept


class Wire:
    """A pool of connections to one account."""

    def __init__(self, *, host: str, tls: bool, ca_file: str | None, keep_alive: bool) -> None:
        context = tls_context(ca_file) if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._host = host
        self._now = _Now()
        self._pool = _Pool(context, _Backend(self._now), keep_alive=keep_alive)

    def exchange(
        self, request: Request, *, timeout: float, connect_timeout: float, max_bytes: int
    ) -> Response:
        """Send a request and read its answer whole, within *timeout* seconds in all."""
        now = self._now
        now.deadline, now.sent, now.ended = time.monotonic() + timeout, False, False
        limits = {"connect": connect_timeout, "pool": timeout, "read": timeout, "write": timeout}
        try:
            asked = httpx.Request(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body,
                extensions={"timeout": limits},
            )
            with closing(self._pool.handle_request(asked)) as answer:
                self._check_version(answer)
                return _whole(answer, max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._translated(error) from error

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _check_version(self, answer: httpx.Response) -> None:
        """HTTP/9.9 is read as if it were known, and nobody knows what its 200 means."""
        version = answer.extensions.get("http_version", b"")
        if version not in _VERSIONS:
            raise FatalError(
                f"{self._host}: the answer is no HTTP (its version is {safe(repr(version))})",
                hint="check base_url: something else may listen there",
            )

    def _translated(self, error: Exception) -> CrmsyncError:
        """Tell a cut answer, which passes, from one that is no HTTP, which does not."""
        if isinstance(error, httpx.RemoteProtocolError) and not self._now.ended:
            return FatalError(
                f"{self._host}: the answer is no HTTP ({str(error)[:100]})",
                hint="check base_url: something else may listen there",
            )
        return of_exception(error, sent=self._now.sent, host=self._host)


def _whole(answer: httpx.Response, max_bytes: int) -> Response:
    headers: Mapping[str, str] = {name.lower(): value for name, value in answer.headers.items()}
    encoding = headers.get("content-encoding", "").strip().lower()
    chunks = answer.stream
    if not isinstance(chunks, Iterable):  # an asynchronous stream, which no pool of ours makes
        raise TypeError(type(chunks))
    return Response(
        answer.status_code, headers, read_whole(chunks, encoding=encoding, max_bytes=max_bytes)
    )


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


class _Pool(httpx.HTTPTransport):
    """httpx's own transport, over our sockets; it has no public way to hand them in."""

    def __init__(self, context: ssl.SSLContext, backend: _Backend, *, keep_alive: bool) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=None if keep_alive else 0,
            keepalive_expiry=_IDLE,
            http1=True,
            http2=False,
            retries=0,
            network_backend=backend,
        )


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
