"""What HubSpot's answers mean where they are no records: its rows of the failure table.

Statuses, categories and policy names: developers.hubspot.com/docs, "Handling errors" and "API
usage guidelines and limits", read 2026-11-21. Rows marked so were observed by others only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmsync.errors import CredentialsError, CrmsyncError, FatalError, RetryableError
from crmsync.interfaces import Clock, Request, Response
from crmsync.reports import JSONObject
from crmsync.sources.refused import Refused, read_refusal
from crmsync.transport import failures
from crmsync.transport.redaction import safe

_LOCKED_WAIT: Final = 2.0
"""Seconds, at least, before a locked record may be asked for again."""
_WAITS: Final = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
"""Seconds to wait by the policy that was broken: HubSpot sends no Retry-After as a rule."""
_MIGRATION_WAIT: Final = 3600.0
"""Seconds, where a migration does not say how long; it says up to a day (status 477)."""
_NONSENSE_AGE: Final = 10_000
"""Days. A token "expired" in 1970 was never one (observed, undocumented)."""
_DAYS: Final = re.compile(r"(\d+) day", re.ASCII)
_NEW_TOKEN: Final = (
    "copy the whole token from HubSpot (Settings, Integrations, Private Apps or Service Keys) "  # noqa: S105 - advice, no password
    "to where access_token points"
)


class MissingScopesError(CredentialsError):
    """The token is good, and lacks a scope or a right that this call needs."""


class Failures:
    """What an answer means, as an error; None where it is an answer.

    Attributes:
        time_zone: The account's own, by its IANA name; empty until it is known. The daily
            quota resets at its midnight.
    """

    def __init__(self, account: str, clock: Clock) -> None:
        self.time_zone = ""
        self._account = account
        self._clock = clock
        self._rows: Mapping[int, _Row] = {
            400: self._bad_request,
            401: self._unauthorised,
            403: self._forbidden,
            404: self._not_found,
            414: self._too_long,
            423: self._locked,
            429: self._too_many,
            477: self._migrating,
            530: self._no_token,
        }

    def __call__(self, request: Request, response: Response) -> CrmsyncError | None:
        """Look up an answer's row; `transport.failures` has those that all vendors share."""
        row = self._rows.get(response.status)
        if row is not None:
            return row(read_refusal(request, response, _spoken))
        return failures.classify_read(request, response)

    def partial(self, request: Request, document: object) -> CrmsyncError | None:
        """What failed inside an answer to many inputs at once; None where nothing did.

        Such an answer is a 207, or a 200 since version 2026-09: HubSpot's OpenAPI files, read
        2026-11-21. That an input is not there, or has no associations, is no failure.
        """
        errors = _dicts(document.get("errors")) if isinstance(document, dict) else []
        failed = next((one for one in errors if not _is_absence(one)), None)
        if failed is None:
            return None
        words = safe(" ".join(str(failed.get("message") or failed.get("category")).split()))
        path = f"{request.method} {urlsplit(request.url).path}"
        return RetryableError(
            f"{self._account}: HubSpot answered {path} in part only: {words}",
            hint="run again later; if it stays so, ask HubSpot's support about this message",
        )

    def _bad_request(self, refused: Refused) -> CrmsyncError:
        codes = {str(one.get("code")) for one in _dicts(refused.body.get("errors"))}
        unknown = "PROPERTY_DOESNT_EXIST" in codes or "PROPERTY_DOESNT_EXIST" in refused.words
        return FatalError(
            self._said(refused),
            hint="a field that the mapping or the filter names is not there any more: "
            "`crmsync check` names it, `crmsync fields` lists those that are"
            if unknown
            else "this is a fault of crmsync's request; report it with this message",
        )

    def _unauthorised(self, refused: Refused) -> CrmsyncError:
        if refused.body.get("category") != "EXPIRED_AUTHENTICATION":
            return CredentialsError(
                f"{self._account}: HubSpot does not know the access token ({refused.words or 401})",
                hint=_NEW_TOKEN,
            )
        days = _DAYS.search(refused.words)
        if days and int(days[1]) > _NONSENSE_AGE:
            return CredentialsError(
                f"{self._account}: the access token is not a HubSpot token (HubSpot reads it as "
                "one that expired in 1970)",
                hint=_NEW_TOKEN,
            )
        return CredentialsError(
            f"{self._account}: the access token has expired ({refused.words})",
            hint="tokens of private apps and service keys do not expire: use one, or have "
            "the OAuth token renewed",
        )

    def _forbidden(self, refused: Refused) -> CrmsyncError:
        if not refused.body:  # a firewall's page (observed): no word on the token
            return failures.retryable(
                refused.request, refused.response, hint="a firewall stands before the API"
            )
        if scopes := _scopes(refused.body):
            return MissingScopesError(
                f"{self._account}: the access token lacks the scope {' or '.join(scopes)}, "
                f"needed for {refused.path}",
                hint="add it to the private app or service key in HubSpot; the token stays",
            )
        if refused.body.get("category") == "USER_DOES_NOT_HAVE_PERMISSIONS":
            return MissingScopesError(
                f"{self._account}: the person who made the access token has no right to "
                f"{refused.path} any more ({refused.words})",
                hint="have a super admin of the HubSpot account make a new token",
            )
        return MissingScopesError(
            self._said(refused),
            hint="check the private app's or service key's scopes in HubSpot",
        )

    def _not_found(self, refused: Refused) -> CrmsyncError:
        return FatalError(
            f"{self._account}: HubSpot has nothing at {refused.path} (404)",
            hint="check base_url and api_version",
        )

    def _too_long(self, refused: Refused) -> CrmsyncError:
        return FatalError(
            f"{self._account}: the address of {refused.path} is too long for HubSpot "
            f"({len(refused.request.url):,} bytes)",
            hint="set max_url_bytes lower, so that the fields are asked for by POST",
        )

    def _locked(self, refused: Refused) -> CrmsyncError:
        asked = self._asked(refused)
        return RetryableError(self._said(refused), retry_after=max(asked or 0.0, _LOCKED_WAIT))

    def _too_many(self, refused: Refused) -> CrmsyncError:
        policy = _policy(refused)
        asked = self._asked(refused)
        if policy == "DAILY":
            return RetryableError(
                f"{self._account}: the HubSpot account's requests of this day are used up; "
                f"they reset at midnight in its time zone{self._zone_words()}",
                retry_after=self._to_midnight() if asked is None else asked,
                throttled=True,
                final=True,
            )
        return RetryableError(
            f"{self._account}: too many requests for HubSpot ({policy or 'limit not named'})",
            hint="other programs use the same allowance? Set rate_limit lower",
            retry_after=_WAITS.get(policy) if asked is None else asked,
            throttled=True,
        )

    def _migrating(self, refused: Refused) -> CrmsyncError:
        asked = self._asked(refused)
        return RetryableError(
            f"{self._account}: HubSpot is moving this account to another data centre",
            retry_after=_MIGRATION_WAIT if asked is None else asked,
            throttled=True,
        )

    def _no_token(self, refused: Refused) -> CrmsyncError:
        return CredentialsError(
            f"{self._account}: HubSpot's front door refused {refused.path} (530): the access "
            "token is malformed",
            hint=_NEW_TOKEN,
        )

    def _asked(self, refused: Refused) -> float | None:
        return failures.retry_after(refused.response.headers, now=self._clock.now())

    def _said(self, refused: Refused) -> str:
        words = refused.words
        told = f": {words}" if words else ""
        return f"{self._account}: HubSpot refused {refused.path} ({refused.response.status}){told}"

    def _zone_words(self) -> str:
        return f" ({safe(self.time_zone, limit=40)})" if self.time_zone else ""

    def _to_midnight(self) -> float | None:
        try:
            zone = ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
        now = self._clock.now().astimezone(zone)
        day = now.date() + timedelta(days=1)
        return (datetime(day.year, day.month, day.day, tzinfo=zone) - now).total_seconds()


_Row: TypeAlias = Callable[[Refused], CrmsyncError]


def _is_absence(error: JSONObject) -> bool:
    # Observed: inputs without associations come as OBJECT_NOT_FOUND with the subcategory
    # `crm.associations.NO_ASSOCIATIONS_FOUND`.
    told = f"{error.get('category')} {error.get('subCategory')}"
    return "OBJECT_NOT_FOUND" in told or "NO_ASSOCIATIONS_FOUND" in told


def _policy(refused: Refused) -> str:
    """The broken limit's name; from the message where `policyName` is missing."""
    named = str(refused.body.get("policyName") or "").upper()
    words = refused.words.upper()
    return named or next((one for one in ("DAILY", *reversed(_WAITS)) if one in words), "")


def _scopes(body: JSONObject) -> tuple[str, ...]:
    """Every scope that a 403 says would do, in its order."""
    contexts = [body.get("context"), *(one.get("context") for one in _dicts(body.get("errors")))]
    named = [
        str(scope)
        for context in contexts
        if isinstance(context, dict)
        for scope in context.get("requiredGranularScopes") or ()
    ]
    if not named and body.get("category") == "MISSING_SCOPES":
        return ("that HubSpot does not name",)
    return tuple(safe(scope, limit=80) for scope in dict.fromkeys(named))


def _spoken(body: JSONObject) -> str:
    return str(body.get("message") or body.get("category") or "")


def _dicts(value: object) -> list[JSONObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
