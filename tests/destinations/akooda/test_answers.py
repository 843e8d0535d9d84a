from __future__ import annotations

import pytest

from crmsync.destinations.akooda.answers import classify
from crmsync.errors import BatchRejectedError, CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Request, Response

REQUEST = Request("POST", "/organizations", {}, b'[{"domain":"a.com"},{"domain":"b.com"}]')


def meaning(status: int, body: bytes = b"", **headers: str):
    return classify(REQUEST, Response(status, headers, body))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (204, b""),
        (200, b""),
        (201, b"  \n"),
        (202, b"Accepted"),
        (200, b"OK"),
        (200, b'{"success": true, "errors": []}'),
        (200, b"[]"),
        (200, b"null"),
    ],
)
def test_an_answer_that_takes_the_batch(status, body):
    assert meaning(status, body) is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html><title>Sign in</title>", "an HTML or XML page titled 'Sign in'"),
        (b'{"success": tr', "JSON cut off after 14 bytes"),
        (b"\xff\xfe", "something else"),
    ],
    ids=["html", "cut", "no-text"],
)
def test_a_200_with_something_else_counts_for_nothing(body, found):
    error = meaning(200, body)
    assert isinstance(error, FatalError)
    assert f"200 with {found}" in error.message
    assert "base_url" in error.hint


@pytest.mark.parametrize(
    "body",
    [
        b'{"success": false}',
        b'{"errors": [{"index": 1, "message": "bad"}]}',
        b'{"error": "bad"}',
    ],
)
@pytest.mark.fault(47)
@pytest.mark.invariant(10)
def test_a_200_that_tells_of_refusals_is_a_refusal(body):
    assert isinstance(meaning(200, body), BatchRejectedError)


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.fault(43)
def test_a_refusal_tells_whom_and_why(status):
    error = meaning(status, b'{"errors": [{"domain": "b.com", "message": "bad phone"}]}')
    assert isinstance(error, BatchRejectedError)
    assert (error.refusals, error.certain, error.too_large) == ({1: "bad phone"}, True, False)
    assert error.message == f"Akooda refused a batch of 2 ({status}): bad phone"


def test_a_413_is_about_the_size():
    error = meaning(413, b"<html>Request Entity Too Large</html>")
    assert isinstance(error, BatchRejectedError)
    assert error.too_large
    assert error.reason


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, "x-akooda-tenant-id and x-akooda-authorization", "tenant_id and api_key"),
        (403, "x-akooda-authorization does not belong to x-akooda-tenant-id", "api_key"),
        (404, "no tenant with this x-akooda-tenant-id", "check tenant_id"),
    ],
)
@pytest.mark.fault(48)
def test_refused_credentials_say_which_header_and_what_to_do(status, message, hint):
    error = meaning(status, b'{"message": "no"}')
    assert isinstance(error, CredentialsError)
    assert message in error.message
    assert hint in error.hint


def test_a_firewalls_403_may_pass():
    page = b"<html>Attention required</html>"
    assert isinstance(meaning(403, page, **{"cf-ray": "1"}), RetryableError)


@pytest.mark.parametrize("status", [302, 307, 405, 415, 418, 207, 203, 299])
def test_an_unexpected_status_ends_the_sync(status):
    error = meaning(status, b"{}")
    assert type(error) is FatalError
    assert str(status) in error.message
    assert error.hint


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_sent_again(status):
    error = meaning(status, b"", **{"retry-after": "9"})
    assert isinstance(error, RetryableError)
    assert error.retry_after == 9
    assert error.throttled == (status == 429)
