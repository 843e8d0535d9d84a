"""What Pipedrive's answers mean where they are no records: its rows of the failure table.

Statuses and bodies: pipedrive.readme.io/docs/core-api-concepts-http-status-codes and
…/core-api-concepts-rate-limiting, read 2026-11-21. Rows marked so were observed by others only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from crmsync.errors import CredentialsError, CrmsyncError, FatalError, RetryableError
from crmsync.interfaces import Clock, Request, Response
from crmsync.reports import JSONObject
from crmsync.sources.pipedrive.budget import cost_of, left_today
from crmsync.sources.refused import Refused, read_refusal
from crmsync.transport import failures
from crmsync.transport.retrying import come_back

BURST: Final = 2.0
"""Seconds of the burst window, and what is waited where no header says how long."""
_BLOCKED_WAIT: Final = 60.0
"""Seconds before a blocked token tries again; Pipedrive does not say how long it blocks."""
_OWN_HINT: Final = "this is a fault of crmsync's request; report it with this message"


class BadRequestError(FatalError):
    """Pipedrive does not take a request's parameters; a place in a list may be no more."""


class Failures:
    """What an answer means, as an error; None where it is an answer."""

    def __init__(self, account: str, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._rows: Mapping[int, _Row] = {
            400: self._bad_request,
            401: self._unauthorised,
            402: self._unpaid,
            403: self._forbidden,
            404: self._not_found,
            410: self._gone,
            415: self._not_in_plan,
            422: self._bad_request,
            429: self._too_many,
        }

    def __call__(self, request: Request, response: Response) -> CrmsyncError | None:
        """Look up an answer's row; `transport.failures` has those that all vendors share."""
        row = self._rows.get(response.status)
        if row is not None:
            return row(read_refusal(request, response, _spoken))
        return failures.classify_read(request, response)

    def denied(self, request: Request, response: Response, body: JSONObject) -> CrmsyncError:
        """What a 200 means that does not say `success: true`; its own code tells, if it has one.

        Without one it may pass: the request is tried again.
        """
        refused = read_refusal(request, response, _spoken, body)
        row = self._rows.get(_code(body))
        return row(refused) if row else self.empty(request, refused.words or "success is not true")

    def empty(self, request: Request, words: str = "it holds no data") -> RetryableError:
        """What a 200 means that is no answer. Nothing is taken for "no records"."""
        path = urlsplit(request.url).path
        return RetryableError(
            f"{self._account}: Pipedrive answered {request.method} {path} with 200, but {words}",
            hint="if it stays so, ask Pipedrive's support; nothing was taken for empty",
        )

    def _bad_request(self, refused: Refused) -> CrmsyncError:
        return BadRequestError(self._said(refused), hint=_OWN_HINT)

    def _unauthorised(self, refused: Refused) -> CrmsyncError:
        return CredentialsError(
            f"{self._account}: Pipedrive does not know the token ({refused.words or 401})",
            hint="copy the API token anew (in Pipedrive: Personal preferences, API) to where "
            "api_token points; an OAuth app is installed again to get a new refresh_token",
        )

    def _unpaid(self, refused: Refused) -> CrmsyncError:
        return CredentialsError(
            f"{self._account}: the Pipedrive company's trial or subscription is over "
            f"({refused.words or 402})",
            hint="have its administrator settle the subscription in Pipedrive",
        )

    def _forbidden(self, refused: Refused) -> CrmsyncError:
        if failures.is_html(refused.response):
            return RetryableError(
                f"{self._account}: Pipedrive's front door blocks requests for now "
                f"({refused.path} was answered 403 with an HTML page)",
                hint="the token is not at fault: too many requests of this company went on "
                "through refusals. Set rate_limit lower where other programs use the token",
                retry_after=self._asked(refused, _BLOCKED_WAIT),
                throttled=True,
            )
        # Both objects' scopes cover their custom fields, too:
        # https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations,
        # read 2026-11-22.
        return CredentialsError(
            self._said(refused),
            hint="the token's user, or the OAuth app's scopes, do not allow this: deals:read, "
            "contacts:read and users:read are needed",
        )

    def _not_found(self, refused: Refused) -> CrmsyncError:
        return FatalError(
            f"{self._account}: Pipedrive has nothing at {refused.path} (404)",
            hint="check company_domain or base_url: a wrong company answers so, too",
        )

    def _gone(self, refused: Refused) -> CrmsyncError:
        return FatalError(
            f"{self._account}: Pipedrive has retired {refused.path} (410)",
            hint="install a newer version of crmsync, or ask its makers for one",
        )

    def _not_in_plan(self, refused: Refused) -> CrmsyncError:
        return FatalError(
            self._said(refused),
            hint="the company's plan lacks this: take what needs it out of the mapping, or "
            "change the plan",
        )

    def _too_many(self, refused: Refused) -> CrmsyncError:
        headers = refused.response.headers
        left = left_today(headers)
        if left is not None and left < max(cost_of(refused.request.url), 1):
            wait = self._asked(refused, seconds_to_reset(self._clock))
            return budget_spent(self._account, f"{left} left", wait, self._clock)
        reset = headers.get("x-ratelimit-reset", "")
        wait = float(reset) if reset.isdecimal() and len(reset) < len("99999") else BURST
        return RetryableError(
            f"{self._account}: too many requests for Pipedrive in {BURST:g} s",
            hint="other programs use the same token? Set rate_limit lower",
            retry_after=self._asked(refused, wait),
            throttled=True,
        )

    def _asked(self, refused: Refused, otherwise: float) -> float:
        asked = failures.retry_after(refused.response.headers, now=self._clock.now())
        return otherwise if asked is None else asked

    def _said(self, refused: Refused) -> str:
        told = f": {refused.words}" if refused.words else ""
        return (
            f"{self._account}: Pipedrive refused {refused.path} ({refused.response.status}){told}"
        )


_Row: TypeAlias = Callable[[Refused], CrmsyncError]


def budget_spent(account: str, left: str, wait: float, clock: Clock) -> RetryableError:
    """The company's tokens of this day are used up: no waiting inside a run."""
    return RetryableError(
        f"{account}: the Pipedrive company's tokens of this day are used up ({left}); the budget "
        "resets at midnight in the time zone of Pipedrive's server",
        hint=come_back(wait, clock.now()),
        retry_after=wait,
        throttled=True,
        final=True,
    )


def seconds_to_reset(clock: Clock) -> float:
    """Seconds to the next midnight in UTC: a guess, since no header tells the server's zone."""
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def _code(body: JSONObject) -> int:
    """The status that a body names; 0 where it names none."""
    found = (body.get(key) for key in ("errorCode", "code", "status"))
    return next((code for code in found if isinstance(code, int)), 0)


def _spoken(body: JSONObject) -> str:
    parts = [str(body.get(key) or "") for key in ("error", "error_info")]
    return ": ".join(part for part in parts if part) or str(body.get("message") or "")
