"""Pipedrive's bodies.

Shapes are from Pipedrive's "Core API concepts: responses" and "HTTP status codes" (read
2026-11-21) and from bodies that users of its Node client quote in issues; the wording is free
where no client depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError

_INFO: Final = "Please check developers.pipedrive.com"
_MESSAGES: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: "unauthorized access",
        403: "Scope and URL mismatch",
        404: "Not Found",
        405: "Method not allowed",
        410: "This endpoint is no longer available. Please use API v2.",
        429: "request over limit",
    }
)


def body(status: int, message: str = "") -> JSONObject:
    """A failure's body."""
    return {
        "success": False,
        "error": message or _MESSAGES.get(status, "Internal server error"),
        "error_info": _INFO,
        "errorCode": status,
        "data": None,
        "additional_data": None,
    }


def failure(status: int, message: str = "", headers: Headers = ()) -> Answer:
    """A failure with the vendor's body."""
    return Answer.json(status, body(status, message), headers)


def refused(status: int, message: str = "") -> RefusedError:
    """Ends the handling of a request with that failure."""
    return RefusedError(failure(status, message))


def invalid(parameter: str, problem: str) -> RefusedError:
    """400 as version 2 answers a parameter that it knows and cannot read."""
    found = {
        "success": False,
        "error": f"Validation failed: {parameter}: {problem}",
        "code": "ERR_SCHEMA_VALIDATION_FAILED",
    }
    return RefusedError(Answer.json(400, found))


def blocked(headers: Headers = ()) -> Answer:
    """403 by the edge, in HTML: the caller went on through its 429s."""
    return Answer.html(403, "Access denied | Cloudflare used to restrict access", headers)
