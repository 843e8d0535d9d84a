"""What Akooda's answers mean: its own rows, before the general table of failures.

Akooda documents 204, 400, 403, 404 and 429 (Ingestion API Guide, read 2026-11-21); the rest
is what the statuses mean by RFC 9110.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import orjson

from crmsync.destinations.akooda.refusals import read_refusals
from crmsync.errors import BatchRejectedError, CredentialsError, CrmsyncError, FatalError
from crmsync.interfaces import Request, Response
from crmsync.transport import failures
from crmsync.transport.strict import MalformedError, loads

TAKEN: Final = frozenset({200, 201, 202})
NO_CONTENT: Final = 204

# What web frameworks write where a handler gives a status alone.
_STATUS_WORDS: Final = frozenset({b"OK", b"Created", b"Accepted"})
_REFUSED: Final = frozenset({400, 422})
_TOO_LARGE: Final = 413
_CREDENTIALS: Final = {
    401: (
        "Akooda took no credentials from x-akooda-tenant-id and x-akooda-authorization (401)",
        "check that tenant_id and api_key hold what Akooda's people gave you",
    ),
    403: (
        "x-akooda-authorization does not belong to x-akooda-tenant-id (403)",
        "check that api_key is of the same account as tenant_id, and was not replaced",
    ),
    404: (
        "Akooda knows no tenant with this x-akooda-tenant-id (404)",
        "check tenant_id for a typing error, and base_url for a path that is too much",
    ),
}
_OURS: Final = {
    405: "Akooda takes no {method} on /organizations (405)",
    415: "Akooda does not take the body's Content-Type (415)",
}


def classify(request: Request, response: Response) -> CrmsyncError | None:
    """What an answer to a push means; None where the batch was taken."""
    status = response.status
    if status == NO_CONTENT:
        return None
    if status in TAKEN:
        return _doubts(request, response)
    if status in _REFUSED or status == _TOO_LARGE:
        return _rejected(request, response)
    if status in _CREDENTIALS and not _firewalled(response):
        message, hint = _CREDENTIALS[status]
        return CredentialsError(message, hint=hint)
    if status in _OURS:
        return FatalError(
            _OURS[status].format(method=request.method),
            hint="check base_url, and what stands between (a proxy)",
            maybe_delivered=False,
        )
    return failures.classify(request, response) or FatalError(
        f"Akooda answered {status}, which is none of its answers",
        hint="check base_url, and what stands between (a proxy)",
    )


def _firewalled(response: Response) -> bool:
    """Whether a 403 is a firewall's page: that may pass, wrong credentials do not."""
    return response.status == HTTPStatus.FORBIDDEN and failures.is_html(response)


def _doubts(request: Request, response: Response) -> CrmsyncError | None:
    """An accepting status is believed with nothing, a status word or sane JSON behind it."""
    body = response.body.strip()
    if not body or body in _STATUS_WORDS:
        return None
    try:
        document = loads(body)
    except MalformedError as error:
        return FatalError(
            f"Akooda answered {response.status} with {error.found}: nothing counts as accepted",
            hint="check base_url and what stands between (a proxy, a login page)",
        )
    if isinstance(document, dict) and (
        document.get("success") is False or document.get("errors") or document.get("error")
    ):
        return _rejected(request, response)
    return None


def _rejected(request: Request, response: Response) -> BatchRejectedError:
    domains = [str(entity.get("domain")) for entity in orjson.loads(request.body)]
    refusals = read_refusals(response.body, domains)
    return BatchRejectedError(
        f"Akooda refused a batch of {len(domains):,} ({response.status}): {refusals.reason}",
        reason=refusals.reason,
        refusals=refusals.named,
        too_large=response.status == _TOO_LARGE,
        certain=refusals.certain,
    )
