"""One call to Salesforce: signed in, at the account's pace, within the day's allowance, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from crmsync.adapters import Context
from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Request, Response, Traffic, Transport
from crmsync.reports import JSONObject
from crmsync.sources.salesforce.client import SignIn
from crmsync.sources.salesforce.failures import Failures, SessionExpiredError
from crmsync.sources.salesforce.quota import Quota
from crmsync.sources.salesforce.sessions import Session, Sessions
from crmsync.sources.salesforce.settings import SalesforceSettings
from crmsync.sources.server_time import ServerTime
from crmsync.transport import strict
from crmsync.transport.account import Account
from crmsync.transport.failures import is_html
from crmsync.transport.pacing import ALL, Rate

_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_CSV: Final = {"Accept": "text/csv"}
_TRIES: Final = 3
"""How many sessions one call may wear out: others may have ended one meanwhile."""


class Calls:
    """The org's doorway. Safe to use from several threads."""

    def __init__(
        self,
        settings: SalesforceSettings,
        context: Context,
        transport: Transport,
        time: ServerTime,
    ) -> None:
        self._name = context.name
        self._time = time
        self._quota = Quota(context.name, settings.daily_reserve)
        own = Rate.parse(settings.rate_limit) if settings.rate_limit else None
        self._account = Account(
            context, transport=transport, lanes={ALL: own}, classify=Failures(context.name)
        )
        self._sessions = Sessions(
            settings, context.name, SignIn(settings, context.name, self._account.call)
        )

    @property
    def traffic(self) -> Traffic:
        """What the account's requests came to, signing in included."""
        return self._account.traffic

    def close(self) -> None:
        """Close the connections."""
        self._account.close()

    def session(self) -> Session:
        """The session that is open, or a new one."""
        return self._sessions.current()

    def json(self, method: str, path: str, body: bytes = b"") -> JSONObject:
        """Send a request that a JSON object must answer."""
        documents: list[object] = []

        def accept(response: Response) -> None:
            documents.append(strict.loads(response.body, exact=True))

        self.send(method, path, body, headers=_JSON, accept=accept)
        document = documents[-1]
        if not isinstance(document, dict):
            raise self.no_answer(path)
        return document

    def csv(self, path: str, *, header: str = "") -> Response:
        """Ask for what must be CSV, in an answer that has this header."""

        def accept(response: Response) -> None:
            if is_html(response) or (header and header not in response.headers):
                raise RetryableError(
                    f"{self._name}: {urlsplit(path).path} was answered with something else "
                    "than a part of a Bulk job's result",
                    hint="if it stays so, check what stands between (a proxy, a login page)",
                )

        return self.send("GET", path, headers=_CSV, accept=accept)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] = _JSON,
        accept: Callable[[Response], None] | None = None,
    ) -> Response:
        """Send a request in the open session; in a new one where that has died.

        *path* is the org's own, or a URL that the org gave; the session goes to no other host.

        Raises:
            CredentialsError: A session that was given just now is not taken.
        """
        for left in reversed(range(_TRIES)):
            session = self._sessions.current()
            url = session.origin.resolve(path)
            request = Request(method, url, {**headers, **session.headers}, body)
            self._quota.check()
            try:
                response = self._account.call(request, accept=accept)
            except SessionExpiredError:
                if not self._sessions.expire(session) or not left:
                    raise
            else:
                self._sessions.prove(session)
                self._time.note(response.headers)
                self._quota.note(response.headers)
                return response
        raise AssertionError(path)

    def rows(self, document: JSONObject, key: str, path: str) -> Sequence[JSONObject]:
        """What must be a list of objects in an answer."""
        rows = document.get(key)
        if not isinstance(rows, list) or not all(row.__class__ is dict for row in rows):
            raise self.no_answer(path)
        return rows

    def no_answer(self, path: str) -> FatalError:
        """The error for JSON that is not what was asked for."""
        return FatalError(
            f"{self._name}: {urlsplit(path).path} answered JSON that Salesforce does not give",
            hint="check login_url and api_version, and what stands between (a proxy)",
        )
