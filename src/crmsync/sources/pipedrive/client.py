"""pipedrive-python-lib as a transport: its sign-in, over one pooled session.

The library's own calls are not used: they know version 1 alone, open a connection each, put the
token into the address, have no timeout, and give an HTML page back as if it were an answer.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson
from pipedrive.client import Client
from typing_extensions import override

from crmsync.durations import parse_duration
from crmsync.errors import CredentialsError, FatalError
from crmsync.interfaces import Clock, Request, Response, Transport
from crmsync.reports import JSONObject
from crmsync.secrets import Secret
from crmsync.sources.pipedrive.settings import PipedriveSettings
from crmsync.transport import failures
from crmsync.transport.redaction import register, reveal, safe
from crmsync.transport.sessions import SessionTransport, pooled_session
from crmsync.transport.urls import Origin

MAX_BYTES: Final = 64_000_000
"""The largest answer to accept: a page of 500 has about 1 MB."""
_EARLY: Final = 60.0
"""Seconds before its end that an access token is renewed."""
_BETWEEN: Final = re.compile(r"[\s,]+")
"""What stands between scopes: a comma in Pipedrive's answers, a space in OAuth's."""
_COMPANY_HOST: Final = re.compile(r"([a-z0-9-]+\.)+pipedrive\.com(:\d{1,5})?")
_UNAUTHORISED: Final = 401
_BAD_GRANT: Final = frozenset({400, 401, 403})


class PooledClient(Client):  # type: ignore[misc]  # the library has no types
    """The library's client with a session of ours: `_request` is all that it sends through."""

    def __init__(self, pool: Transport, *, client_id: str = "", client_secret: str = "") -> None:
        super().__init__(client_id=client_id, client_secret=client_secret)
        self._pool = pool

    @override
    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> Response:
        """Send it, and give the answer back whatever it is. The token is in a header."""
        sent = dict(headers or {})
        if auth := kwargs.get("auth"):
            sent["Authorization"] = f"Basic {base64.b64encode(':'.join(auth).encode()).decode()}"
        elif self.api_token:
            sent["x-api-token"] = self.api_token
        elif self.access_token:
            sent["Authorization"] = f"Bearer {self.access_token}"
        body = urlencode(kwargs["data"]).encode() if kwargs.get("data") else b""
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        address = f"{url}?{urlencode(params)}" if params else url
        return self._pool.send(Request(method.upper(), address, sent, body))


class PipedriveTransport(Transport):
    """One client with one connection pool, for all threads of a run.

    An OAuth app is signed in before its first request, and once more where an access token
    ends or is refused. Its requests go to the address that Pipedrive names then.
    """

    def __init__(self, settings: PipedriveSettings, clock: Clock) -> None:
        home = Origin.parse(settings.address)
        self._configured = f"{home}{home.prefix}"
        self._pool = SessionTransport(
            pooled_session(),
            host=home.host,
            deadline=parse_duration(settings.timeout),
            max_bytes=MAX_BYTES,
        )
        self._sign_in: SignIn | None = None
        if settings.api_token is not None:
            self._client = PooledClient(self._pool)
            self._client.set_api_token(reveal(settings.api_token))
        else:
            self._sign_in = SignIn(settings, clock, self._pool)
            self._client = self._sign_in.client

    def scopes(self) -> frozenset[str]:
        """What the OAuth app may do, as far as it has signed in; none of a user's API token."""
        return self._sign_in.scopes if self._sign_in is not None else frozenset()

    @override
    def send(self, request: Request) -> Response:
        if self._sign_in is None:
            return self._ask(request)
        token = self._sign_in.token()
        response = self._ask(request)
        if response.status == _UNAUTHORISED:
            self._sign_in.renew(token)
            response = self._ask(request)
        return response

    @override
    def close(self) -> None:
        self._pool.close()

    def _ask(self, request: Request) -> Response:
        url = request.url
        if self._sign_in is not None and self._sign_in.api_domain:
            url = self._sign_in.api_domain + url.removeprefix(self._configured)
        answer: Response = self._client._request(request.method, url, request.headers)  # noqa: SLF001 - the library's own way in
        return answer


class SignIn:
    """An OAuth app's access token, renewed by its refresh token. Threads may share it.

    Attributes:
        api_domain: Where this company's API answers; empty until signed in, or where
            Pipedrive did not say.
        scopes: What the app may do, as the last sign-in said; none where it did not.
    """

    def __init__(self, settings: PipedriveSettings, clock: Clock, pool: Transport) -> None:
        self.api_domain = ""
        self.scopes: frozenset[str] = frozenset()
        self.client = PooledClient(
            pool, client_id=_value(settings.client_id), client_secret=_value(settings.client_secret)
        )
        self.client.OAUTH_BASE_URL = f"{settings.oauth_url.rstrip('/')}/oauth/"
        self._refresh = settings.refresh_token
        self._home = Origin.parse(settings.address)
        self._clock = clock
        self._ends = 0.0
        self._lock = threading.Lock()

    def token(self) -> str:
        """The access token, asked for where there is none or it is about to end.

        Raises:
            CredentialsError: Pipedrive does not take the refresh token or the app.
            ConfigError: It gave a new refresh token, which could not be written back.
            RetryableError: The sign-in is not to be had just now.
        """
        with self._lock:
            if not self.client.access_token or self._clock.monotonic() >= self._ends:
                self._renew()
            return str(self.client.access_token)

    def renew(self, refused: str) -> None:
        """Ask for another token, unless another thread did since *refused* was used."""
        with self._lock:
            if self.client.access_token == refused:
                self._renew()

    def _renew(self) -> None:
        used = _value(self._refresh)
        url = f"{self.client.OAUTH_BASE_URL}token"
        response: Response = self.client.refresh_token(used)
        given = _granted(Request("POST", url, {}), response)
        fresh = given.get("refresh_token")
        if self._refresh is not None and isinstance(fresh, str) and fresh and fresh != used:
            register(fresh)
            self._refresh.replace(fresh)
        register(str(given["access_token"]))
        self.client.set_access_token(str(given["access_token"]))
        lasts = given.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float) else _EARLY
        self._ends = self._clock.monotonic() + max(seconds - _EARLY, seconds / 2)
        self.api_domain = self._allowed(given.get("api_domain"))
        self.scopes = frozenset(_BETWEEN.split(str(given.get("scope") or ""))) - {""}

    def _allowed(self, named: object) -> str:
        """The address that a sign-in named, if credentials may go there.

        Raises:
            FatalError: It is neither a company's at Pipedrive nor the configured one.
        """
        if not isinstance(named, str) or not named:
            return ""
        parts = urlsplit(named)
        if parts.scheme == "https" and _COMPANY_HOST.fullmatch(parts.netloc):
            return f"https://{parts.netloc}"
        return self._home.resolve(named.rstrip("/"))


def _granted(request: Request, response: Response) -> JSONObject:
    """A sign-in's answer, if it is one."""
    if response.status in _BAD_GRANT and not failures.is_html(response):
        raise CredentialsError(
            f"Pipedrive does not sign the OAuth app in ({_words(response)})",
            hint="check client_id and client_secret; a refresh token that is refused is replaced "
            "by installing the app in the company again",
        )
    if error := failures.classify_read(request, response):
        raise error
    try:
        document = orjson.loads(response.body)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not document.get("access_token"):
        raise FatalError(
            "Pipedrive's sign-in answered no access token",
            hint="check oauth_url; the answer is not one that Pipedrive gives",
        )
    return document


def _words(response: Response) -> str:
    try:
        document = orjson.loads(response.body)
    except ValueError:
        return str(response.status)
    found = document if isinstance(document, dict) else {}
    told = [str(found[key]) for key in ("error", "error_description", "message") if found.get(key)]
    return safe(": ".join(told)) or str(response.status)


def _value(secret: Secret | None) -> str:
    return reveal(secret) if secret is not None else ""
