"""Who may see the status page, and by which name it may be asked for.

A page of some other site, open in the same browser, can make that browser ask this one. So the
name it is asked by must be its own (else any name could be pointed here), what changes something
must come from a page of its own, and nobody may read its answers or show it in a frame.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from crmsync.errors import ConfigError
from crmsync.interfaces import Clock
from crmsync.receipts import Problem
from crmsync.web.addresses import Address
from crmsync.web.exchange import RefusedError, Request
from crmsync.web.turnstile import Turnstile

COOKIE: Final = "crmsync_session"
SESSION_SECONDS: Final = 12 * 3600
SHORTEST: Final = 16
"""Characters of a token: fewer could be guessed."""
FREE: Final = 3
"""Wrong tries of an address that are answered at once: a person mistypes."""
STEP: Final = 1.0
"""Seconds between the answers to the others."""
LONGEST: Final = 8.0
"""Seconds that an answer is held back; a try that would wait longer is not looked at."""
_SESSIONS: Final = 100


class SignInNeededError(RefusedError):
    """Nobody is signed in."""


class Access:
    """The rules for one address.

    Args:
        address: Where the page listens.
        token: What opens it; None opens it to everybody on this machine.
        hosts: More names that it may be asked for by.

    Raises:
        ConfigError: It listens beyond this machine without a token, or the token is short.
    """

    def __init__(
        self, address: Address, *, token: str | None, hosts: Iterable[str], clock: Clock
    ) -> None:
        if token is None and not address.is_near:
            message = f"{address.url} can be reached from other machines, and there is no token"
            hint = 'set http_token = "${CRMSYNC_HTTP_TOKEN}" under [daemon], or listen at 127.0.0.1'
            raise ConfigError([Problem("daemon.http_token", "missing_key", message)], hint=hint)
        if token is not None and len(token) < SHORTEST:
            message = f"has fewer than {SHORTEST} characters, and could be guessed"
            problem = Problem("daemon.http_token", "wrong_value", message)
            raise ConfigError([problem], hint="make one with: openssl rand -hex 32")
        self._names = address.names
        self._hosts = frozenset(host.lower() for host in hosts)
        self._token = None if token is None else _digest(token)
        self._clock = clock
        self._guesses = Turnstile(free=FREE, step=STEP)
        self._key = secrets.token_bytes(32)
        self._sessions: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    @property
    def open(self) -> bool:
        """Whether everybody on this machine may see the page."""
        return self._token is None

    def check_name(self, request: Request) -> None:
        """Raises RefusedError where the page is asked for by a name that is not its own."""
        host = request.header("host").lower()
        if host in self._names or host in self._hosts or _name_of(host) in self._hosts:
            return
        told = "asked for by a name that is not this page's; to allow it, add it to http_hosts"
        raise RefusedError(421, "Not here", f"{told} under [daemon] and start the daemon again")

    def check_origin(self, request: Request) -> None:
        """Raises RefusedError where what changes something comes from elsewhere, or may."""
        origin, site = request.header("origin"), request.header("sec-fetch-site")
        own = origin != "" and urlsplit(origin).netloc.lower() == request.header("host").lower()
        if (origin and not own) or (site not in ("", "same-origin")) or not (origin or site):
            message = "this was not sent by a page of crmsync's own; open the page and press again"
            raise RefusedError(403, "Refused", message)

    def check_form(self, request: Request, session: str) -> None:
        """Raises RefusedError where a form is not one that was shown to this session."""
        given = request.form.get("form", "")
        if not hmac.compare_digest(given.encode(), self.form_token(session).encode()):
            message = "this form is from before the daemon started; reload the page it stood on"
            raise RefusedError(403, "An old form", message)

    def form_token(self, session: str) -> str:
        """What a form shown to a session carries. Another site cannot read or guess it."""
        return hmac.new(self._key, session.encode(), sha256).hexdigest()

    def session_of(self, request: Request) -> str:
        """The session of who asks; empty where no token is needed, or it came with the request.

        Raises:
            SignInNeededError: There is none.
            RefusedError: A wrong token came with it, or too many did.
        """
        if self._token is None:
            return ""
        kind, _, given = request.header("authorization").partition(" ")
        if kind.lower() == "bearer":
            self._check_token(given.strip(), request.peer)
            return ""
        session = _cookie(request)
        with self._lock:
            ends = self._sessions.get(_digest(session), 0.0)
        if ends <= self._clock.monotonic():
            raise SignInNeededError(401, "Sign in", "this page needs its token")
        return session

    def sign_in(self, given: str, peer: str) -> str:
        """Open a session for who knows the token; raises RefusedError for anybody else."""
        self._check_token(given, peer)
        session = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(session)] = self._clock.monotonic() + SESSION_SECONDS
            while len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)
        return session

    def sign_out(self, session: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(_digest(session), None)

    def _check_token(self, given: str, peer: str) -> None:
        now = self._clock.monotonic()
        wait = self._guesses.wait(peer, now)
        if wait > LONGEST:
            message = "too many wrong tokens came from your address; wait a minute"
            raise RefusedError(429, "Too many tries", message, retry_after=int(wait - LONGEST) + 1)
        # Digests are as long as one another, whatever was given.
        if self._token is None or not hmac.compare_digest(_digest(given), self._token):
            hold = self._guesses.turn(peer, now)
            raise SignInNeededError(401, "Sign in", "this is not the token", hold=hold)


def cookie(session: str, *, secure: bool) -> tuple[str, str]:
    """The header that a browser keeps a session by; an empty one ends it."""
    age = SESSION_SECONDS if session else 0
    told = f"{COOKIE}={session}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict"
    return "Set-Cookie", f"{told}; Secure" if secure else told


def _cookie(request: Request) -> str:
    pairs = (part.strip().partition("=") for part in request.header("cookie").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _name_of(host: str) -> str:
    """A host without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
