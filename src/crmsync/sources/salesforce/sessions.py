"""The session that requests go out in: one for all threads, replaced once when it has died."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final, NamedTuple

from crmsync.errors import ConfigError, CredentialsError
from crmsync.logs import SIGN_IN_ENDS, event
from crmsync.sources.salesforce.client import Grant
from crmsync.sources.salesforce.objects import long_id
from crmsync.sources.salesforce.settings import SalesforceSettings
from crmsync.transport.redaction import register, safe
from crmsync.transport.urls import Origin
from crmsync.values import Value

# Session ids and OAuth tokens begin with the org's id and "!" where they are opaque: observed,
# undocumented. Signing in by SOAP tells the org in no other place that the library keeps.
_ORG: Final = re.compile(r"(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)!")
# `https://login.salesforce.com/id/<org>/<user>`: Salesforce Help, "Identity URLs", read
# 2026-11-21.
_ORG_URL: Final = re.compile(r"/id/(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)/")
_TOKEN: Final = re.compile(r"[!-;=?-~]{6,8192}")
"""What a header may carry, and no XML."""
_MY_DOMAIN: Final = ".my.salesforce.com"
_LIGHTNING: Final = ".lightning.force.com"
_DEAD_IN_A_ROW: Final = 2


class Org(NamedTuple):
    """Which org it is.

    Attributes:
        id: Its id, 18 characters; empty where signing in did not tell.
        instance: The address of its API, without a slash at the end.
        lightning: Where people see its records, likewise.
    """

    id: str
    instance: str
    lightning: str


class Session(Value):
    """An open session.

    Attributes:
        token: What requests carry.
        origin: The only place that they may carry it to.
        org: Whose it is.
    """

    token: str = field(repr=False)
    origin: Origin
    org: Org

    @property
    def headers(self) -> Mapping[str, str]:
        """What signs a request."""
        return {"Authorization": f"Bearer {self.token}"}


class Sessions:
    """Hands out the session. Safe to use from several threads.

    Args:
        settings: Where it may go.
        account: The account's name, for messages.
        sign_in: Asks Salesforce for a new one; called by one thread at a time.
    """

    def __init__(
        self, settings: SalesforceSettings, account: str, sign_in: Callable[[], Grant]
    ) -> None:
        self._settings = settings
        self._account = account
        self._sign_in = sign_in
        self._login = Origin.parse(settings.login_url)
        self._lock = threading.Lock()
        self._open: Session | None = None
        self._dead = 0
        self._warned = not settings.ends

    def current(self) -> Session:
        """The open session; signs in where there is none.

        Raises:
            CredentialsError: Salesforce refuses, or names a host that is not allowed.
            RetryableError: Salesforce cannot be reached now.
        """
        with self._lock:
            if self._open is None:
                self._warn()
                self._open = self._begun(self._sign_in())
            return self._open

    def expire(self, session: Session) -> bool:
        """Put away a session that Salesforce does not take any more.

        Gives whether the request may go out again: not where the session before was refused
        too, and nothing was answered since.
        """
        with self._lock:
            if session is self._open:
                self._open = None
                self._dead += 1
            return self._dead < _DEAD_IN_A_ROW

    def prove(self, session: Session) -> None:
        """Remember that a request was answered in this session."""
        with self._lock:
            if session is self._open:
                self._dead = 0

    def _warn(self) -> None:
        if not self._warned:
            event(
                SIGN_IN_ENDS,
                level=logging.WARNING,
                account=self._account,
                auth=self._settings.auth,
                reason=self._settings.ends,
            )
        self._warned = True

    def _begun(self, grant: Grant) -> Session:
        if not _TOKEN.fullmatch(grant.token):
            raise CredentialsError(
                f"{self._account}: Salesforce gave a session that no header can carry",
                hint="check login_url: something else may answer there",
            )
        register(grant.token)
        origin = self._allowed(grant.instance)
        instance = f"{origin}{origin.prefix}"
        found = _ORG_URL.search(grant.identity) or _ORG.match(grant.token)
        org = Org(long_id(found[1]) if found else "", instance, self._lightning(origin))
        return Session(token=grant.token, origin=origin, org=org)

    def _allowed(self, instance: str) -> Origin:
        """The org's own host, checked before any session goes there."""
        try:
            origin = Origin.parse(instance)
        except ConfigError as error:
            raise self._refused(instance) from error
        if str(origin) == str(self._login):
            return origin if origin.prefix else self._login
        ends = self._settings.allowed_hosts
        known = any(f".{origin.host}".endswith(f".{end}") for end in ends)
        if origin.scheme != "https" or not known:
            raise self._refused(instance)
        return origin

    def _refused(self, instance: str) -> CredentialsError:
        return CredentialsError(
            f"{self._account}: Salesforce named {safe(instance, limit=100)} as the org's host, "
            "which is not allowed; no session was sent there",
            hint="if the org really is there, add the end of its host's name to allowed_hosts; "
            "if not, somebody stands between",
        )

    def _lightning(self, origin: Origin) -> str:
        if self._settings.lightning_url:
            return self._settings.lightning_url.rstrip("/")
        if origin.host.endswith(_MY_DOMAIN):
            return f"https://{origin.host.removesuffix(_MY_DOMAIN)}{_LIGHTNING}"
        return f"{origin}{origin.prefix}"  # it leads people on to where they see records
