"""Salesforce's error bodies.

The data API answers an array of errors, the token endpoint an object: REST API Developer Guide
("Status codes and error responses") and the OAuth error codes of Salesforce's help, read
2026-11-21. The wording is Salesforce's where clients look at it, else free.
"""

from __future__ import annotations

from crmsync.sandbox.exchange import Answer, RefusedError


def errors(status: int, code: str, message: str) -> Answer:
    """An answer of the data API that refuses."""
    return Answer.json(status, [{"message": message, "errorCode": code}])


def refused(status: int, code: str, message: str) -> RefusedError:
    """The same, to be raised."""
    return RefusedError(errors(status, code, message))


def malformed(message: str) -> RefusedError:
    """400: the SOQL cannot be understood."""
    return refused(400, "MALFORMED_QUERY", message)


def invalid_field(message: str) -> RefusedError:
    """400: a field that does not exist, is not visible, or does not fit its use."""
    return refused(400, "INVALID_FIELD", message)


def no_column(name: str, entity: str) -> RefusedError:
    """400: the object has no such field that the user may see."""
    return invalid_field(
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom "
        "field, be sure to append the '__c' after the custom field name. Please reference your "
        "WSDL or the describe call for the appropriate names."
    )


def no_object(name: str) -> RefusedError:
    """400: there is no such object that the user may see."""
    return refused(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")


def invalid_session() -> Answer:
    """401: no session, an ended one, or one that never was."""
    return errors(401, "INVALID_SESSION_ID", "Session expired or invalid")


def daily_limit() -> Answer:
    """403: the calls of 24 hours are spent."""
    return errors(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def too_many_at_once() -> Answer:
    """403: too many long calls at the same time; passes by itself."""
    message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return errors(403, "REQUEST_LIMIT_EXCEEDED", message)


def not_found() -> RefusedError:
    """404: there is nothing at the path."""
    return refused(404, "NOT_FOUND", "The requested resource does not exist")


def grant(error: str, description: str) -> RefusedError:
    """400 of the token endpoint."""
    return RefusedError(Answer.json(400, {"error": error, "error_description": description}))
