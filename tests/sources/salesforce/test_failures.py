from __future__ import annotations

import orjson
import pytest

from crmsync.errors import CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Request, Response
from crmsync.sources.salesforce.failures import (
    Failures,
    LocatorError,
    NotFoundError,
    SessionExpiredError,
    job_failed,
)

BASE = "https://acme.my.salesforce.com"
QUERY = f"{BASE}/services/data/v68.0/query?q=SELECT+Secret__c"
JOB = f"{BASE}/services/data/v68.0/jobs/query/750R0000000zlh9IAA"
HTML = b"<!doctype html><html><head><title>Down for Maintenance</title></head></html>"


def failed(status, code="", message="", *, url=QUERY, body=None, headers=None):
    errors = [{"message": message, "errorCode": code}] if code else []
    raw = orjson.dumps(errors) if body is None else body
    return Failures("crm")(Request("GET", url, {}), Response(status, headers or {}, raw))


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_answer_is_no_failure(status):
    assert failed(status, body=b"") is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_dead_session_is_known_by_its_code_whatever_the_status(status):
    error = failed(status, "INVALID_SESSION_ID", "Session expired or invalid")

    assert type(error) is SessionExpiredError
    assert "INVALID_SESSION_ID: Session expired or invalid" in error.message


@pytest.mark.parametrize(
    ("status", "code", "kind", "hint"),
    [
        (400, "INVALID_FIELD", FatalError, "crmsync check"),
        (400, "INVALID_TYPE", FatalError, "crmsync check"),
        (400, "MALFORMED_QUERY", FatalError, "report it"),
        (400, "OPERATION_TOO_LARGE", FatalError, "View All Data"),
        (400, "INVALID_QUERY_LOCATOR", LocatorError, "--full"),
        (400, "QUERY_TIMEOUT", RetryableError, "filter"),
        (400, "SOMETHING_NEW", FatalError, "report it"),
        (403, "INSUFFICIENT_ACCESS", CredentialsError, "permission set"),
        (403, "SOMETHING_NEW", CredentialsError, "permission set"),
        (403, "API_DISABLED_FOR_ORG", CredentialsError, "API Enabled"),
        (403, "TXN_SECURITY_METERING_ERROR", CredentialsError, "Exempt from Transaction"),
        (404, "NOT_FOUND", NotFoundError, "api_version"),
    ],
)
def test_a_code_says_what_to_do(status, code, kind, hint):
    error = failed(status, code, "Salesforce's own words")

    assert type(error) is kind
    assert hint in error.hint
    assert "Secret__c" not in error.message


def test_the_day_being_spent_ends_the_run_and_tells_of_the_rolling_window():
    error = failed(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    assert isinstance(error, RetryableError)
    assert (error.final, error.throttled) == (True, True)
    assert "24 hours" in error.message
    assert "rolling window" in error.hint


@pytest.mark.parametrize(
    "words",
    [
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        "ConcurrentPerOrgLongTxn Limit exceeded.",
    ],
)
def test_too_many_at_once_passes(words):
    error = failed(403, "REQUEST_LIMIT_EXCEEDED", words)

    assert isinstance(error, RetryableError)
    assert (error.final, error.throttled) == (False, True)
    assert error.retry_after


@pytest.mark.parametrize("status", [406, 420, 500, 502, 503])
@pytest.mark.parametrize("body", [b"", HTML], ids=["nothing", "a page"])
def test_s35_an_answer_without_a_word_passes(status, body):
    error = failed(status, body=body)

    assert isinstance(error, RetryableError)
    assert not error.final


@pytest.mark.parametrize("code", ["LIMIT_EXCEEDED", "REQUEST_LIMIT_EXCEEDED"])
@pytest.mark.parametrize("status", [400, 403, 503])
@pytest.mark.fault(17)
def test_s35_a_limit_is_known_by_its_code_whatever_the_status(status, code):
    error = failed(status, code, "exceeded")

    assert isinstance(error, RetryableError)
    assert error.final


def test_an_error_of_the_server_passes():
    error = failed(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 12 (3)")

    assert isinstance(error, RetryableError)
    assert "ErrorId: 12" in error.message


def test_a_page_for_people_with_403_says_nothing_of_rights():
    error = failed(403, body=HTML, headers={"content-type": "text/html"})

    assert isinstance(error, RetryableError)
    assert "status.salesforce.com" in error.hint


def test_a_job_that_is_gone_is_to_be_begun_anew():
    assert type(failed(404, "NOT_FOUND", "gone", url=JOB)) is LocatorError


@pytest.mark.parametrize("status", [414, 431])
def test_an_address_too_long_says_how_to_make_it_shorter(status):
    error = failed(status, body=HTML)

    assert type(error) is FatalError
    assert "bulk_threshold" in error.hint


@pytest.mark.security(16)
def test_a_redirect_is_not_followed_and_named():
    error = failed(302, body=b"", headers={"location": "https://evil.example/x?sid=1"})

    assert type(error) is FatalError
    assert "evil.example" in error.message
    assert "login_url" in error.hint


@pytest.mark.parametrize("body", [b"7", b"[]", b"[7]", b"null", b'"x"', b'{"error":7}', b"\xff"])
def test_a_body_that_lists_no_error_is_judged_by_its_status(body):
    assert type(failed(401, body=body)) is SessionExpiredError
    assert type(failed(404, body=body)) is NotFoundError


@pytest.mark.parametrize(
    ("state", "message", "kind"),
    [
        ("Aborted", "", RetryableError),
        ("Failed", "InternalServerError: retry later", RetryableError),
        ("Failed", "InvalidBatch: INVALID_FIELD: No such column 'X'", FatalError),
        ("Failed", "FUNCTIONALITY_NOT_ENABLED: OFFSET", FatalError),
    ],
)
def test_a_job_without_a_result_tells_why(state, message, kind):
    error = job_failed("crm", state, message)

    assert type(error) is kind
    assert message in error.message
    assert error.hint
