"""Where messages and signs of life go: an address, or a command of the operator's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final, NamedTuple, Protocol
from urllib.parse import SplitResult

from typing_extensions import override

from crmsync.alerts.commands import run_command
from crmsync.alerts.messages import encoded
from crmsync.errors import ConfigError, CrmsyncError, FatalError, RetryableError
from crmsync.interfaces import Clock, Request, Response, Transport
from crmsync.receipts import Problem
from crmsync.reports import JSONObject
from crmsync.secrets import Secret
from crmsync.transport.failures import classify, named
from crmsync.transport.http import HttpTransport
from crmsync.transport.redaction import register, reveal
from crmsync.transport.urls import Origin, split_url

# So few, so close: a run waits for them. healthchecks.io's own examples have curl try three more
# times: https://healthchecks.io/docs/signaling_failures/, read 2026-11-22.
PAUSES: Final = (1.0, 3.0)
"""Seconds before a second and a third try."""

MAX_ANSWER: Final = 1 << 16
"""Bytes of an answer, which nobody reads."""


SECRET: Final = 8
"""Characters from which on an address's path and query are scrubbed; a shorter one is a word."""


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
        """The host of the address, and its port. Raises ConfigError where it is no address."""
        return str(self._parts()[0]).partition("://")[2]

    def send(
        self,
        method: str,
        body: bytes = b"",
        *,
        suffix: str = "",
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        """Send one request, tried again after each of *pauses* where that may help.

        *suffix* is put after the address's path. What may have arrived is sent again: twice
        is better than never.
        """
        origin, parts = self._parts()
        query = f"?{parts.query}" if parts.query else ""
        target = f"{parts.path.rstrip('/') if suffix else parts.path}{suffix}" or "/"
        headers = {"content-type": "application/json"} if body else {}
        request = Request(method, f"{target}{query}", headers, body)
        with closing(self._connect(str(origin), self._timeout)) as transport:
            self._tried(transport, request, pauses)

    def _tried(self, transport: Transport, request: Request, pauses: Sequence[float]) -> None:
        for pause in (*pauses, None):
            error = _asked(transport, request)
            if error is None:
                return
            if not isinstance(error, RetryableError) or pause is None:
                raise FatalError(f"{self.name}: {error.message}", hint=f"check {self.name}")
            self._clock.sleep(pause)

    def _parts(self) -> tuple[Origin, SplitResult]:
        """Where it leads, and all of its parts. What is wrong is said without quoting it."""
        text = reveal(self._secret)
        parts = split_url(text)
        if parts is None or parts.scheme not in {"https", "http"} or not parts.hostname:
            raise self._fault("is no https:// address")
        # Whole, with its slash: a piece may be a word, or a sync's own name.
        opens = parts.path + (f"?{parts.query}" if parts.query else "")
        if len(opens) >= SECRET:
            register(opens)
        if "@" in parts.netloc or "#" in text:
            raise self._fault("has a user name or a fragment, which would not be sent")
        try:
            return Origin.parse(f"{parts.scheme}://{parts.netloc}"), parts
        except ConfigError as error:
            raise self._fault(error.problems[0].message) from error

    def _fault(self, message: str) -> ConfigError:
        told = Problem(self.name, "not_allowed", message)
        return ConfigError([told], hint="write the whole address there: https://host/path")


def _asked(transport: Transport, request: Request) -> CrmsyncError | None:
    try:
        response: Response = transport.send(request)
    except CrmsyncError as error:
        return error
    failed = classify(request, response)
    if failed is None:
        return None
    # By the status alone: the request's path is a secret, and the answer may repeat it.
    kind = RetryableError if isinstance(failed, RetryableError) else FatalError
    return kind(f"answered {named(response.status)}")


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

    def __init__(self, argv: tuple[str, ...], timeout: float, clock: Clock) -> None:
        self.name = "command"
        self.argv = argv
        self._clock = clock
        self._timeout = timeout

    @override
    def tell(self, body: JSONObject) -> None:
        run_command(self.argv, encoded(body), self._clock, timeout=self._timeout)


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
