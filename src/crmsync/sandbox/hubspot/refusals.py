"""HubSpot's error bodies.

Shapes and categories are from HubSpot's API reference ("Error handling") and the error schema
of its OpenAPI files, read 2026-11-21; the wording is free where no client depends on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError

_SCOPES_PAGE = "https://developers.hubspot.com/scopes"
_RATE_MESSAGES = {
    "TEN_SECONDLY_ROLLING": "You have reached your ten_secondly_rolling limit.",
    "SECONDLY": "You have reached your secondly limit.",
    "DAILY": "You have reached your daily limit.",
}


def body(message: str, **more: Any) -> JSONObject:
    """An error body; every error has its own correlation id."""
    return {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), **more}


def invalid(message: str, errors: Sequence[Mapping[str, Any]] = ()) -> RefusedError:
    """400: the request is wrong."""
    more: JSONObject = {"category": "VALIDATION_ERROR"}
    if errors:
        more["errors"] = list(errors)
    return RefusedError(Answer.json(400, body(message, **more)))


def no_property(name: str) -> RefusedError:
    """400: a filter or sort names a property that the portal does not have."""
    message = f"Property '{name}' does not exist"
    detail = {
        "message": message,
        "code": "PROPERTY_DOESNT_EXIST",
        "context": {"propertyName": [name]},
    }
    return invalid(f"There was a problem with the request: {message}", [detail])


def unauthenticated() -> Answer:
    """401: no token, or not one that exists."""
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you "
        "can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return Answer.json(401, body(message, category="INVALID_AUTHENTICATION"))


def missing_scopes(scopes: Sequence[str]) -> RefusedError:
    """403: the token lacks these scopes."""
    message = (
        "This app hasn't been granted all required scopes to make this call. Read more about "
        f"required scopes here: {_SCOPES_PAGE}."
    )
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(scopes)},
    }
    more = {"errors": [detail], "links": {"scopes": _SCOPES_PAGE}, "category": "MISSING_SCOPES"}
    return RefusedError(Answer.json(403, body(message, **more)))


def not_found() -> RefusedError:
    """404: the id is gone, or never was."""
    return RefusedError(Answer.json(404, body("resource not found", category="OBJECT_NOT_FOUND")))


def no_such_path() -> RefusedError:
    """404 as the edge answers a path that no API has: HTML."""
    return RefusedError(Answer.html(404, "404 Not Found"))


def too_many(policy: str, headers: Headers = ()) -> Answer:
    """429, naming the limit that was reached."""
    more = {"errorType": "RATE_LIMIT", "policyName": policy, "requestId": str(uuid.uuid4())}
    return Answer.json(429, body(_RATE_MESSAGES[policy], **more, category="RATE_LIMITS"), headers)
