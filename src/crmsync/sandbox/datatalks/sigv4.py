"""Verifies AWS Signature Version 4 over the exact bytes of a request, as a service does.

Written from the published algorithm: "Create a signed AWS API request" in the IAM User Guide,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, read
2026-11-21. Only the Authorization header is understood, not signatures in the query string.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from crmsync.sandbox.datatalks import refusals
from crmsync.sandbox.exchange import Request

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
# Requests to an API Gateway must arrive within five minutes of their stamp:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html, read 2026-11-21.
TOLERANCE: Final = timedelta(minutes=5)

_PARAMETERS: Final = ("Credential", "Signature", "SignedHeaders")
_STAMP: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_SCOPE_PARTS: Final = 5


class Account(NamedTuple):
    """Who may sign, and for what.

    Attributes:
        access_key_id: None takes any.
    """

    access_key_id: str | None
    secret: str
    region: str
    service: str


class Signature(NamedTuple):
    """What an Authorization header says, with the request's stamp (`20150830T123600Z`)."""

    access_key_id: str
    scope: tuple[str, ...]
    signed_headers: tuple[str, ...]
    hexdigest: str
    stamp: str


def verify(request: Request, account: Account, now: datetime) -> str:
    """Check a request's signature; gives the access key id that made it.

    Raises:
        RefusedError: It is not signed, or wrongly; with the gateway's answer.
    """
    signature = _parsed(request.headers)
    if account.access_key_id not in (None, signature.access_key_id):
        raise refusals.unknown_key()
    _check_scope(signature, account)
    _check_stamp(signature)
    _check_headers(signature, request.headers)
    _check_time(signature.stamp, now)
    canonical = canonical_request(request, signature.signed_headers)
    text = string_to_sign(canonical, signature.stamp, signature.scope)
    expected = sign(account.secret, signature.scope, text)
    if not hmac.compare_digest(expected.encode(), signature.hexdigest.encode()):
        raise refusals.mismatch(canonical.decode("latin-1"), text)
    return signature.access_key_id


def canonical_request(request: Request, signed_headers: tuple[str, ...]) -> bytes:
    """The request in the one form that both sides hash."""
    names = sorted(signed_headers)
    headers = b"".join(
        name.encode() + b":" + b" ".join(request.headers.get(name.encode(), b"").split()) + b"\n"
        for name in names
    )
    lines = (
        request.method.encode(),
        canonical_path(request.raw_path).encode(),
        canonical_query(request.query).encode(),
        headers,
        ";".join(names).encode(),
        hashlib.sha256(request.body).hexdigest().encode(),
    )
    return b"\n".join(lines)


def canonical_path(raw: bytes) -> str:
    """The path without dot segments and empty ones, encoded once more than it was sent.

    Every service but S3 wants each segment encoded twice; the first time was for sending it.
    """
    kept: list[bytes] = []
    for segment in raw.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    end = "/" if kept and raw.endswith(b"/") else ""
    return "/" + quote(b"/".join(kept), safe="/-_.~") + end


def canonical_query(query: bytes) -> str:
    """Names and values encoded, sorted by name and then by value."""
    pairs = (part.partition(b"=") for part in query.split(b"&") if part)
    encoded = sorted((_encoded(name), _encoded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encoded(raw: bytes) -> str:
    return quote(unquote_to_bytes(raw), safe="-_.~")


def string_to_sign(canonical: bytes, stamp: str, scope: tuple[str, ...]) -> str:
    """What the key is applied to."""
    return "\n".join((ALGORITHM, stamp, "/".join(scope), hashlib.sha256(canonical).hexdigest()))


def sign(secret: str, scope: tuple[str, ...], text: str) -> str:
    """The signature: the text under a key derived from the secret through the scope's parts."""
    key = reduce(_hmac, scope, ("AWS4" + secret).encode())
    return _hmac(key, text).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _parsed(headers: Mapping[bytes, bytes]) -> Signature:
    """Read the Authorization header."""
    header = headers.get(b"authorization", b"").decode("latin-1").strip()
    if not header:
        raise refusals.unsigned()
    stamp = (headers.get(b"x-amz-date") or headers.get(b"date", b"")).decode("latin-1")
    algorithm, _, rest = header.partition(" ")
    given = _pairs(rest, header) if algorithm == ALGORITHM else {}
    missing = [name for name in _PARAMETERS if not given.get(name)]
    if missing or not stamp:
        raise refusals.incomplete(missing, header, dated=bool(stamp))
    access_key_id, *scope = given["Credential"].split("/")
    if len(scope) != _SCOPE_PARTS - 1:
        raise refusals.bad_credential(given["Credential"])
    names = tuple(name.lower() for name in given["SignedHeaders"].split(";"))
    return Signature(access_key_id, tuple(scope), names, given["Signature"], stamp)


def _pairs(text: str, header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise refusals.no_pair(header)
        found[name] = value
    return found


def _check_scope(signature: Signature, account: Account) -> None:
    day, region, service, terminator = signature.scope
    wrong: list[str] = []
    if region != account.region:
        wrong.append(f"Credential should be scoped to a valid region, not '{region}'. ")
    if service != account.service:
        wrong.append(f"Credential should be scoped to correct service: '{account.service}'. ")
    if terminator != TERMINATOR:
        wrong.append(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}', "
            f"not '{terminator}'. "
        )
    stamped = signature.stamp[:8]
    if day != stamped:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{day}' != '{stamped}', from '{signature.stamp}'."
        )
    if wrong:
        raise refusals.bad_signature("".join(wrong))


def _check_stamp(signature: Signature) -> None:
    if not _STAMP.fullmatch(signature.stamp) or not _is_moment(signature.stamp):
        raise refusals.bad_stamp(signature.stamp)


def _is_moment(stamp: str) -> bool:
    try:
        datetime.strptime(stamp, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def _check_headers(signature: Signature, headers: Mapping[bytes, bytes]) -> None:
    """The host and every x-amz-* header must be signed."""
    signed = {name.encode() for name in signature.signed_headers}
    if b"host" not in signed:
        raise refusals.unsigned_header("Host")
    for name in sorted(headers):
        if name.startswith(b"x-amz-") and name not in signed:
            raise refusals.unsigned_header(name.decode("latin-1"))


def _check_time(stamp: str, now: datetime) -> None:
    stamped = datetime.strptime(stamp, _FORMAT).replace(tzinfo=UTC)
    now = now.astimezone(UTC).replace(microsecond=0)
    arrived = now.strftime(_FORMAT)
    if stamped < now - TOLERANCE:
        bound = (now - TOLERANCE).strftime(_FORMAT)
        raise refusals.bad_signature(
            f"Signature expired: {stamp} is now earlier than {bound} ({arrived} - 5 min.)"
        )
    if stamped > now + TOLERANCE:
        bound = (now + TOLERANCE).strftime(_FORMAT)
        raise refusals.bad_signature(
            f"Signature not yet current: {stamp} is still later than {bound} ({arrived} + 5 min.)"
        )
