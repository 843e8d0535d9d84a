"""simple-salesforce as a transport: its ways to sign in, over our pooled, timed sessions.

The library makes and signs each sign-in request and reads SOAP's answers. Its hosts are fixed
to `*.salesforce.com`, and its session has no deadline and follows redirects: an adapter in its
session hands each request over to the account instead, for the host of `login_url`. Its own
calls are not used: they ask for indented JSON, know no limits, and cannot renew a session
that a refresh token gave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol, TypedDict
from urllib.parse import urlencode, urlsplit

import requests
from jwt.exceptions import PyJWTError
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin
from typing_extensions import override

from crmsync.durations import parse_duration
from crmsync.errors import ConfigError, FatalError
from crmsync.interfaces import Request, Response
from crmsync.receipts import Problem
from crmsync.secrets import Secret
from crmsync.sources.salesforce.failures import TOKEN_PATH
from crmsync.sources.salesforce.refusals import refusal
from crmsync.sources.salesforce.settings import SalesforceSettings
from crmsync.transport import strict
from crmsync.transport.redaction import register, reveal
from crmsync.transport.sessions import SessionTransport, pooled_session
from crmsync.transport.urls import Origin
from crmsync.values import Value

# SOAP's login() is in no later version: Salesforce Help, "SOAP API login() Call is Being
# Retired", read 2026-11-21.
_SOAP_VERSION: Final = "64.0"
_FORM: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
}
_KEPT: Final = frozenset({"content-type", "authorization", "soapaction", "charset"})
_SANDBOX: Final = ("test.salesforce.com", ".sandbox.my.salesforce.com")


class SalesforceTransport(SessionTransport):
    """One pooled session for all threads of a run, signing in included."""

    def __init__(self, settings: SalesforceSettings) -> None:
        super().__init__(
            pooled_session(compress=settings.compress),
            host=Origin.parse(settings.login_url).host,
            deadline=parse_duration(settings.timeout),
            max_bytes=settings.max_page_bytes,
        )


class Grant(Value):
    """What signing in gave.

    Attributes:
        token: The session's.
        instance: The address of the org's API, as Salesforce told it: to be checked.
        identity: The user's address, which tells the org; empty where it was not told.
        refreshed: The refresh token to sign in with next time; empty where it stays.
    """

    token: str = field(repr=False)
    instance: str
    identity: str = ""
    refreshed: str = field(default="", repr=False)


class Post(Protocol):
    """Sends a request until it is answered, and lets the answer be looked at."""

    def __call__(
        self, request: Request, *, accept: Callable[[Response], None] | None = None
    ) -> Response:
        """Give the answer; raises what became of it else."""


class SignIn:
    """Signs in, in the way that the settings say. Not safe for threads.

    Args:
        settings: Where, how and as whom.
        account: The account's name, for messages.
        post: How a request is sent: at the account's pace, retried, classified.
    """

    def __init__(self, settings: SalesforceSettings, account: str, post: Post) -> None:
        self._settings = settings
        self._account = account
        self._post = post
        self._login = Origin.parse(settings.login_url)

    def __call__(self) -> Grant:
        """Ask for a new session.

        Raises:
            CredentialsError: Salesforce refuses; the message says why and what to do.
            ConfigError: A credential cannot be looked up, or a new one cannot be kept.
            RetryableError: Salesforce cannot be reached now.
        """
        if self._settings.auth == "refresh_token":
            return self._by_refresh_token()
        carrier = _Carrier(self._login, self._post, self._account)
        try:
            token, host = SalesforceLogin(session=carrier.session(), **self._credentials())
        except SalesforceAuthenticationFailed as error:  # a SOAP fault; all else was classified
            raise refusal(self._account, str(error.code), error.auth_message) from None
        except (PyJWTError, ValueError, TypeError) as error:
            raise self._bad_key(f"holds no RSA key ({type(error).__name__})") from None
        if carrier.granted is not None:
            return carrier.granted
        return Grant(token=token, instance=self._soap_instance(host))

    def _credentials(self) -> _Credentials:
        settings = self._settings
        key, secret = _shown(settings.consumer_key), _shown(settings.consumer_secret)
        if settings.auth == "client_credentials":
            # Any domain but login and test, which it refuses: the adapter knows the host.
            return {"domain": "my", "consumer_key": key, "consumer_secret": secret}
        name = Secret(settings.username or "").reveal()  # it may be a reference too
        if settings.auth == "jwt":
            return {
                "domain": self._audience(),
                "consumer_key": key,
                "username": name,
                "privatekey": self._private_key(),
            }
        password, token = _shown(settings.password), _shown(settings.security_token)
        if settings.by_soap:
            return {
                "username": name,
                "password": password,
                "security_token": token,  # also where it is empty: it makes the library use SOAP
                "sf_version": _SOAP_VERSION,
            }
        return {
            "username": name,
            "password": password + token,
            "consumer_key": key,
            "consumer_secret": secret,
        }

    def _audience(self) -> str:
        """The audience's host without `.salesforce.com`, as the library wants it."""
        if named := self._settings.audience:
            return (urlsplit(named).hostname or "").removesuffix(".salesforce.com")
        return "test" if self._login.host.endswith(_SANDBOX) else "login"

    def _private_key(self) -> str:
        try:
            pem = Path(self._settings.private_key_file or "").read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise self._bad_key("cannot be read") from error
        for line in pem.split():
            register(line)
        return pem

    def _bad_key(self, what: str) -> ConfigError:
        path, at = self._settings.private_key_file, f"sources.{self._account}.private_key_file"
        return ConfigError(
            [Problem(at, "secret_unavailable", f"{path} {what}")],
            hint="it must be the private key (PEM, RSA, without a passphrase) of the certificate "
            "that was uploaded to the app in Salesforce",
        )

    def _by_refresh_token(self) -> Grant:
        kept = self._settings.refresh_token
        if kept is None:
            raise AssertionError  # the settings require it
        token = reveal(kept)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": _shown(self._settings.consumer_key),
        }
        if secret := _shown(self._settings.consumer_secret):
            form["client_secret"] = secret
        request = Request("POST", self._login.resolve(TOKEN_PATH), _FORM, urlencode(form).encode())
        grant, _ = _granted(self._account, self._post, request)
        if grant.refreshed not in ("", token):
            self._keep(kept, grant.refreshed)
        return grant

    def _keep(self, kept: Secret, fresh: str) -> None:
        """Write a rotated token back before the session is used: the old one is worth nothing."""
        register(fresh)
        try:
            kept.replace(fresh)
        except ConfigError as error:
            at = f"sources.{self._account}.refresh_token"
            raise ConfigError(
                [Problem(at, "secret_unavailable", f"Salesforce rotated it; {error.message}")],
                hint="the token kept here may not work any more: keep it in a file that crmsync "
                "may write (file:PATH), let the user approve the app anew and put the new token "
                "there; or switch rotation off in the app",
            ) from error

    def _soap_instance(self, host: str) -> str:
        """The org's address; the library gives its host and port alone."""
        login = self._login
        if f"//{host}" == str(login).removeprefix(f"{login.scheme}:"):
            return f"{login}{login.prefix}"
        return f"https://{host}"


class _Credentials(TypedDict, total=False):
    """The library's names."""

    domain: str
    username: str
    password: str
    security_token: str
    consumer_key: str
    consumer_secret: str
    privatekey: str
    sf_version: str


def _granted(account: str, post: Post, request: Request) -> tuple[Grant, Response]:
    """Ask a token endpoint."""
    grants: list[Grant] = []

    def accept(response: Response) -> None:
        grants.append(_grant(account, strict.loads(response.body)))

    response = post(request, accept=accept)
    return grants[-1], response


def _grant(account: str, document: object) -> Grant:
    found = document if isinstance(document, dict) else {}
    texts = {key: value for key, value in found.items() if isinstance(value, str)}
    if not texts.get("access_token") or not texts.get("instance_url"):
        raise FatalError(
            f"{account}: signing in was answered with JSON that holds no session",
            hint="check login_url: something else may answer there",
        )
    return Grant(
        token=texts["access_token"],
        instance=texts["instance_url"],
        identity=texts.get("id", ""),
        refreshed=texts.get("refresh_token", ""),
    )


class _Carrier(BaseAdapter):
    """Carries the library's sign-in request to the host of `login_url`, by the account.

    Attributes:
        granted: What a token endpoint answered; None for SOAP.
    """

    def __init__(self, login: Origin, post: Post, account: str) -> None:
        super().__init__()
        self.granted: Grant | None = None
        self._login = login
        self._post = post
        self._account = account

    def session(self) -> requests.Session:
        """A session whose every request goes this way."""
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", self)
        return session

    @override
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        path = urlsplit(request.url or "").path
        headers = {
            name: str(value) for name, value in request.headers.items() if name.lower() in _KEPT
        }
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        own = Request("POST", self._login.resolve(path), headers, body)
        if path == TOKEN_PATH:
            self.granted, answer = _granted(self._account, self._post, own)
        else:
            answer = self._post(own, accept=self._plain_xml)
        return _for_requests(answer, request)

    @override
    def close(self) -> None:
        pass

    def _plain_xml(self, response: Response) -> None:
        """Refuse XML that declares entities, before it is parsed: SOAP has no use for them."""
        body = response.body
        if b"\0" in body or b"<!" in body or not body.lstrip().startswith(b"<"):
            raise FatalError(
                f"{self._account}: signing in was answered with something else than SOAP",
                hint="check login_url: something else may answer there",
            )


def _for_requests(answer: Response, request: requests.PreparedRequest) -> requests.Response:
    """An answer in the form that the library reads."""
    made = requests.Response()
    made.status_code = answer.status
    made.headers = CaseInsensitiveDict(answer.headers)
    made.raw = BytesIO(answer.body)
    made.encoding = "utf-8"
    made.request = request
    made.url = request.url or ""
    return made


def _shown(secret: Secret | None) -> str:
    return reveal(secret) if secret is not None else ""
