"""What Salesforce's answers mean where they are no records: its rows of the failure table.

Codes and statuses: REST API Developer Guide, "Status Codes and Error Responses", and Bulk API
2.0 Developer Guide, read 2026-11-21. Rows marked so were observed by others only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import orjson

from crmsync.errors import CredentialsError, CrmsyncError, FatalError, RetryableError
from crmsync.interfaces import Request, Response
from crmsync.sources.salesforce.refusals import oauth_refusal
from crmsync.transport import failures
from crmsync.transport.redaction import safe

TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105 - a path, no password
SOAP_PATH: Final = "/services/Soap/"
_JOBS: Final = "/jobs/query/"
_CONCURRENT_WAIT: Final = 5.0
"""Seconds until other programs' long requests may be over; Salesforce does not say."""
_REDIRECTS: Final = (301, 302, 303, 307, 308)
# Observed, undocumented: both come now and then, without a body, and pass.
_ODD: Final = (406, 420)
_PASSING_JOB: Final = ("timeout", "unavailable", "internal", "unknown_exception", "lock", "retried")
_FIELDS: Final = (
    "a field that the mapping or the filter names is not there, or the user who signs in may not "
    "see it: `crmsync check` names it, `crmsync fields` lists those that are"
)
_OURS: Final = "this is a fault of crmsync's request; report it with this message"
_ROLLING: Final = (
    "run again in some hours: the 24 hours are a rolling window. What is pending goes on from here"
)


class SessionExpiredError(CredentialsError):
    """The session is over, or was never taken. Sign in anew, once."""


class NotFoundError(FatalError):
    """There is nothing of that name, or the user may not see it."""


class LocatorError(FatalError):
    """A query's or a job's result, or a place in it, is gone: begin it anew."""


class _Refused(NamedTuple):
    """An answer that is none, with the errors that its body lists."""

    request: Request
    response: Response
    code: str
    words: str

    @property
    def path(self) -> str:
        return safe(f"{self.request.method} {urlsplit(self.request.url).path}")


_Row: TypeAlias = Callable[[_Refused], CrmsyncError | None]


class Failures:
    """What an answer means, as an error; None where it is an answer."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._codes: Mapping[str, _Row] = {
            "INVALID_SESSION_ID": self._expired,
            "INVALID_AUTH_HEADER": self._expired,
            "REQUEST_LIMIT_EXCEEDED": self._used_up,
            "LIMIT_EXCEEDED": self._used_up,
            "TOTAL_REQUESTS_LIMIT_EXCEEDED": self._used_up,
            "INSUFFICIENT_ACCESS": self._no_right,
            "INSUFFICIENT_ACCESS_OR_READONLY": self._no_right,
            "API_DISABLED_FOR_ORG": self._no_api,
            "FEATURENOTENABLED": self._no_api,
            "TXN_SECURITY_METERING_ERROR": self._metered,
            "INVALID_FIELD": self._fatal(_FIELDS),
            "INVALID_TYPE": self._fatal(
                "the object is not there, or the user who signs in may not see it: "
                "`crmsync check` names what is missing"
            ),
            "MALFORMED_QUERY": self._fatal(_OURS),
            "OPERATION_TOO_LARGE": self._fatal(
                "the query is too large for this user: give the user who signs in the permission "
                "View All Data, or narrow the sync by a filter"
            ),
            "QUERY_TIMEOUT": self._slow,
            "API_CURRENTLY_DISABLED": self._passing,
            "SERVER_UNAVAILABLE": self._passing,
            "UNKNOWN_EXCEPTION": self._passing,
        }
        self._statuses: Mapping[int, _Row] = {
            401: self._expired,
            403: self._forbidden,
            404: self._not_found,
            409: self._conflict,
            410: self._not_found,
            414: self._too_long,
            431: self._too_long,
            **dict.fromkeys(_ODD, self._passing),
            **dict.fromkeys(_REDIRECTS, self._moved),
        }

    def __call__(self, request: Request, response: Response) -> CrmsyncError | None:
        """Look up an answer's row; `transport.failures` has those that all vendors share."""
        if response.status in failures.ANSWERS:
            return None
        path = urlsplit(request.url).path
        refused = _Refused(request, response, *_first(response.body))
        if response.status in _REDIRECTS:
            return self._moved(refused)
        if path.endswith(TOKEN_PATH):
            refusal = oauth_refusal(self._account, response)
            return refusal or failures.classify_read(request, response)
        if SOAP_PATH in path and b"Fault" in response.body:
            return None  # the library's login reads the fault
        row = self._by_code(refused) or self._statuses.get(response.status)
        return row(refused) if row else self._else(refused)

    def _by_code(self, refused: _Refused) -> _Row | None:
        if "LOCATOR" in refused.code:
            return self._gone
        return self._codes.get(refused.code)

    def _else(self, refused: _Refused) -> CrmsyncError | None:
        error = failures.classify_read(refused.request, refused.response)
        if refused.code and type(error) is FatalError:
            return FatalError(self._said(refused), hint=_OURS)
        return error

    def _expired(self, refused: _Refused) -> CrmsyncError:
        return SessionExpiredError(
            f"{self._account}: Salesforce does not take the session it gave "
            f"({refused.code or refused.response.status}: {refused.words or 'no reason'})",
            hint='give the user who signs in the permission "API Enabled", and look at the '
            "connected app's session and IP policies in Setup",
        )

    def _used_up(self, refused: _Refused) -> CrmsyncError:
        if "concurrent" in refused.words.lower():
            return RetryableError(
                f"{self._account}: too many long requests at once in the Salesforce org "
                f"({refused.words})",
                hint="other programs use the same org; run again when they are done",
                retry_after=self._asked(refused) or _CONCURRENT_WAIT,
                throttled=True,
            )
        return RetryableError(
            f"{self._account}: the Salesforce org's API requests of the last 24 hours are used "
            f"up ({refused.code}: {refused.words})",
            hint=_ROLLING,
            throttled=True,
            final=True,
        )

    def _no_right(self, refused: _Refused) -> CrmsyncError:
        return CredentialsError(
            self._said(refused),
            hint="give the user who signs in the right to read it (a permission set)",
        )

    def _no_api(self, refused: _Refused) -> CrmsyncError:
        return CredentialsError(
            self._said(refused),
            hint="the org's edition must include the API (Professional: as an add-on), and the "
            'user who signs in needs the permission "API Enabled"',
        )

    def _metered(self, refused: _Refused) -> CrmsyncError:
        return CredentialsError(
            self._said(refused),
            hint="a transaction security policy stops the user who signs in: assign the "
            'permission "Exempt from Transaction Security"',
        )

    def _slow(self, refused: _Refused) -> CrmsyncError:
        return RetryableError(
            self._said(refused),
            hint="the query takes Salesforce longer than 120 seconds: narrow it by a filter, or "
            "set bulk_threshold lower, so that a Bulk job reads it",
        )

    def _passing(self, refused: _Refused) -> CrmsyncError:
        return failures.retryable(refused.request, refused.response)

    def _gone(self, refused: _Refused) -> CrmsyncError:
        return LocatorError(
            self._said(refused),
            hint="Salesforce keeps a query's result for two days, a Bulk job's for seven: run "
            "again, with --full if it stays so",
        )

    def _forbidden(self, refused: _Refused) -> CrmsyncError:
        if not refused.code:  # a page of a firewall, or of a maintenance: no word on rights
            return failures.retryable(
                refused.request,
                refused.response,
                hint="Salesforce may be in maintenance (status.salesforce.com), or a firewall "
                "stands before it",
            )
        return self._no_right(refused)

    def _not_found(self, refused: _Refused) -> CrmsyncError:
        if _JOBS in urlsplit(refused.request.url).path:
            return self._gone(refused)
        return NotFoundError(
            f"{self._account}: Salesforce has nothing at {refused.path} "
            f"({refused.response.status})",
            hint="check login_url and api_version; the user who signs in may also lack the "
            "right to read it",
        )

    def _conflict(self, refused: _Refused) -> CrmsyncError | None:
        """A job's result goes by the API version that the job was made with."""
        if _JOBS in urlsplit(refused.request.url).path:
            return self._gone(refused)
        return self._else(refused)

    def _too_long(self, refused: _Refused) -> CrmsyncError:
        return FatalError(
            f"{self._account}: the address of {refused.path} is too long for Salesforce or a "
            f"proxy before it ({len(refused.request.url):,} bytes)",
            hint="map fewer fields, or set bulk_threshold = 0, so that Bulk jobs carry the query",
        )

    def _moved(self, refused: _Refused) -> CrmsyncError:
        to = urlsplit(refused.response.headers.get("location", "")).netloc
        return FatalError(
            f"{self._account}: {urlsplit(refused.request.url).netloc} pointed to "
            f"{safe(to) or 'another place'} ({refused.response.status}); it was not followed",
            hint="credentials go to the configured hosts only; if the org moved, change login_url",
        )

    def _fatal(self, hint: str) -> _Row:
        return lambda refused: FatalError(self._said(refused), hint=hint)

    def _asked(self, refused: _Refused) -> float | None:
        return failures.retry_after(refused.response.headers)

    def _said(self, refused: _Refused) -> str:
        told = f"{refused.code}: {refused.words}" if refused.code else "no reason given"
        return (
            f"{self._account}: Salesforce refused {refused.path} "
            f"({refused.response.status}): {told}"
        )


def job_failed(account: str, state: str, message: str) -> CrmsyncError:
    """The error for a Bulk job that ended without a result. *message* is Salesforce's own."""
    told = f"{account}: Salesforce's Bulk job ended as {safe(state, limit=40)}" + (
        f": {message}" if message else ""
    )
    if state == "Aborted":
        return RetryableError(
            told, hint="somebody stopped it (Setup, Bulk Data Load Jobs): run again", final=True
        )
    if any(sign in message.lower() for sign in _PASSING_JOB):
        return RetryableError(told, hint="run again later", final=True)
    return FatalError(told, hint=_FIELDS if "INVALID_FIELD" in message else _OURS)


def _first(body: bytes) -> tuple[str, str]:
    """(code, words) of the first error that a body lists; empty where it lists none."""
    try:
        document = orjson.loads(body)
    except ValueError:
        return "", ""
    one = document[0] if isinstance(document, list) and document else document
    if not isinstance(one, dict):
        return "", ""
    code, words = str(one.get("errorCode") or ""), str(one.get("message") or "")
    return safe(code, limit=80), safe(" ".join(words.split()))
