"""Where messages and signs of life go: an address, or a command of the operator's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from contextlib import closing
from typing import Final, NamedTuple, Protocol
from urllib.parse import SplitResult, urlsplit

from typing_extensions import override

from crmsync.alerts.commands import run_command
from crmsync.alerts.messages import encoded
from crmsync.errors import ConfigError, CrmsyncError, FatalError, RetryableError
from crmsync.interfaces import Clock, Request, Response, Transport
from crmsync.receipts import Problem
from crmsync.reports import JSONObject
from crmsync.secrets import Secret
from crmsync.transport.failures import classify
from crmsync.transport.http import HttpTransport
from crmsync.transport.redaction import register, reveal

# So few, so close: a run waits for them. healthchecks.io's own examples have curl try three more
# times: https://healthchecks.io/docs/signaling_failures/, read 2026-11-22.
PAUSES: Final = (1.0, 3.0)
"""Seconds before a second and a third try."""

MAX_ANSWER: Final = 1 << 16
"""Bytes of an answer, which nobody reads."""


SECRET: Final = 12
"""Characters from which on a part of an address is taken for a secret; a shorter one is a word."""


class Channel(Protocol):
    """A way to tell people. Safe to use from several threads.

    Attributes:
        name: What the configuration calls it.
    """

    name: str

    @abstractmethod
    def tell(self, body: JSONObject) -> None:
        """Tell it. Raises CrmsyncError where it surely or perhaps did not arrive."""


class Address:
    """A web address that is a secret itself: its path or query is what opens it.

    Args:
        name: What the configuration calls it.
        secret: The whole address.
        clock: Waits between two tries.
        timeout: Seconds that one try may take.
        connect: Makes a transport for a base URL; the real one unless a test has its own.
    """

    def __init__(
        self,
        name: str,
        secret: Secret,
        clock: Clock,
        timeout: float,
        connect: Callable[[str, float], Transport] | None = None,
    ) -> None:
        self.name = name
        self._secret = secret
        self._clock = clock
        self._timeout = timeout
        self._connect = connect or _connected

    def check(self) -> str:
        """The host of the address. Raises ConfigError where there is none."""
        return self._parts().netloc

    def send(self, method: str, body: bytes = b"", *, suffix: str = "") -> None:
        """Send one request, tried three times where that may help.

        *suffix* is put after the address's path. What may have arrived is sent again: twice
        is better than never.
        """
        parts = self._parts()
        query = f"?{parts.query}" if parts.query else ""
        target = f"{parts.path.rstrip('/') if suffix else parts.path}{suffix}" or "/"
        headers = {"content-type": "application/json"} if body else {}
        request = Request(method, f"{target}{query}", headers, body)
        with closing(self._connect(f"{parts.scheme}://{parts.netloc}", self._timeout)) as transport:
            self._tried(transport, request)

    def _tried(self, transport: Transport, request: Request) -> None:
        for pause in (*PAUSES, None):
            error = _asked(transport, request)
            if error is None:
                return
            if not isinstance(error, RetryableError) or pause is None:
                raise FatalError(f"{self.name}: {error.message}", hint=f"check {self.name}")
            self._clock.sleep(pause)

    def _parts(self) -> SplitResult:
        text = reveal(self._secret)
        parts = urlsplit(text)
        for piece in (parts.path, parts.query, *parts.path.split("/")):
            if len(piece) >= SECRET:
                register(piece)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            told = Problem(self.name, "not_allowed", "is no https:// address")
            raise ConfigError([told], hint="write the whole address there")
        return parts


def _asked(transport: Transport, request: Request) -> CrmsyncError | None:
    try:
        response: Response = transport.send(request)
    except CrmsyncError as error:
        return error
    return classify(request, response)


def _connected(base_url: str, timeout: float) -> Transport:
    return HttpTransport(base_url, timeout=timeout, max_bytes=MAX_ANSWER)


class Webhook(Channel):
    """Posts each message to an address. *text_alone* is for who takes no other key."""

    def __init__(self, address: Address, *, text_alone: bool) -> None:
        self.name = "webhook"
        self.address = address
        self._text_alone = text_alone

    @override
    def tell(self, body: JSONObject) -> None:
        self.address.send("POST", encoded(body, text_alone=self._text_alone))


class Command(Channel):
    """Gives each message to a command, on its stdin."""

    def __init__(self, argv: tuple[str, ...], timeout: float) -> None:
        self.name = "command"
        self.argv = argv
        self._timeout = timeout

    @override
    def tell(self, body: JSONObject) -> None:
        run_command(self.argv, encoded(body), timeout=self._timeout)


class Pings(NamedTuple):
    """Signs of life.

    Attributes:
        every: Where it goes that every sync is well; None where nobody asks.
        syncs: The same for single syncs, by name.
        also: What else is told, by the suffix of the address: `start`, `fail`.
    """

    every: Address | None
    syncs: dict[str, Address]
    also: frozenset[str]
