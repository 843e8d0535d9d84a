from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from crmsync.errors import CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Request, Response
from crmsync.sources.pipedrive.failures import BadRequestError, Failures, seconds_to_reset
from crmsync.testing.clocks import FakeClock
from tests.project.pages import section, table, text_of

CLOCK = FakeClock(datetime(2026, 11, 21, 22, tzinfo=UTC))
ASKED = Request("GET", "https://acme.pipedrive.com/api/v2/deals?limit=500", {})
LEFT = "x-daily-ratelimit-token-remaining"
HTML = b"<!doctype html><title>Access denied</title>"


def told(status, headers=None, body=None, **said):
    content = body if body is not None else orjson.dumps({"success": False, **said})
    return Failures("pipedrive", CLOCK)(ASKED, Response(status, headers or {}, content))


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, BadRequestError, "refused GET /api/v2/deals (400)"),
        (401, CredentialsError, "does not know the token"),
        (402, CredentialsError, "trial or subscription is over"),
        (403, CredentialsError, "refused GET /api/v2/deals (403): Scope"),
        (404, FatalError, "nothing at GET /api/v2/deals"),
        (410, FatalError, "retired GET /api/v2/deals"),
        (415, FatalError, "refused GET /api/v2/deals (415)"),
        (422, BadRequestError, "refused GET /api/v2/deals (422)"),
        (429, RetryableError, "too many requests"),
        (503, RetryableError, "503"),
        (302, FatalError, "302"),
    ],
)
def test_a_status_becomes_its_error_with_what_to_do(status, kind, words):
    error = told(status, error="Scope and URL mismatch", error_info="see the docs")

    assert type(error) is kind
    assert words in error.message
    assert error.hint or status == 503
    assert "limit=500" not in error.message


def test_an_answer_is_no_failure():
    assert told(200, body=b'{"success":true,"data":[]}') is None


@pytest.mark.parametrize(
    ("headers", "wait", "final"),
    [
        ({}, 2.0, False),
        ({"x-ratelimit-reset": "1"}, 1.0, False),
        ({"x-ratelimit-reset": "soon"}, 2.0, False),
        ({"x-ratelimit-reset": "1", "retry-after": "7"}, 7.0, False),
        ({LEFT: "29000"}, 2.0, False),
        ({LEFT: "0"}, 2 * 3600.0, True),
        ({LEFT: "9"}, 2 * 3600.0, True),
        ({LEFT: "0", "retry-after": "60"}, 60.0, True),
        ({"x-daily-requests-left": "0"}, 2 * 3600.0, True),
    ],
)
@pytest.mark.fault(17)
def test_a_429_is_of_the_burst_or_of_the_day_by_what_is_left(headers, wait, final):
    error = told(429, headers)

    assert (error.retry_after, error.final, error.throttled) == (wait, final, True)
    assert ("midnight" in error.message) is final


@pytest.mark.parametrize("headers", [{"content-type": "text/html"}, {}, {"cf-ray": "1"}])
def test_a_403_in_html_is_the_front_door_and_no_bad_token(headers):
    error = told(403, headers, HTML)

    assert isinstance(error, RetryableError)
    assert error.throttled
    assert "token is not at fault" in error.hint


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"errorCode": 401, "error": "unauthorized access"}, CredentialsError),
        ({"errorCode": 429}, RetryableError),
        ({"errorCode": 500, "error": "Something"}, RetryableError),
        ({"code": "ERR", "error": "Something"}, RetryableError),
        ({}, RetryableError),
    ],
)
def test_a_200_that_says_it_failed_is_judged_by_its_own_code(body, kind):
    failures = Failures("pipedrive", CLOCK)
    error = failures.denied(ASKED, Response(200, {}, b""), {"success": False, **body})

    assert type(error) is kind


def test_a_body_that_is_no_json_object_tells_nothing():
    assert told(400, body=b"[]").message.endswith("(400)")


def test_the_day_ends_at_the_next_midnight():
    assert seconds_to_reset(CLOCK) == 2 * 3600


def test_every_status_with_a_row_of_its_own_is_on_the_page():
    told = " ".join(row[0] for row in table(section(text_of("docs/pipedrive.md"), "Errors")))

    assert all(str(status) in told for status in Failures("pipedrive", CLOCK)._rows)
