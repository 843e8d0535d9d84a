"""What a receiver's answers mean: its own rows, before the general table of failures.

By Standard Webhooks any 2xx is success (see `signing`). That is not enough here: a proxy's page
comes with a 200 too. So an accepting answer is empty, one word, or a JSON object, and a receiver
that says how many it `accepted` is taken at its word.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import orjson

from crmsync.errors import BatchRejectedError, CredentialsError, CrmsyncError, FatalError
from crmsync.interfaces import Request, Response
from crmsync.transport import failures
from crmsync.transport.redaction import excerpt, safe
from crmsync.transport.strict import MalformedError, loads

TAKEN: Final = frozenset({200, 201, 202, 204})
ACCEPTED: Final = "accepted"

_WORDS: Final = frozenset({b"", b"ok", b"accepted", b"created"})
_REFUSED: Final = frozenset({400, 413, 422})
_BETWEEN: Final = "check base_url and path, and what stands between (a proxy, a login page)"


def classify(request: Request, response: Response) -> CrmsyncError | None:
    """What an answer to a push means; None where the batch was taken."""
    status = response.status
    if status in TAKEN:
        return _doubts(request, response)
    if status in _REFUSED:
        return _rejected(response)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return CredentialsError(
            f"the receiver did not believe the signature ({status})",
            hint="check that secret is the receiver's, and that both clocks are right",
        )
    if status == HTTPStatus.GONE:
        # "This is an indication by the server that it's no longer interested".
        return FatalError(
            "the receiver wants no more records (410)", hint="switch its syncs off: enabled = false"
        )
    return failures.classify(request, response) or _unexpected(f"{status}")


def vouches(response: Response) -> bool:
    """Whether an accepting answer counted the records, and so speaks for each."""
    return ACCEPTED in _document(response)


def _doubts(request: Request, response: Response) -> CrmsyncError | None:
    if response.body.strip().lower() in _WORDS:
        return None
    try:
        document = _document(response)
    except MalformedError as error:
        return _unexpected(f"{response.status} with {error.found}")
    sent = len(orjson.loads(request.body))
    told = document.get(ACCEPTED, sent)
    return None if told == sent else _unexpected(f"that it accepted {safe(str(told))} of {sent}")


def _document(response: Response) -> dict[str, Any]:
    if response.body.strip().lower() in _WORDS:
        return {}
    document = loads(response.body)
    if not isinstance(document, dict):
        raise MalformedError("JSON that is no object")
    return document


def _rejected(response: Response) -> BatchRejectedError:
    """Nothing was taken; `{"refused": [{"index": 0, "reason": "…"}]}` says because of whom."""
    try:
        refused = _document(response).get("refused")
    except MalformedError:
        refused = None
    found = [one for one in refused if isinstance(one, dict)] if isinstance(refused, list) else []
    named = {
        one["index"]: safe(str(one.get("reason") or "refused"))
        for one in found
        if type(one.get("index")) is int
    }
    reason = "; ".join(dict.fromkeys(named.values())) or excerpt(response.body) or "no reason"
    return BatchRejectedError(
        f"the receiver refused a batch ({response.status}): {reason}",
        reason=reason,
        refusals=named,
        too_large=response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


def _unexpected(what: str) -> FatalError:
    return FatalError(f"the receiver answered {what}: nothing counts as accepted", hint=_BETWEEN)
