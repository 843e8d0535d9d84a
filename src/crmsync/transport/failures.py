"""THE table: what a status, a header or an exception means for the caller.

Vendors ask their own rows first and `classify` for all that they do not say themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from crmsync.errors import (
    BatchRejectedError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
)
from crmsync.interfaces import Request, Response
from crmsync.transport.exceptions import of_exception
from crmsync.transport.redaction import excerpt, safe

__all__ = [
    "ANSWERS",
    "classify",
    "classify_read",
    "is_html",
    "named",
    "of_exception",
    "retry_after",
    "retryable",
    "told",
]

ANSWERS: Final = frozenset({200, 201, 202, 204, 207})
"""Statuses that are answers. Any other, known or not, has a row below or is unexpected."""

# 520-527 and 530 are Cloudflare's own:
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
# In these the request did not reach the server behind it.
_NOT_DELIVERED: Final = frozenset({423, 425, 429, 477, 521, 522, 523, 525, 526, 530})
_PASSING: Final = frozenset({408, *_NOT_DELIVERED})
_PERMANENT_5XX: Final = frozenset({501, 505, 506, 508, 510})
_SECONDS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_CLIENT_ERROR: Final = 4
# The other redirects may be what follows after a POST was done: RFC 9110, sections 15.4.2 to
# 15.4.4 and 15.4.8 to 15.4.9.
_NOT_DONE_HERE: Final = frozenset({307, 308})
_LONGEST: Final = 366 * 86_400.0


def classify(request: Request, response: Response) -> CrmsyncError | None:
    """What an answer means, by its status alone; None where it is an answer."""
    if response.status in ANSWERS:
        return None
    judge = _BY_STATUS.get(response.status) or _by_hundred(response.status)
    return judge(request, response)


def classify_read(request: Request, response: Response) -> CrmsyncError | None:
    """As `classify`, for a request that holds no payloads, so that there are none to divide."""
    if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _unexpected(request, response)
    return classify(request, response)


def retryable(request: Request, response: Response, **known: str) -> RetryableError:
    """A passing failure, with the wait that the answer asks for.

    Args:
        request: What was asked.
        response: The answer.
        known: `hint`, where the vendor's own is better.
    """
    status = response.status
    return RetryableError(
        told(request, response),
        hint=known.get("hint", ""),
        retry_after=retry_after(response.headers),
        maybe_delivered=status not in _NOT_DELIVERED,
        throttled=status == HTTPStatus.TOO_MANY_REQUESTS,
    )


def told(request: Request, response: Response) -> str:
    """One line on a failed answer: who said what to which request. No query, no secret."""
    parts = urlsplit(request.url)
    said = excerpt(response.body) if not is_html(response) else "an HTML page"
    asked = safe(f"{request.method} {parts.netloc}{parts.path}")
    return f"{asked} was answered {named(response.status)}" + (f": {said}" if said else "")


def is_html(response: Response) -> bool:
    """Whether the answer is a page for people (a proxy's, a firewall's), not the API's."""
    kind = response.headers.get("content-type", "").lower()
    return "html" in kind or response.body[:64].lstrip().lower().startswith((b"<!doc", b"<html"))


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds that the answer asks to wait, None where it does not say or it makes no sense.

    A date is compared with the answer's own Date header, so that a wrong local clock does
    no harm; *now* is used only where that header is missing. A date that has passed is 0.0.
    At most a year; the caller caps it.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST)
    until, since = _date(text), _date(headers.get("date", "")) or now
    if until is None or since is None:
        return None
    return min(max((until - since).total_seconds(), 0.0), _LONGEST)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def named(status: int) -> str:
    """A status with its phrase."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _by_hundred(status: int) -> Callable[[Request, Response], CrmsyncError]:
    return _unexpected if status in _PERMANENT_5XX else _BY_HUNDRED.get(status // 100, _unexpected)


def _redirected(request: Request, response: Response) -> FatalError:
    location = response.headers.get("location", "")
    where = safe(urlsplit(location).netloc if "//" in location else location.partition("?")[0])
    asked = told(request, response._replace(body=b""))
    return FatalError(
        f"{asked} and pointed to {where or 'nowhere'}; it was not followed",
        hint="credentials go to the configured host only; if the API moved, change base_url",
        maybe_delivered=response.status not in _NOT_DONE_HERE,
    )


def _unexpected(request: Request, response: Response) -> FatalError:
    return FatalError(
        told(request, response),
        hint="check base_url and the API's version",
        # RFC 9110, section 15.5: a 4xx says that the request cannot be fulfilled as it is.
        maybe_delivered=response.status // 100 != _CLIENT_ERROR,
    )


def _credentials(request: Request, response: Response) -> CredentialsError:
    return CredentialsError(
        told(request, response), hint="check the credential, and what it is allowed to do"
    )


def _forbidden(request: Request, response: Response) -> CrmsyncError:
    if is_html(response) and "cf-ray" in response.headers:
        return retryable(request, response, hint="a firewall stands before the API; ask its owner")
    return _credentials(request, response)


def _too_large(request: Request, response: Response) -> BatchRejectedError:
    said = told(request, response)
    return BatchRejectedError(said, reason=excerpt(response.body) or "too large", too_large=True)


_BY_HUNDRED: Final[Mapping[int, Callable[[Request, Response], CrmsyncError]]] = {
    3: _redirected,
    5: retryable,
}
_BY_STATUS: Final[Mapping[int, Callable[[Request, Response], CrmsyncError]]] = {
    401: _credentials,
    403: _forbidden,
    407: _credentials,
    413: _too_large,
    **dict.fromkeys(_PASSING, retryable),
}
