"""An Akita account: pushes customer accounts, one a request, at a planned rate."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from crmsync.adapters import Context
from crmsync.destinations.akita.answers import ConflictError, classify, id_of
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.destinations.checking import credential, not_verified
from crmsync.errors import StoppedError
from crmsync.interfaces import Answer, CheckResult, Clock, Destination, Request, Traffic, Transport
from crmsync.transport.account import Account
from crmsync.transport.pacing import ALL, Rate
from crmsync.transport.redaction import reveal

# "You can use the exact same request to update Accounts": Akita's article "Creating and
# Updating Accounts via the API", read 2026-11-21.
ACCOUNTS: Final = "/v1/accounts"
METHODS: Final = ("upsert",)


class Turns:
    """Spreads requests evenly over a rate's time.

    A window alone would let a whole minute's requests go at once: a run that is stopped and
    started again would then send two minutes' worth in one. So each request has its turn, and
    *slack* turns that were missed may be made up for.
    """

    def __init__(self, rate: Rate, clock: Clock, *, slack: int) -> None:
        self._clock = clock
        self._interval = rate.seconds / rate.limit
        self._slack = slack * self._interval
        self._next = clock.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the next turn.

        Raises:
            StoppedError: The run was asked to stop; nothing has left.
        """
        with self._lock:
            now = self._clock.monotonic()
            turn = max(self._next, now - self._slack)
            self._next = turn + self._interval
        if turn > now:
            try:
                self._clock.sleep(turn - now)
            except StoppedError as stop:
                stop.maybe_delivered = False
                raise


class Akita(Destination):
    """An Akita account. The key is looked up when it is first needed."""

    def __init__(self, settings: AkitaSettings, context: Context, transport: Transport) -> None:
        self._settings = settings
        self._name = f"destinations.{context.name}"
        self._clock = context.clock
        self._account = Account(
            context, transport=transport, lanes={ALL: settings.rate}, classify=classify
        )

    @property
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""
        return self._account.traffic

    def check(self) -> Iterator[CheckResult]:
        """Check what this machine knows; Akita documents no call that changes nothing."""
        yield credential(f"{self._name}: api_key", self._settings.api_key)
        yield not_verified(
            f"{self._name}: account",
            "Akita documents no call that changes nothing; "
            "the first run shows whether it takes the key",
        )

    def push(self, bodies: Sequence[bytes], *, method: str) -> Answer:
        """Send one encoded account; see `Destination.push`. The answer tells Akita's own id."""
        del method  # there is one
        (body,) = bodies
        request = Request("POST", ACCOUNTS, self._headers, body)
        self._turns.wait()
        try:
            response = self._account.call(request)
        except ConflictError:
            self._turns.wait()
            response = self._account.call(request)
        own = id_of(response)
        told = f"{response.status}, Akita's id {own}" if own else str(response.status)
        return Answer(verified=True, status=told)

    def close(self) -> None:
        """Close its connections."""
        self._account.close()

    @cached_property
    def _turns(self) -> Turns:
        return Turns(self._settings.rate, self._clock, slack=self._settings.in_flight)

    @cached_property
    def _headers(self) -> Mapping[str, str]:
        return {
            "Authorization": f"Bearer {reveal(self._settings.api_key)}",
            "Content-Type": "application/json",
        }
