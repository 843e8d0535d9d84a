"""urllib3 connection pools whose requests have one deadline, the answer's last byte included.

urllib3 times each receive anew, so that an answer that dribbles never ends, and its TLS looks at
the environment. Vendor clients on urllib3 or requests get these pools in place of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from errno import ECONNRESET, EPROTOTYPE
from functools import cache, partial
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from ssl import SSLContext, SSLError
from time import monotonic
from typing import Any, Final

from typing_extensions import override
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.exceptions import SSLError as WrappedSSLError

from crmsync.errors import CrmsyncError, RetryableError
from crmsync.exchanges import Exchange
from crmsync.interfaces import Request, Response
from crmsync.transport.decoding import read_whole
from crmsync.transport.exceptions import of_exception
from crmsync.transport.tls import tls_context

CONNECTIONS: Final = 8
"""How many connections a pool keeps to one host."""
_CHUNK: Final = 1 << 20
_LEAST: Final = 0.001
"""Seconds: a timeout of none at all would mean to wait for nothing."""


class _Timed(RawIOBase):
    """A socket's bytes until a moment: the pool times each receive, this times the answer."""

    def __init__(self, raw: RawIOBase, source: socket) -> None:
        self._raw = raw
        self._socket = source
        self._end = monotonic() + (source.gettimeout() or 0.0)

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, source: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(source, *args, **kwargs)
        self.fp = BufferedReader(_Timed(self.fp.detach(), source))


class _Connection(HTTPConnection):
    response_class = _Answer


class _TLSConnection(HTTPSConnection):
    response_class = _Answer

    @override
    def connect(self) -> None:
        if self.ssl_context is None:
            self.ssl_context = _trusting()
        super().connect()


@cache
def _trusting() -> SSLContext:
    """One for all connections: reading the authorities takes longer than a handshake."""
    return tls_context(None)


class Pool(HTTPConnectionPool):
    """A pool that can part a request from its answer, which urllib3's own `urlopen` cannot."""

    ConnectionCls: type[HTTPConnection] = _Connection

    def begin(
        self, request: Request, path: str, *, deadline: float, max_bytes: int
    ) -> Exchange[Response]:
        """Send a request and leave its answer for later.

        Args:
            request: Its headers are all that are sent, but for those that make it HTTP.
            path: Its address without the site, which is the pool's.
            deadline: Seconds for sending it and for the answer's last byte, together.
            max_bytes: As of `read_answer`.

        Raises:
            CrmsyncError: As `of_exception` tells.
        """
        begun = monotonic()
        try:
            connection: Any = self._get_conn()
        except HTTPError as error:
            raise self._failure(error) from error
        connection.timeout = deadline
        try:
            if connection.is_closed:
                connection.connect()
            _send(connection, request, path)
        except BaseException as error:
            self._put_back(connection, whole=False)
            if isinstance(error, HTTPError | HTTPException | OSError):
                raise self._failure(error) from error
            raise
        connection.timeout = max(deadline - (monotonic() - begun), _LEAST)
        return Exchange(
            partial(self._answer, connection, max_bytes),
            partial(self._put_back, connection, whole=False),
        )

    def _answer(self, connection: Any, max_bytes: int) -> Response:
        whole = False
        try:
            response = read_answer(connection.getresponse(), max_bytes=max_bytes)
            whole = True
        except (HTTPError, HTTPException, OSError) as error:
            raise self._failure(error) from error
        finally:
            self._put_back(connection, whole=whole)
        return response

    def _put_back(self, connection: Any, *, whole: bool) -> None:
        """Keep a connection for another request; it is opened anew where more was to come."""
        if not whole:
            connection.close()
        self._put_conn(connection)

    def _failure(self, error: BaseException) -> CrmsyncError:
        """Our error for what was raised: by its class in urllib3, whose `urlopen` wraps others."""
        if isinstance(error, SSLError):
            error = WrappedSSLError(error)
        elif isinstance(error, HTTPException | OSError) and not isinstance(error, TimeoutError):
            error = ProtocolError("Connection aborted.", error)
        return of_exception(error, sent=True, host=self.host)


def _send(connection: Any, request: Request, path: str) -> None:
    try:
        connection.request(
            request.method,
            path,
            body=request.body or None,
            headers=request.headers,
            preload_content=False,
            decode_content=False,
        )
    except OSError as error:
        # Who answers before a request has come whole may stop listening: the answer counts.
        if not isinstance(error, BrokenPipeError) and error.errno not in (ECONNRESET, EPROTOTYPE):
            raise


class _TLSPool(Pool, HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOLS: Final[Mapping[str, type[Pool]]] = {"http": Pool, "https": _TLSPool}
"""What a pool manager's `pool_classes_by_scheme` is set to."""


def read_answer(answer: BaseHTTPResponse, *, max_bytes: int) -> Response:
    """Read an answer whole that was asked for without preloading or decoding.

    Raises:
        RetryableError, FatalError: As `read_whole`; the connection is not used again then.
        HTTPError, OSError: The connection broke, or the deadline passed; likewise.
    """
    headers = {name.lower(): value for name, value in answer.headers.items()}
    encoding = headers.get("content-encoding", "").strip().lower()
    try:
        chunks = iter(partial(answer.read, _CHUNK), b"")
        body = read_whole(chunks, encoding=encoding, max_bytes=max_bytes)
    except ValueError as error:  # a chunk's length below 0, which urllib3 asks the socket for
        answer.close()
        message = "the answer's chunks are none (a length is no length)"
        raise RetryableError(message, maybe_delivered=True) from error
    except BaseException:
        answer.close()  # the rest of its body is still on the way: not for the next request
        raise
    return Response(answer.status, headers, body)
