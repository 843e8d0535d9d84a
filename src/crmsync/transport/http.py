"""One HTTP request, once: total deadline, byte cap, no redirects, no retry, one origin."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from crmsync import __version__
from crmsync.errors import ConfigError
from crmsync.interfaces import Request, Response, Transport
from crmsync.receipts import Problem
from crmsync.transport.urls import Origin

if TYPE_CHECKING:
    from crmsync.transport.wire import Wire

MAX_BYTES: Final = 64 * 1024 * 1024
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?|")
_OURS: Final = {"user-agent": f"crmsync/{__version__}", "accept-encoding": "gzip"}


class HttpTransport(Transport):
    """Sends requests to one account's origin over kept-alive HTTP/1.1 connections.

    Proxies, .netrc and certificates from the environment are not looked at. A request's URL
    is a path (put after the base URL's own) or an absolute URL of the same origin.

    Args:
        base_url: `https://…`; `http://…` for loopback hosts only.
        timeout: Seconds that a whole request may take, connecting and a slow body included.
            Looking up a name is not bounded by it: the system's resolver has its own limits.
        connect_timeout: Seconds that connecting may take.
        max_bytes: The most that a body may come to, decompressed.
        ca_file: Trust these authorities (PEM) instead of the well-known ones.
        keep_alive: Whether connections are used again. Events go over fresh ones: a kept one
            may break just when it is used, and leave it open whether the request arrived.

    Raises:
        ConfigError: The base URL is not allowed.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float,
        connect_timeout: float = 5.0,
        max_bytes: int = MAX_BYTES,
        ca_file: str | None = None,
        keep_alive: bool = True,
    ) -> None:
        self._origin = Origin.parse(base_url)
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._max_bytes = max_bytes
        self._ca_file = ca_file
        self._keep_alive = keep_alive
        self._wire: Wire | None = None
        self._lock = threading.Lock()

    @override
    def send(self, request: Request) -> Response:
        """Send it and read the whole answer, whatever its status.

        Raises:
            RetryableError: No whole answer came. `maybe_delivered` where a byte had left.
            FatalError: The answer is no HTTP, is larger than the cap, is in an encoding that
                was not asked for, or comes with a certificate that is not trusted; or the URL
                points elsewhere.
            ConfigError: A header holds what no header may.
        """
        whole = request._replace(
            url=self._origin.resolve(request.url),
            headers={**_OURS, **_checked(request.headers)},
        )
        return self._connected().exchange(
            whole,
            timeout=self._timeout,
            connect_timeout=self._connect_timeout,
            max_bytes=self._max_bytes,
        )

    @override
    def close(self) -> None:
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _connected(self) -> Wire:
        with self._lock:
            if self._wire is None:
                # A quarter of a second to import, which commands without requests need not pay.
                from crmsync.transport.wire import Wire  # noqa: PLC0415

                self._wire = Wire(
                    host=str(self._origin),
                    tls=self._origin.scheme == "https",
                    ca_file=self._ca_file,
                    keep_alive=self._keep_alive,
                )
            return self._wire


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Header names in lower case; refuses what could end a header. Never prints a value."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            message = "holds characters that no header may carry (a line break, perhaps)"
            raise ConfigError(
                [Problem(f"header {name!r}", "not_allowed", message)],
                hint="check the credential or id that is sent in it",
            )
    return {name.lower(): value for name, value in headers.items()}
