"""What Data Talks' answers mean: its own rows, before the general table of failures.

Its document names no status. Version 2 documents 200, 400, 403, 500, 502 and 504
(https://datatalks.atlassian.net, space PI, read 2026-11-21). The texts of a 403 are Amazon API
Gateway's: https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden and
https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch, read 2026-11-21.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from crmsync.destinations.datatalks.refusals import Reply, read_reply
from crmsync.destinations.sigv4 import is_about_time
from crmsync.errors import (
    BatchRejectedError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
)
from crmsync.interfaces import Request, Response
from crmsync.transport import failures
from crmsync.transport.strict import MalformedError

TAKEN: Final = frozenset({200, 201, 202, 204})
MOST_500: Final = 3
"""So often a record is answered 500 before it is put aside: version 2's page asks to contact
Data Talks with the requestId then."""

_REFUSED: Final = frozenset({400, 413, 422})
_TOO_LARGE: Final = 413
_LOCKED_OUT: Final = frozenset({401, 403})
# A piece of the gateway's text, in lower case, to what it means and what to do.
_CREDENTIALS: Final = {
    "missing authentication token": (
        "there is nothing at this address, or the signature got lost",
        "check base_url and path, and what stands between (a proxy)",
    ),
    "security token included in the request is": (
        "it does not know the access key id, or the session token is not of it or has expired",
        "check access_key_id (and session_token)",
    ),
    "signature we calculated does not match": (
        "the signature is wrong",
        "check secret_access_key, and that nothing between (a proxy) changes requests",
    ),
    "should be scoped to": (
        "the signature is for another region or service",
        "set region and service to what Data Talks names",
    ),
    "not authorized to perform": (
        "the key may not call the API",
        "ask Data Talks to allow it: their policy forbids execute-api:Invoke",
    ),
}
_OURS: Final = {
    404: "there is nothing at this path (404)",
    405: "it takes no POST at this path (405)",
    415: "it does not take the body's Content-Type (415)",
}


def classify(request: Request, response: Response) -> CrmsyncError | None:
    """What an answer to a push means; None where the record was taken, and for a 500.

    How often a 500 may come is for the caller to count: see `Patience`.
    """
    status = response.status
    if status in TAKEN:
        return _doubts(response)
    if status in _REFUSED:
        return _rejected(response, _tolerant(response))
    if status in _LOCKED_OUT and not failures.is_html(response):
        return _locked_out(response)
    if status in _OURS:
        return FatalError(
            f"Data Talks: {_OURS[status]}",
            hint="check base_url and path, and what stands between (a proxy)",
            maybe_delivered=False,
        )
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    return failures.classify(request, response) or FatalError(
        f"Data Talks answered {status}, which is none of its answers",
        hint="check base_url, and what stands between (a proxy)",
    )


class Patience:
    """Counts the 500s of one record: the same record may be all that is wrong.

    Called with each answer that `classify` lets pass.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._times = 0

    def __call__(self, response: Response) -> None:
        """Let an answer pass that is none of them.

        Raises:
            RetryableError: A 500, and not the last that is borne.
            BatchRejectedError: The last one: the record is put aside with the requestId.
        """
        if response.status != HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        self._times += 1
        if self._times < MOST_500:
            raise failures.retryable(self._request, response)
        reply = _tolerant(response)
        told = reply._replace(reason=f"answered 500 {MOST_500} times: {reply.reason or 'no words'}")
        raise _rejected(response, told)


def once_only(request: Request, response: Response) -> None:
    """Like `Patience`, for what must not arrive twice: a 500 leaves open whether it did.

    Raises:
        RetryableError: A 500, with `maybe_delivered`.
    """
    if response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        error = failures.retryable(request, response)
        told = _tolerant(response).words
        raise RetryableError(f"{error.message}; {told}", hint=error.hint, maybe_delivered=True)


def _doubts(response: Response) -> CrmsyncError | None:
    """An accepting status is believed with nothing or sane JSON behind it."""
    try:
        reply = read_reply(response)
    except MalformedError as error:
        return FatalError(
            f"Data Talks answered {response.status} with {error.found}: nothing counts as accepted",
            hint="check base_url and what stands between (a proxy, a login page)",
        )
    return _rejected(response, reply) if reply.success is False else None


def _rejected(response: Response, reply: Reply) -> BatchRejectedError:
    return BatchRejectedError(
        f"Data Talks refused a record ({response.status}): {reply.words}",
        reason=reply.reason or reply.words,
        refusals={0: reply.words},
        too_large=response.status == _TOO_LARGE,
    )


def _locked_out(response: Response) -> CrmsyncError:
    reply = _tolerant(response)
    if reply.success is False:
        return _rejected(response, reply)  # Data Talks' own word on the record, not the gateway's
    if is_about_time(response):
        return CredentialsError(
            f"Data Talks refused the time of the signature (403): {reply.words}",
            hint="set this machine's clock (NTP)",
        )
    said = reply.reason.lower()
    known = (meaning for text, meaning in _CREDENTIALS.items() if text in said)
    meaning, hint = next(
        known, ("it gave no reason that is known", "check access_key_id and secret_access_key")
    )
    return CredentialsError(
        f"Data Talks let nobody in ({response.status}): {meaning}; it said: {reply.words}",
        hint=hint,
    )


def _tolerant(response: Response) -> Reply:
    """The words of an answer that is a refusal by its status, whatever stands in it."""
    try:
        return read_reply(response)
    except MalformedError as error:
        return Reply(None, error.found, "")
