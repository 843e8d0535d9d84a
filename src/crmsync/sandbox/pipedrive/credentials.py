"""Who asks: API tokens, and access tokens that the OAuth endpoint gave.

Header, query parameter and Bearer are from Pipedrive's "Authentication", the token endpoint is
from its "OAuth authorization", both read 2026-11-21.
"""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from crmsync.sandbox.exchange import Answer, Request
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive.refusals import refused

SCOPES: Final = ("base", "deals:read", "contacts:read", "users:read")
"""Those of an app that only reads. An API token has all that its user may, of which this is what
is simulated."""
_FORM: Final = b"application/x-www-form-urlencoded"
_EXPIRES_IN: Final = 3599
"""Seconds that the answer promises. Access tokens end after calls here, not by the clock."""


class Caller(NamedTuple):
    """A known credential, and the scopes it has; an API token has all that its user may see."""

    credential: str
    scopes: frozenset[str]


class Credentials:
    """Checks callers and gives access tokens."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        missing = options.pipedrive_missing_scopes.split(",")
        extra = [one for one in options.pipedrive_extra_scopes.split(",") if one]
        self._granted = frozenset(SCOPES).difference(missing).union(extra)
        self._calls: dict[str, int] = {}
        self._refresh = options.pipedrive_refresh_token
        self._dead: set[str] = set()
        self._given = 0

    def caller(self, request: Request) -> Caller:
        """Who asks; the call is counted on an access token.

        Raises:
            RefusedError: 401: nobody who is known.
        """
        header = request.headers.get(b"x-api-token", b"").decode("latin-1")
        token = header or request.parameters().get("api_token", [""])[-1]
        if token and self._options.pipedrive_api_token in (None, token):
            return Caller(token, frozenset(SCOPES))
        scheme, _, access = (
            request.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        )
        if token or scheme.lower() != "bearer" or not self._use(access.strip()):
            raise refused(HTTPStatus.UNAUTHORIZED)
        return Caller(access.strip(), self._granted)

    def expire(self) -> None:
        """End every access token that was given so far."""
        self._calls = dict.fromkeys(self._calls, 0)

    def give_token(self, request: Request) -> Answer:
        """Answer the token endpoint."""
        if not request.headers.get(b"content-type", b"").startswith(_FORM):
            return _oauth_failure(400, "invalid_request", "the body must be a form")
        if not self._is_client(request.headers.get(b"authorization", b"").decode("latin-1")):
            return _oauth_failure(401, "invalid_client", "client authentication failed")
        form = dict(parse_qsl(request.body.decode("latin-1")))
        grant = form.get("grant_type")
        if grant not in ("refresh_token", "authorization_code"):
            return _oauth_failure(400, "unsupported_grant_type", f"grant_type {grant!r}")
        token = form.get("refresh_token", "")
        if grant == "refresh_token" and not self._is_refresh_token(token):
            return _oauth_failure(400, "invalid_grant", "the refresh token is invalid or expired")
        if grant == "authorization_code" and not (form.get("code") and form.get("redirect_uri")):
            return _oauth_failure(400, "invalid_request", "code and redirect_uri are needed")
        return self._given_token(token, request.base_url)

    def _given_token(self, refresh_token: str, api_domain: str) -> Answer:
        self._given += 1
        access = f"v1u:made-up-{self._given}"
        self._calls[access] = self._options.pipedrive_token_calls or -1
        if self._options.pipedrive_rotate or not refresh_token:
            self._dead.add(refresh_token)
            refresh_token = self._refresh = f"refresh-{self._given}"
        found = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": _EXPIRES_IN,
            "refresh_token": refresh_token,
            "scope": ",".join(
                [one for one in SCOPES if one in self._granted] + sorted(self._granted - {*SCOPES})
            ),
            "api_domain": api_domain,
        }
        return Answer.json(200, found)

    def _use(self, access: str) -> bool:
        """Whether an access token is good for this call. Unlimited ones are counted below 0."""
        if access not in self._calls:
            return bool(access) and self._options.pipedrive_client_id is None
        left = self._calls[access]
        self._calls[access] = left - 1 if left > 0 else left
        return left != 0

    def _is_client(self, header: str) -> bool:
        scheme, _, coded = header.partition(" ")
        try:
            client, _, secret = base64.b64decode(coded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        options = self._options
        return (
            scheme.lower() == "basic"
            and bool(client and secret)
            and options.pipedrive_client_id in (None, client)
            and options.pipedrive_client_secret in (None, secret)
        )

    def _is_refresh_token(self, token: str) -> bool:
        return bool(token) and token not in self._dead and self._refresh in (None, token)


def _oauth_failure(status: int, error: str, message: str) -> Answer:
    return Answer.json(status, {"success": False, "error": error, "message": message})
