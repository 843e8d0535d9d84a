"""The status page, put together: what `crmsync daemon --http` starts beside the daemon."""

from __future__ import annotations

from contextlib import suppress

from crmsync.config.loading import Loaded
from crmsync.errors import LedgerError
from crmsync.interfaces import Clock
from crmsync.web.access import Access
from crmsync.web.addresses import Address, bind, parse
from crmsync.web.application import Application
from crmsync.web.rendering import HEADERS
from crmsync.web.retries import Retries
from crmsync.web.server import Server
from crmsync.web.watching import Watch, Watched
from crmsync.wiring import Paces


class StatusPage:
    """The page at one address.

    Attributes:
        address: Where it listens, once it was made.

    Raises:
        ConfigError: It cannot listen there, or may not without a token.
    """

    def __init__(
        self, text: str, daemon: Watched, clock: Clock, paces: Paces | None = None
    ) -> None:
        address = parse(text)
        self._access = _access(address, daemon.loaded, clock)  # before anything listens
        listener, self.address = bind(address)
        if self.address != address:
            self._access = _access(self.address, daemon.loaded, clock)
        self._watch = Watch(daemon, clock, paces)
        self._retries = Retries(self._watch.paces)
        self._application = application = Application(self._watch, self._access, self._retries)
        self._server = Server(listener, application, at_once=application.at_once, headers=HEADERS)

    def start(self) -> None:
        """Begin to answer; returns when it does."""
        with suppress(LedgerError):  # each page says so; counting begins when it can
            self._application.start()
        self._server.start()

    def stop(self) -> None:
        """Answer no more, and ask a retry that is under way to end."""
        self._retries.stop()
        self._server.stop()
        self._watch.close()


def _access(address: Address, loaded: Loaded, clock: Clock) -> Access:
    asked = loaded.config.daemon
    token = asked.http_token.reveal() if asked.http_token is not None else None
    return Access(address, token=token, hosts=asked.http_hosts, clock=clock)
