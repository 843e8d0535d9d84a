"""Answers that accounts give, each told as the error that it becomes: rows of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from crmsync.config.schema import Limits
from crmsync.destinations.akita.answers import classify as classify_akita
from crmsync.destinations.akooda.answers import classify
from crmsync.destinations.atoka.answers import classify as classify_atoka
from crmsync.destinations.atoka.answers import result_of
from crmsync.destinations.atoka.reconcile import Ending
from crmsync.destinations.datatalks.answers import Patience
from crmsync.destinations.datatalks.answers import classify as classify_datatalks
from crmsync.errors import BatchRejectedError, CrmsyncError, RetryableError
from crmsync.exit_codes import of_error
from crmsync.interfaces import Request, Response
from crmsync.sources.hubspot.failures import Failures
from crmsync.sources.pipedrive.failures import Failures as PipedriveFailures
from crmsync.sources.salesforce.failures import Failures as SalesforceFailures
from crmsync.sources.salesforce.failures import job_failed
from crmsync.testing.clocks import FakeClock
from crmsync.transport.exceptions import of_exception
from crmsync.transport.retrying import span
from crmsync.transport.strict import MalformedError, loads

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HTML = b"<!doctype html><html><head><title>Just a moment</title></head></html>"


class Sample(NamedTuple):
    """An answer as an account gives it. `label` is how the page calls it."""

    label: str
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def _said(category: str, message: str = "", **more: object) -> bytes:
    return orjson.dumps({"category": category, "message": message, **more})


_SCOPES = [{"context": {"requiredGranularScopes": ["crm.objects.owners.read"]}}]
_UNKNOWN_FIELD = [{"code": "PROPERTY_DOESNT_EXIST"}]

HUBSPOT = (
    Sample("400, a property is not there", 400, _said("", "No 'nmae'", errors=_UNKNOWN_FIELD)),
    Sample("400, anything else", 400, _said("VALIDATION_ERROR", "Invalid paging")),
    Sample("401", 401, _said("INVALID_AUTHENTICATION", "Credentials not found")),
    Sample("401, expired", 401, _said("EXPIRED_AUTHENTICATION", "Expired 3 hours ago")),
    Sample("401, expired in 1970", 401, _said("EXPIRED_AUTHENTICATION", "Expired 20777 days ago")),
    Sample("403, scopes named", 403, _said("MISSING_SCOPES", errors=_SCOPES)),
    Sample("403, the person's rights", 403, _said("USER_DOES_NOT_HAVE_PERMISSIONS", "Role")),
    Sample("403, anything else", 403, _said("BANNED", "No")),
    Sample("403, an HTML page", 403, HTML, (("content-type", "text/html"),)),
    Sample("404", 404),
    Sample("414", 414),
    Sample("423", 423, _said("", "The record is locked")),
    Sample("429, ten seconds", 429, _said("RATE_LIMITS", policyName="TEN_SECONDLY_ROLLING")),
    Sample("429, one second (search)", 429, _said("RATE_LIMITS", policyName="SECONDLY")),
    Sample("429, the day", 429, _said("RATE_LIMITS", policyName="DAILY")),
    Sample("477", 477),
    Sample("530", 530),
    Sample("a redirect", 302, b"", (("location", "https://login.example.com/"),)),
    Sample("500, 502, 503, 504, 52x", 503),
)

_HTML_TYPE = (("content-type", "text/html"),)
_NO_TOKENS = (("x-daily-ratelimit-token-remaining", "0"),)
PIPEDRIVE = (
    Sample("400 or 422", 400, b'{"error":"Validation failed: limit"}'),
    Sample("401", 401, b'{"error":"unauthorized access"}'),
    Sample("402", 402, b'{"error":"payment required"}'),
    Sample("403", 403, b'{"error":"Scope and URL mismatch"}'),
    Sample("403, an HTML page", 403, HTML, _HTML_TYPE),
    Sample("404", 404),
    Sample("410", 410),
    Sample("415", 415, b'{"error":"feature not in plan"}'),
    Sample("429, two seconds", 429, b"{}", (("x-ratelimit-reset", "2"),)),
    Sample("429, the day", 429, b"{}", _NO_TOKENS),
    Sample("a redirect", 302, b"", (("location", "https://login.example.com/"),)),
    Sample("500, 502, 503, 504, 52x", 503),
)


def _sf(code: str, message: str = "") -> bytes:
    return orjson.dumps([{"errorCode": code, "message": message or code}])


def _grant(error: str, description: str) -> bytes:
    return orjson.dumps({"error": error, "error_description": description})


SALESFORCE_SIGN_IN = (
    Sample("400, `invalid_grant`", 400, _grant("invalid_grant", "authentication failure")),
    Sample("400, `invalid_client`", 400, _grant("invalid_client", "invalid client credentials")),
)
SALESFORCE = (
    Sample("400, a field is not there", 400, _sf("INVALID_FIELD", "No such column 'Nmae'")),
    Sample("400, anything else", 400, _sf("MALFORMED_QUERY", "unexpected token")),
    Sample("400, a query too slow", 400, _sf("QUERY_TIMEOUT")),
    Sample("400, a place in a result that is gone", 400, _sf("INVALID_QUERY_LOCATOR")),
    Sample("401", 401, _sf("INVALID_SESSION_ID", "Session expired or invalid")),
    Sample("403, the day's requests", 403, _sf("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit")),
    Sample("403, too many at once", 403, _sf("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests")),
    Sample("403, no right", 403, _sf("INSUFFICIENT_ACCESS")),
    Sample("403, no API", 403, _sf("API_DISABLED_FOR_ORG")),
    Sample("403, an HTML page", 403, HTML, _HTML_TYPE),
    Sample("404", 404, _sf("NOT_FOUND")),
    Sample("406 or 420 without a body", 420),
    Sample("414 or 431", 414),
    Sample("a redirect", 302, b"", (("location", "https://login.example.com/"),)),
    Sample("500, 502, 503, 504", 503, _sf("SERVER_UNAVAILABLE")),
)

AKOODA = (
    Sample("400 or 422", 400, b'{"message": "phone is too long"}'),
    Sample("401", 401),
    Sample("403", 403),
    Sample("403, an HTML page", 403, HTML, (("content-type", "text/html"), ("cf-ray", "1"))),
    Sample("404", 404),
    Sample("405", 405),
    Sample("413", 413),
    Sample("415", 415),
    Sample("429", 429),
    Sample("408, 500, 502, 503, 504", 503),
    Sample("200, 201 or 202 with an error in its JSON", 200, b'{"success": false, "error": "no"}'),
    Sample("200, 201 or 202 with HTML or cut JSON", 200, HTML),
    Sample("a redirect", 302, b"", (("location", "https://login.example.com/"),)),
)

_OTHER = b'{"data": {"id": 7, "internal_id": "hubspot:2"}}'
_INVALID = b'{"message": "x", "errors": {"tags.0": ["The selected tags.0 is invalid."]}}'
AKITA = (
    Sample("200, 201 or 202 with another account's `internal_id`, or none", 200, _OTHER),
    Sample("200, 201 or 202 with HTML, cut JSON or nothing", 200, HTML),
    Sample("400 or 422", 422, _INVALID),
    Sample("401", 401),
    Sample("403", 403),
    Sample("403, an HTML page", 403, HTML, (("content-type", "text/html"), ("cf-ray", "1"))),
    Sample("404", 404),
    Sample("405", 405),
    Sample("409, twice", 409, b'{"message": "The account is being changed."}'),
    Sample("413", 413),
    Sample("415", 415),
    Sample("429 with `Retry-After`", 429, b"", (("retry-after", "20"),)),
    Sample("429 without it", 429),
    Sample("408, 500, 502, 503, 504", 503),
    Sample("a redirect", 302, b"", (("location", "https://login.example.com/"),)),
)


def _gateway(message: str) -> bytes:
    return orjson.dumps({"message": message})


_UNSUCCESSFUL = b'{"success": false, "messages": ["Unknown tag"], "requestId": "5f2c"}'
DATATALKS = (
    Sample("200 with `success: false`", 200, _UNSUCCESSFUL),
    Sample("200 with HTML or cut JSON", 200, HTML),
    Sample("400 or 422", 400, _UNSUCCESSFUL),
    Sample("403 with `success: false`", 403, _UNSUCCESSFUL),
    Sample("403, the clock", 403, _gateway("Signature expired: …")),
    Sample("403, the path", 403, _gateway("Missing Authentication Token")),
    Sample("403, the key", 403, _gateway("The security token included in the request is invalid.")),
    Sample(
        "403, the secret", 403, _gateway("The request signature we calculated does not match …")
    ),
    Sample("403, the scope", 403, _gateway("Credential should be scoped to a valid region, …")),
    Sample("403, the policy", 403, _gateway("… is not authorized to perform: execute-api:Invoke")),
    Sample("403, an HTML page", 403, HTML, (("content-type", "text/html"), ("cf-ray", "1"))),
    Sample("404", 404),
    Sample("413", 413),
    Sample("415", 415),
    Sample("429", 429),
    Sample("500", 500),
    Sample("502, 503, 504", 504),
    Sample("a redirect", 302, b"", (("location", "https://login.example.com/"),)),
)


_NO_DATE = b'{"message": "date must be after the most recent event", "parameter": "date"}'
_NO_LEAD = b'{"message": "unknown lead", "parameter": "lead"}'
ATOKA = (
    Sample("400, the date", 400, _NO_DATE),
    Sample("400 or 404, the lead", 404, _NO_LEAD),
    Sample("400 or any other 4xx", 400, b'{"message": "status is not configured"}'),
    Sample("401", 401),
    Sample("402", 402),
    Sample("403", 403),
    Sample("403, an HTML page", 403, HTML, (("content-type", "text/html"), ("cf-ray", "1"))),
    Sample("404, an HTML page", 404, HTML, (("content-type", "text/html"),)),
    Sample("405, 406, 414, 415", 405),
    Sample("408, 499", 408),
    Sample("429", 429, b"", (("retry-after", "20"),)),
    Sample("500, 502, 503, 504", 503),
    Sample("a redirect", 302, b"", (("location", "https://login.example.com/"),)),
)


def hubspot_rows() -> Iterator[list[str]]:
    """What HubSpot's answers become, and what everybody's become who gives none."""
    failures = Failures("hubspot", FakeClock(NOW))
    failures.time_zone = "Europe/Stockholm"
    asked = Request("GET", "https://api.hubapi.com/crm/objects/2026-09/companies", {})
    for sample in HUBSPOT:
        yield _row(sample.label, failures(asked, _response(sample)))
    yield from _unanswered("api.hubapi.com")


def pipedrive_rows() -> Iterator[list[str]]:
    """What Pipedrive's answers become, and what everybody's become who gives none."""
    failures = PipedriveFailures("pipedrive", FakeClock(NOW))
    asked = Request("GET", "https://acme.pipedrive.com/api/v2/deals", {})
    for sample in PIPEDRIVE:
        yield _row(sample.label, failures(asked, _response(sample)))
    refused = failures.denied(asked, Response(200, {}, b""), {"error": "Something went wrong"})
    yield _row("200 that says `success: false`", refused)
    yield _row("200 without data", failures.empty(asked))
    yield from _unanswered("acme.pipedrive.com")


def salesforce_rows() -> Iterator[list[str]]:
    """What Salesforce's answers become, and what everybody's become who gives none."""
    failures, org = SalesforceFailures("salesforce"), "https://acme.my.salesforce.com"
    sign_in = Request("POST", f"{org}/services/oauth2/token", {})
    for sample in SALESFORCE_SIGN_IN:
        yield _row(f"signing in: {sample.label}", failures(sign_in, _response(sample)))
    asked = Request("GET", f"{org}/services/data/v68.0/query?q=x", {})
    for sample in SALESFORCE:
        yield _row(sample.label, failures(asked, _response(sample)))
    yield _row("a Bulk job that failed", job_failed("salesforce", "Failed", "InvalidBatch"))
    yield from _unanswered("acme.my.salesforce.com")


def akooda_rows() -> Iterator[list[str]]:
    """What Akooda's answers to a batch of two become."""
    body = b'[{"domain":"acme.com"},{"domain":"acme.se"}]'
    asked = Request("POST", "https://dev.akooda.co/organizations", {}, body)
    for sample in AKOODA:
        yield _row(sample.label, classify(asked, _response(sample)))


def akita_rows() -> Iterator[list[str]]:
    """What Akita's answers to an account become."""
    body = b'{"internal_id":"hubspot:1"}'
    asked = Request("POST", "https://api.akitaapp.com/v1/accounts", {}, body)
    for sample in AKITA:
        error = classify_akita(asked, _response(sample))
        row = _row(sample.label, error)
        if isinstance(error, BatchRejectedError):
            row[2] = "puts the record in quarantine and goes on"  # it is alone in its batch
        yield row


def atoka_rows() -> Iterator[list[str]]:
    """What Atoka's answers to the creation of an event become."""
    asked = Request("POST", "https://api.atoka.io/v2/leadevents", {}, b"lead=6da785b3adf2")
    for sample in ATOKA:
        yield _event_row(sample.label, classify_atoka(asked, _response(sample)))
    try:
        loads(HTML)
    except MalformedError as error:
        yield _event_row("200 with HTML or cut JSON", error)
    host = "api.atoka.io"
    yield _event_row("no answer in time", of_exception(TimeoutError(), sent=True, host=host))
    refused = of_exception(ConnectionRefusedError(), sent=False, host=host)
    yield _event_row("no connection", refused)


def _event_row(label: str, error: CrmsyncError | None) -> list[str]:
    row = _row(label, error)
    ending = result_of(error).ending if error is not None else Ending.CREATED
    if ending is Ending.UNKNOWN and not isinstance(error, RetryableError):
        row[2] = f"{row[2]}; the next run looks for the event first"
    elif ending is not Ending.NOT_SENT:
        row[2:] = _EVENT_ENDINGS[ending]
    return row


_EVENT_ENDINGS = {
    Ending.UNKNOWN: ["looks for the event before anything else", "nothing, unless it is parked"],
    Ending.REFUSED: [
        "puts the record in quarantine and goes on",
        "mend the record or the mapping, then `crmsync quarantine retry`",
    ],
    Ending.DATE_REFUSED: ["sends it again without a date", "nothing"],
}


def datatalks_rows() -> Iterator[list[str]]:
    """What Data Talks' answers to a record become."""
    asked = Request("POST", "https://api.datatalks.se/v1/contacts", {}, b"{}")
    for sample in DATATALKS:
        response = _response(sample)
        error = classify_datatalks(asked, response)
        if error is None:
            try:
                Patience(asked)(response)
            except RetryableError as passing:
                error = passing
        row = _row(sample.label, error)
        if isinstance(error, BatchRejectedError):
            row[2] = "puts the record in quarantine and goes on"  # it is alone in its batch
        yield row


def _response(sample: Sample) -> Response:
    return Response(sample.status, dict(sample.headers), sample.body)


def _unanswered(host: str) -> Iterator[list[str]]:
    try:
        loads(HTML)
    except MalformedError as error:
        yield _row("200 with HTML or cut JSON", error)
    yield _row("no answer in time", of_exception(TimeoutError(), sent=True, host=host))
    refused = ConnectionRefusedError()
    yield _row("no connection", of_exception(refused, sent=True, host=host))


def _row(label: str, error: CrmsyncError | None) -> list[str]:
    if error is None:
        raise ValueError(f"{label} is no failure")
    return [label, error.message, _reaction(error), error.hint or _advice(error)]


def _reaction(error: CrmsyncError) -> str:
    if isinstance(error, BatchRejectedError):
        return "splits the batch to find what is refused"
    code = f"exit code {of_error(error)}"
    if not isinstance(error, RetryableError) or error.final:
        return f"ends: {code}"
    if (error.retry_after or 0.0) > Limits().max_wait:
        return f"ends, unless `max_wait` is longer: {code}"
    wait = f"waits {span(error.retry_after)}, then" if error.retry_after else "backs off and"
    return f"{wait} tries again; in vain: {code}"


def _advice(error: CrmsyncError) -> str:
    if isinstance(error, BatchRejectedError):
        return "mend the record or the mapping, then `crmsync quarantine retry`"
    return "run again later; a long wait is told with its end"
