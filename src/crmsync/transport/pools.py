"""urllib3 connection pools whose requests have one deadline, the answer's last byte included.

urllib3 times each receive anew, so that an answer that dribbles never ends, and its TLS looks at
the environment. Vendor clients on urllib3 or requests get these pools in place of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from ssl import SSLContext
from time import monotonic
from typing import Any, Final

from typing_extensions import override
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from crmsync.errors import RetryableError
from crmsync.interfaces import Response
from crmsync.transport.decoding import read_whole
from crmsync.transport.tls import tls_context

CONNECTIONS: Final = 8
"""How many connections a pool keeps to one host."""
_CHUNK: Final = 1 << 20


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


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOLS: Final[Mapping[str, type[HTTPConnectionPool]]] = {"http": _Pool, "https": _TLSPool}
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
