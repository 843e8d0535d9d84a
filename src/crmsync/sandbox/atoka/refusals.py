"""What Atoka answers where it refuses.

Neither status codes nor error bodies are in Atoka's document ("Atoka API User Reference", Lead
Events, v20240416.0917, read 2026-11-21). The codes are the customary ones; the body is a guess
in the manner of Dandelion, its maker's other API, whose error codes read `error.…`
(https://dandelion.eu/docs/api/, read 2026-11-21).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError

_CODES: Final = {
    400: "error.invalidParameter",
    401: "error.authenticationError",
    403: "error.forbidden",
    404: "error.notFound",
    405: "error.methodNotAllowed",
    414: "error.requestURITooLong",
    415: "error.unsupportedMediaType",
    429: "error.rateLimitExceeded",
}


def body(status: int, message: str, parameter: str | None = None) -> JSONObject:
    """An error's JSON."""
    return {
        "error": True,
        "status": status,
        "code": _CODES.get(status, "error.internalServerError"),
        "message": message,
        "data": {} if parameter is None else {"parameter": parameter},
    }


def refused(status: int, message: str) -> RefusedError:
    """The refusal of a request as a whole."""
    return RefusedError(Answer.json(status, body(status, message)))


def wrong(parameter: str, message: str) -> RefusedError:
    """The refusal of one parameter; the message starts with its name."""
    return RefusedError(Answer.json(400, body(400, f"{parameter}: {message}", parameter)))


def failure(status: int, headers: Headers = ()) -> Answer:
    """An answer of which nothing is known but the status."""
    return Answer.json(status, body(status, HTTPStatus(status).phrase), headers)
