"""HubSpot's official client as a transport: its sign-in, its TLS and its connection pool.

The client's own calls are not used: they know no date-named versions, build models that cap a
core at about 2,000 records/s, and read an error's body without any bound.
"""

from __future__ import annotations

from functools import partial
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from time import monotonic
from typing import Any, Final

# The smallest of the client's packages: 160 ms of CPU, 125 of them urllib3 (measured).
from hubspot.crm.owners.api_client import ApiClient
from hubspot.crm.owners.configuration import Configuration
from typing_extensions import override
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from crmsync import __version__
from crmsync.durations import parse_duration
from crmsync.interfaces import Request, Response, Transport
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.transport.decoding import read_whole
from crmsync.transport.exceptions import of_exception
from crmsync.transport.redaction import reveal
from crmsync.transport.urls import Origin

_CHUNK: Final = 1 << 20
_CONNECTIONS: Final = 8


class HubSpotTransport(Transport):
    """One client with one connection pool, for all threads of a run."""

    def __init__(self, settings: HubSpotSettings) -> None:
        configuration = Configuration(host=settings.base_url.rstrip("/"))
        configuration.access_token = reveal(settings.access_token)
        configuration.retries = False
        configuration.connection_pool_maxsize = _CONNECTIONS
        client = ApiClient(configuration)
        client.user_agent = f"crmsync/{__version__}"
        self._headers: dict[str, str] = dict(client.default_headers)
        client.update_params_for_auth(self._headers, [], ["oauth2"])
        self._headers["Accept-Encoding"] = "gzip" if settings.compress else "identity"
        self._pools = client.rest_client.pool_manager
        self._pools.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        self._host = Origin.parse(settings.base_url).host
        self._deadline = parse_duration(settings.timeout)
        self._cap = settings.max_page_bytes

    @override
    def send(self, request: Request) -> Response:
        try:
            answer = self._pools.urlopen(
                request.method,
                request.url,
                body=request.body or None,
                headers={**self._headers, **request.headers},
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
                timeout=Timeout(total=self._deadline),
            )
            return self._read(answer)
        except (HTTPError, OSError) as error:
            raise of_exception(error, sent=True, host=self._host) from error

    @override
    def close(self) -> None:
        self._pools.clear()

    def _read(self, answer: BaseHTTPResponse) -> Response:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        encoding = headers.get("content-encoding", "").strip().lower()
        try:
            chunks = iter(partial(answer.read, _CHUNK), b"")
            body = read_whole(chunks, encoding=encoding, max_bytes=self._cap)
        except BaseException:
            answer.close()  # the rest of its body is still on the way: not for the next request
            raise
        return Response(answer.status, headers, body)


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


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection
