"""The token endpoint: one function a flow.

Flows, their parameters and their refusals: Salesforce Help, "OAuth Authorization Flows" and "OAuth
2.0 Error Codes"; "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration" (My Domain
only, run-as user); "OAuth 2.0 JWT Bearer Flow"; all read 2026-11-21.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from crmsync.sandbox.exchange import Answer, JSONObject, Request
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce import ids, refusals
from crmsync.sandbox.salesforce.rsa import PublicKey
from crmsync.sandbox.salesforce.sessions import ORGANIZATION, Sessions, signature

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES: Final = ("https://login.salesforce.com", "https://test.salesforce.com")
# "The expiration time must be within three minutes": JWT bearer flow, read 2026-11-21.
MAX_AHEAD_S: Final = 180
_SKEW_S: Final = 5
_Form = Mapping[str, str]


class TokenEndpoint:
    """Opens sessions for those who may."""

    def __init__(self, options: SandboxOptions, sessions: Sessions) -> None:
        self._options = options
        self._sessions = sessions
        key = options.salesforce_public_key
        self._key = PublicKey(key) if key else None
        self._dead: set[str] = set()
        self._alive: set[str] = set()
        self._flows: dict[str, Callable[[_Form], JSONObject]] = {
            "client_credentials": self._client_credentials,
            JWT_BEARER: self._jwt_bearer,
            "refresh_token": self._refresh_token,
            "password": self._password,
        }

    def answer(self, request: Request) -> Answer:
        """Handle a token request.

        Raises:
            RefusedError: It is refused.
        """
        form = _form(request)
        flow = self._flows.get(form.get("grant_type", ""))
        if flow is None:
            raise refusals.grant("unsupported_grant_type", "grant type not supported")
        more = flow(form)
        return Answer.json(200, self._granted(request) | more)

    def replace_key(self, pem: str) -> None:
        """Check JWTs with another key from now on.

        Raises:
            ValueError: It is no RSA public key in PEM.
        """
        self._key = PublicKey(pem)

    def _granted(self, request: Request) -> JSONObject:
        token, issued = self._sessions.open(), str(int(time.time() * 1000))
        identity = f"{AUDIENCES[0]}/id/{ORGANIZATION}/{ids.setting('005', 0)}"
        return {
            "access_token": token,
            "instance_url": self._options.salesforce_instance_url or request.base_url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
            "signature": signature(identity, issued),
        }

    def _client_credentials(self, form: _Form) -> JSONObject:
        if self._options.salesforce_host_kind != "my_domain":
            raise refusals.grant("invalid_grant", "request not supported on this domain")
        self._check_client(form, secret=True)
        if not self._options.salesforce_run_as_user:
            raise refusals.grant("invalid_grant", "no client credentials user enabled")
        return {"scope": "api"}

    def _jwt_bearer(self, form: _Form) -> JSONObject:
        claims = self._claims(form.get("assertion", ""))
        options = self._options
        if not _fits(options.salesforce_consumer_key, claims.get("iss")):
            raise refusals.grant("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in AUDIENCES:
            raise refusals.grant("invalid_grant", "audience is invalid")
        now, expires = time.time(), _number(claims.get("exp"))
        if expires is None or not now - _SKEW_S < expires <= now + MAX_AHEAD_S + _SKEW_S:
            raise refusals.grant("invalid_grant", "expired authorization code")
        if not _fits(options.salesforce_username, claims.get("sub")):
            raise refusals.grant("invalid_grant", "user hasn't approved this consumer")
        if not options.salesforce_approved:
            raise refusals.grant("invalid_grant", "user hasn't approved this consumer")
        return {"scope": "api"}

    def _claims(self, assertion: str) -> JSONObject:
        refusal = refusals.grant("invalid_grant", "invalid assertion")
        parts = assertion.split(".")
        try:
            header, claims = (orjson.loads(_decoded(part)) for part in parts[:2])
            signed = _decoded(parts[2])
        except (IndexError, ValueError, binascii.Error) as error:
            raise refusal from error
        if not isinstance(claims, dict) or header.get("alg") != "RS256" or not signed:
            raise refusal
        if self._key and not self._key.signed(".".join(parts[:2]).encode(), signed):
            raise refusal
        return claims

    def _refresh_token(self, form: _Form) -> JSONObject:
        self._check_client(form, secret=False)
        token = form.get("refresh_token", "")
        known = _fits(self._options.salesforce_refresh_token, token) or token in self._alive
        if not token or token in self._dead or not known:
            raise refusals.grant("invalid_grant", "expired access/refresh token")
        if not self._options.salesforce_rotate_refresh:
            return {"scope": "api refresh_token"}
        fresh = f"5Aep861{secrets.token_urlsafe(48)}"
        self._dead.add(token)
        self._alive.add(fresh)
        return {"scope": "api refresh_token", "refresh_token": fresh}

    def _password(self, form: _Form) -> JSONObject:
        self._check_client(form, secret=True)
        if not self.knows(form.get("username", ""), form.get("password", "")):
            raise refusals.grant("invalid_grant", "authentication failure")
        return {}

    def knows(self, username: str, password: str) -> bool:
        """Whether a user has this password with the security token behind it."""
        options = self._options
        if not username or not password or not _fits(options.salesforce_username, username):
            return False
        wanted, token = options.salesforce_password, options.salesforce_security_token
        if wanted is None:
            return password.endswith(token or "")
        return password == wanted + (token or "")

    def _check_client(self, form: _Form, *, secret: bool) -> None:
        options, given = self._options, form.get("client_id")
        if not given or not _fits(options.salesforce_consumer_key, given):
            raise refusals.grant("invalid_client_id", "client identifier invalid")
        shown = form.get("client_secret")
        wrong = not _fits(options.salesforce_consumer_secret, shown) if shown else secret
        if wrong:
            raise refusals.grant("invalid_client", "invalid client credentials")


def _form(request: Request) -> dict[str, str]:
    content_type = request.headers.get(b"content-type", b"")
    if not content_type.startswith(b"application/x-www-form-urlencoded"):
        raise refusals.grant("unsupported_grant_type", "grant type not supported")
    body = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    form = {name: values[-1] for name, values in body.items()}
    scheme, _, given = request.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError as error:
            raise refusals.grant("invalid_client", "invalid client credentials") from error
        form |= {"client_id": client, "client_secret": secret}
    return form


def _fits(wanted: str | None, given: Any) -> bool:
    return bool(given) and wanted in (None, given)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
