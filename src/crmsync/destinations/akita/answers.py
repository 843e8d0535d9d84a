"""What Akita's answers mean: its own rows, before the general table of failures.

Akita's article "Creating and Updating Accounts via the API" (read 2026-11-21) shows the body of
an answer, `{"data": {…}}`, and names no status: the rest is what the statuses mean by RFC 9110.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import orjson

from crmsync.destinations.akita.refusals import read_refusal
from crmsync.errors import BatchRejectedError, CredentialsError, CrmsyncError, FatalError
from crmsync.interfaces import Request, Response
from crmsync.transport import failures
from crmsync.transport.redaction import safe
from crmsync.transport.strict import MalformedError, loads

TAKEN: Final = frozenset({200, 201, 202})
# Not documented. A public client's comment speaks of 120 requests a minute: after a minute
# without any, every such window is empty.
PAUSE: Final = 60.0

_REFUSED: Final = frozenset({400, 409, 413, 422})
_CREDENTIALS: Final = {
    401: (
        "Akita took no credentials from the API key (401)",
        "check that api_key holds the key of this account, and that it was not replaced",
    ),
    403: (
        "Akita's API key may not change accounts (403)",
        "check what api_key is allowed to do, and that it is of this account",
    ),
}
_OURS: Final = {
    404: "there is no {path} here (404)",
    405: "Akita takes no {method} on {path} (405)",
    415: "Akita does not take the body's Content-Type (415)",
}
_BETWEEN: Final = "check base_url, and what stands between (a proxy, a login page)"


class ConflictError(BatchRejectedError):
    """The account was being changed by somebody else: once more it may pass."""


def classify(request: Request, response: Response) -> CrmsyncError | None:
    """What an answer to a push means; None where the account was taken."""
    status = response.status
    if status in TAKEN:
        return _doubts(request, response)
    if status in _REFUSED:
        return _rejected(response)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(request, response)
    if status in _CREDENTIALS and not _firewalled(response):
        message, hint = _CREDENTIALS[status]
        return CredentialsError(message, hint=hint)
    return _unexpected(request, response)


def id_of(response: Response) -> str:
    """Akita's own id of an account that was taken; empty where the answer has none."""
    found = _data(orjson.loads(response.body)).get("id")
    return safe(str(found)) if isinstance(found, int | str) else ""


def _unexpected(request: Request, response: Response) -> CrmsyncError:
    status = response.status
    if status in _OURS:
        message = _OURS[status].format(method=request.method, path=request.url.partition("?")[0])
        return FatalError(message, hint=_BETWEEN, maybe_delivered=False)
    return failures.classify(request, response) or FatalError(
        f"Akita answered {status}, which is none of its answers", hint=_BETWEEN
    )


def _firewalled(response: Response) -> bool:
    """Whether a 403 is a firewall's page: that may pass, a wrong key does not."""
    return response.status == HTTPStatus.FORBIDDEN and failures.is_html(response)


def _throttled(request: Request, response: Response) -> CrmsyncError:
    error = failures.retryable(request, response)
    if error.retry_after is None:
        error.retry_after = PAUSE
    return error


def _rejected(response: Response) -> BatchRejectedError:
    reason = read_refusal(response.body)
    conflict = response.status == HTTPStatus.CONFLICT
    return (ConflictError if conflict else BatchRejectedError)(
        f"Akita refused an account ({response.status}): {reason}",
        reason=reason,
        refusals={0: reason},
        too_large=response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


def _doubts(request: Request, response: Response) -> CrmsyncError | None:
    """An accepting status is believed with the very account behind it that was sent."""
    try:
        found = _data(loads(response.body)).get("internal_id")
    except MalformedError as error:
        return FatalError(
            f"Akita answered {response.status} with {error.found}: nothing counts as accepted",
            hint=_BETWEEN,
        )
    wanted = orjson.loads(request.body).get("internal_id")
    if type(found) in (str, int) and str(found) == wanted:
        return None
    what = f'the account "{safe(str(found))}"' if found is not None else "no account"
    return FatalError(
        f'Akita answered {response.status} to the account "{wanted}" with {what}: '
        "the protocol is broken, nothing counts as accepted",
        hint="look at both accounts in Akita, and " + _BETWEEN,
    )


def _data(document: Any) -> dict[str, object]:
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, dict) else {}
