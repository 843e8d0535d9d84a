"""What a platform's test gives, and how the laws open its destination."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import pytest

from crmsync.adapters import Context, DestinationPlugin
from crmsync.errors import CrmsyncError
from crmsync.interfaces import Answer, Destination, Response
from crmsync.payloads import Fields
from crmsync.testing.clocks import FakeClock
from crmsync.testing.servers import FaultServer, Play, Received, reply

ErrorT = TypeVar("ErrorT", bound=CrmsyncError)

BRACKETS, COMMA = 2, 1
"""What the engine counts besides payloads when it fills a batch."""
NOWHERE = "http://127.0.0.1"
"""An address for settings that nothing is sent by."""


class Platform(ABC):
    """A platform, as its test describes it.

    Attributes:
        plugin: The plugin under test.
        secrets: Every credential in `table`. Let none be part of another.
        anew: Headers, in lower case, that prove a request and are made anew for each try.
        patience: Seconds within which what should happen at once happens.
    """

    plugin: DestinationPlugin
    secrets: tuple[str, ...]
    anew: frozenset[str] = frozenset()
    patience: float = 3.0

    @abstractmethod
    def table(self) -> Mapping[str, Any]:
        """The account's table in the configuration, the least that is needed.

        Without `base_url`, `timeout` and `rate_limit`, which the laws set.
        """

    @abstractmethod
    def payload(self, number: int) -> Fields:
        """A payload that fits. Different numbers have different keys."""

    @abstractmethod
    def taken(self, numbers: Sequence[int]) -> Response:
        """The answer to the batch of these payloads, where all of it was taken."""

    @abstractmethod
    def refused(self, positions: Sequence[int]) -> Response | None:
        """The answer that refuses these positions by name; None where there is none such."""

    def mistaken(self) -> Response | None:
        """An accepting answer about another batch than that of payload 0; None where none tells."""
        return None

    @cached_property
    def tailored(self) -> DestinationPlugin:
        """The plugin as the account's settings change it."""
        return self.plugin.tailor(self.plugin, self.settings(NOWHERE))

    @property
    def several(self) -> tuple[int, ...]:
        """The numbers of a small batch: three payloads where a request takes so many."""
        return tuple(range(min(3, self.tailored.limits.max_payloads)))

    def settings(self, url: str, **keys: Any) -> Any:
        """The account's settings, as the configuration makes them."""
        table = {**self.table(), "base_url": url, "timeout": "10s", **keys}
        return self.plugin.settings.model_validate(table)

    def body(self, number: int) -> bytes:
        """A payload, encoded."""
        return self.tailored.encode(self.payload(number))

    def repeatable(self) -> str:
        """The first method whose payloads may be sent again; without one the law is skipped."""
        method = next((one for one in self.plugin.methods if one not in self.plugin.once), None)
        if method is None:
            pytest.skip("this platform takes nothing twice")
        return method

    @contextmanager
    def opened(
        self,
        url: str,
        *,
        clock: FakeClock | None = None,
        retry_for: float = 60.0,
        max_wait: float = 900.0,
        **keys: Any,
    ) -> Iterator[Destination]:
        """The account at an address; *keys* change its table."""
        context = Context(
            name=self.plugin.name,
            clock=clock or FakeClock(),
            retry_for=retry_for,
            max_wait=max_wait,
        )
        destination = self.plugin.open(self.settings(url, **keys), context)
        try:
            yield destination
        finally:
            destination.close()

    @contextmanager
    def at(
        self,
        script: Iterable[Play | Response] | Callable[[Received], Play],
        clock: FakeClock | None = None,
        **how: Any,
    ) -> Iterator[tuple[Destination, FaultServer]]:
        """The account at a server that plays the script; *how* is told by `opened`."""
        plays = script if callable(script) else [played(one) for one in script]
        with FaultServer(plays) as server, self.opened(server.url, clock=clock, **how) as account:
            yield account, server

    def push(
        self, destination: Destination, numbers: Sequence[int] = (0,), method: str = ""
    ) -> Answer:
        """Push these payloads as one batch, by the first method where none is named."""
        bodies = [self.body(number) for number in numbers]
        return destination.push(bodies, method=method or self.plugin.methods[0])

    def fails(
        self,
        kind: type[ErrorT],
        script: Iterable[Play | Response] | Callable[[Received], Play],
        *,
        numbers: Sequence[int] = (0,),
        method: str = "",
        **how: Any,
    ) -> tuple[ErrorT, FaultServer]:
        """The error that a push ends with, and the server that it met; see `opened`."""
        with self.at(script, **how) as (destination, server), pytest.raises(kind) as caught:
            self.push(destination, numbers, method)
        return caught.value, server


def played(step: Play | Response) -> Play:
    """A play, made of an answer where it is none yet."""
    return reply(step.status, step.body, step.headers) if isinstance(step, Response) else step
