"""AWS Signature Version 4, over the exact bytes that are sent.

The algorithm is that of "Create a signed AWS API request" in the IAM User Guide,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, read
2026-11-21. Signatures in the query string and Amazon S3's own rules are left out.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache, reduce
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from typing_extensions import override

from crmsync.errors import RetryableError
from crmsync.interfaces import Clock, Request, Response, Transport
from crmsync.logs import CLOCK_OFF, event
from crmsync.transport.urls import Origin

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
STAMP: Final = "%Y%m%dT%H%M%SZ"
DEFAULT_PORTS: Final = {"https": 443, "http": 80}
# A signature counts for five minutes around its stamp; one that is refused for its time and is
# not a minute off has another fault.
WORTH_LEARNING: Final = timedelta(seconds=60)
# "How do I troubleshoot HTTP 403 errors from API Gateway?",
# https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden, read 2026-11-21.
ERROR_TYPE: Final = "x-amzn-errortype"
_INVALID: Final = "InvalidSignatureException"
_ABOUT_TIME: Final = (b"signature expired", b"not yet current")


class Keys(NamedTuple):
    """Who signs. Its repr shows the id alone.

    Attributes:
        token: Of temporary credentials; empty for lasting ones.
    """

    access_key_id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return f"Keys({self.access_key_id})"


class Signer:
    """Signs requests to one service of one region. Threads may share it.

    Signed are the host, the content type, the stamp and the token: proxies on the way may
    change every other header. The derived key is kept for the day.
    """

    def __init__(self, keys: Keys, *, region: str, service: str) -> None:
        self._keys = keys
        self._region = region
        self._service = service
        self._derived: tuple[str, bytes] = ("", b"")

    def sign(self, request: Request, at: datetime) -> Request:
        """The request with the headers that prove it, their names in lower case.

        Args:
            request: Its URL is absolute and percent-encoded as it is sent.
            at: The moment that the other side's clock shows, aware.
        """
        stamp = at.astimezone(UTC).strftime(STAMP)
        host, path, query = _target(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers |= {"host": host, "x-amz-date": stamp}
        if self._keys.token:
            headers["x-amz-security-token"] = self._keys.token
        names = [name for name in _SIGNED if name in headers]
        canonical = "\n".join(
            (
                request.method,
                path,
                query,
                *(f"{name}:{' '.join(headers[name].split())}" for name in names),
                "",
                ";".join(names),
                hashlib.sha256(request.body).hexdigest(),
            )
        )
        headers["authorization"] = self._authorization(stamp, ";".join(names), canonical)
        return request._replace(headers=headers)

    def _authorization(self, stamp: str, names: str, canonical: str) -> str:
        scope = f"{stamp[:8]}/{self._region}/{self._service}/{TERMINATOR}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        signature = _hmac(self._key(stamp[:8]), f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}").hex()
        credential = f"{self._keys.access_key_id}/{scope}"
        return f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"

    def _key(self, day: str) -> bytes:
        known, key = self._derived
        if known != day:
            parts = (day, self._region, self._service, TERMINATOR)
            key = reduce(_hmac, parts, b"AWS4" + self._keys.secret.encode())
            self._derived = (day, key)
        return key


_SIGNED: Final = ("content-type", "host", "x-amz-date", "x-amz-security-token")
"""In the order in which they are signed."""


class SigningTransport(Transport):
    """Signs each request anew as it leaves, a retry too, and sends it over another transport.

    Below the retry policy: what it resends byte for byte gets the stamp of its own moment. A
    clock that is off is learnt from the answer that refuses its stamp, and allowed for.

    Args:
        name: The account's, for the log.
        origin: Where requests go.
        signer: Makes the signatures.
        clock: Ours, right or wrong.
        transport: Sends what is signed. Closed with this one.
    """

    def __init__(
        self, name: str, *, origin: Origin, signer: Signer, clock: Clock, transport: Transport
    ) -> None:
        self._name = name
        self._origin = origin
        self._signer = signer
        self._clock = clock
        self._transport = transport
        self._ahead = timedelta()
        self._agreed = False
        self._first = threading.Lock()

    @override
    def send(self, request: Request) -> Response:
        """Sign it and send it. Until one stamp has been answered, requests go one by one.

        Raises:
            RetryableError: Its stamp was refused, and the clock that it came from is known to
                be wrong now: signed again it may pass. Nothing was done with it.
        """
        if not self._agreed:
            with self._first:  # so that a wrong clock costs one request, not one of each thread
                if not self._agreed:
                    response = self._send(request)
                    self._agreed = True
                    return response
        return self._send(request)

    def _send(self, request: Request) -> Response:
        ahead = self._ahead
        whole = request._replace(url=self._origin.resolve(request.url))
        signed = self._signer.sign(whole, self._clock.now() + ahead)
        response = self._transport.send(signed)
        if is_about_signature(response):
            self._learn(response, ahead)
        return response

    @override
    def close(self) -> None:
        self._transport.close()

    def _learn(self, response: Response, used: timedelta) -> None:
        """Take the other side's clock for right where ours, as it was *used*, is a minute off."""
        theirs = moment_of(response)
        if theirs is None:
            return
        ahead = theirs - self._clock.now()
        if abs(ahead - used) < WORTH_LEARNING:
            return
        self._ahead = ahead
        seconds = round(ahead.total_seconds())
        event(CLOCK_OFF, level=logging.WARNING, account=self._name, seconds=seconds)
        way = "behind" if seconds > 0 else "ahead of"
        raise RetryableError(
            f"this machine's clock is {abs(seconds):,} seconds {way} {self._origin.host}'s, "
            "which refused the request for it",
            hint="set the clock (NTP)",
        )


def is_about_time(response: Response) -> bool:
    """Whether a refusal says that the stamp is too old, or not due yet."""
    body = response.body[:4096].lower()
    return response.status == HTTPStatus.FORBIDDEN and any(word in body for word in _ABOUT_TIME)


def is_about_signature(response: Response) -> bool:
    """Whether a refusal may come from a wrong stamp: some say no more than that it is invalid."""
    refused = response.status == HTTPStatus.FORBIDDEN
    return is_about_time(response) or (
        refused and response.headers.get(ERROR_TYPE, "").startswith(_INVALID)
    )


def moment_of(response: Response) -> datetime | None:
    """The other side's time, by the answer's Date; None where it has none that can be read."""
    try:
        moment = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def host_of(url: str) -> str:
    """The Host header of a URL: the port only where it is not its scheme's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    default = parts.port in (None, DEFAULT_PORTS.get(parts.scheme))
    return named if default else f"{named}:{parts.port}"


@lru_cache(maxsize=64)
def _target(url: str) -> tuple[str, str, str]:
    """Host, path and query of a URL as they are signed: an account has few URLs."""
    parts = urlsplit(url)
    return host_of(url), canonical_path(parts.path), canonical_query(parts.query)


def canonical_path(path: str) -> str:
    """A sent path, encoded once more, without dot segments and empty ones."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return quote(f"/{'/'.join(kept)}{end}", safe="/~")


def canonical_query(query: str) -> str:
    """A sent query, its names and values encoded in one way and sorted."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    encoded = sorted((_encoded(name), _encoded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="~")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
