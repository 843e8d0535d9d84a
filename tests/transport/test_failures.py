"""The failure table: every status, and Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.errors import (
    BatchRejectedError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
)
from crmsync.interfaces import Request, Response
from crmsync.transport.failures import classify, classify_read, retry_after
from tests.examples import CHARACTERS

ASKED = Request("POST", "https://api.example/crm/x?token=canary-77", {"x-api-key": "canary-77"})


def judged(status, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(ASKED, Response(status, named, body))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207])
def test_an_answer_is_no_failure(status):
    assert judged(status) is None


KINDS = {
    RetryableError: [408, 423, 425, 429, 477, 500, 502, 503, 504, 507, 509, 511, 520, 521, 522,
                     523, 524, 525, 526, 527, 530, 599],
    CredentialsError: [401, 403, 407],
    BatchRejectedError: [413],
    FatalError: [100, 101, 103, 203, 205, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 399,
                 400, 402, 404, 405, 406, 409, 410, 411, 414, 415, 422, 431, 451, 499, 501, 505,
                 600, 700, 999],
}  # fmt: skip
ROWS = [(status, kind) for kind, statuses in KINDS.items() for status in statuses]


@pytest.mark.parametrize(("status", "kind"), ROWS, ids=[f"{s}-{k.__name__}" for s, k in ROWS])
@pytest.mark.fault(67)
def test_each_status_has_its_reaction(status, kind):
    assert type(judged(status)) is kind


@pytest.mark.fault(67)
@pytest.mark.invariant(18)
def test_no_status_is_without_a_reaction_and_a_line_that_names_it():
    for status in set(range(100, 1000)) - {200, 201, 202, 204, 207}:
        error = judged(status, b"no")

        assert isinstance(error, CrmsyncError)
        assert error.message.startswith(f"POST api.example/crm/x was answered {status}")


@pytest.mark.parametrize(
    ("status", "maybe"),
    [
        *[(500, True), (502, True), (504, True), (408, True), (520, True), (524, True)],
        *[(429, False), (423, False), (425, False), (477, False), (521, False), (522, False)],
    ],
)
@pytest.mark.fault(12, 57)
def test_a_5xx_is_no_no(status, maybe):
    error = judged(status)

    assert isinstance(error, RetryableError)
    assert error.maybe_delivered is maybe


def test_only_a_429_says_too_many():
    assert [s for s in (429, 423, 503, 477) if getattr(judged(s), "throttled", None)] == [429]


def test_what_a_failure_asks_to_wait_is_kept():
    error = judged(503, retry_after="7")

    assert isinstance(error, RetryableError)
    assert error.retry_after == 7.0


@pytest.mark.fault(18)
def test_a_firewalls_page_is_no_matter_of_credentials_and_is_not_quoted():
    error = judged(403, b"<html>" + b"blocked " * 999, content_type="text/html", cf_ray="8a")

    assert isinstance(error, RetryableError)
    assert error.message.endswith("403 Forbidden: an HTML page")


def test_a_403_with_html_of_the_api_itself_is_one():
    assert isinstance(judged(403, b"<html></html>", content_type="text/html"), CredentialsError)


def test_a_batch_that_is_too_large_says_so():
    error = judged(413, b"limit is 1 MB")

    assert isinstance(error, BatchRejectedError)
    assert error.too_large
    assert error.reason == "limit is 1 MB"


def test_a_read_that_is_too_large_has_no_batch_to_divide():
    error = classify_read(Request("GET", "https://api.example/x", {}), Response(413, {}, b""))

    assert isinstance(error, FatalError)
    assert error.hint.startswith("check base_url")


def test_the_servers_words_are_short_and_safe():
    error = judged(400, b"\x1b[2Jbad\r\n" + b"x" * 100_000)

    assert isinstance(error, FatalError)
    assert len(error.message) < 500
    assert error.message.isprintable()
    assert r"\x1b[2Jbad x" in error.message


REDIRECTS = {
    "other-host": ("https://evil.example/x?token=canary-77", "pointed to evil.example;"),
    "same-host-path": ("/login?next=canary-77", "pointed to /login;"),
    "no-location": ("", "pointed to nowhere;"),
    "escape": ("https://e\x1bvil/", r"pointed to e\x1bvil;"),
}


@pytest.mark.parametrize(("location", "says"), REDIRECTS.values(), ids=REDIRECTS.keys())
def test_a_redirect_names_where_it_pointed_to_without_its_query(location, says):
    error = judged(302, b"<a href=canary-77>", location=location)

    assert isinstance(error, FatalError)
    assert says in error.message
    assert "canary" not in error.message


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def date(seconds):
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


WAITS = {
    "X01-seconds": ({"retry-after": "120"}, 120.0),
    "seconds-with-spaces": ({"retry-after": " 5 "}, 5.0),
    "decimals": ({"retry-after": "0.5"}, 0.5),
    "zero": ({"retry-after": "0"}, 0.0),
    "X01-date": ({"retry-after": date(90), "date": date(0)}, 90.0),
    "F9-date-by-the-answers-own-clock": ({"retry-after": date(990), "date": date(900)}, 90.0),
    "date-without-a-date-header": ({"retry-after": date(30)}, 30.0),
    "date-that-has-passed": ({"retry-after": date(-30), "date": date(0)}, 0.0),
    "rfc850": ({"retry-after": "Saturday, 21-Nov-26 12:01:00 GMT", "date": date(0)}, 60.0),
    "asctime": ({"retry-after": "Sat Nov 21 12:01:00 2026", "date": date(0)}, 60.0),
    "huge": ({"retry-after": "9" * 400}, 366 * 86_400.0),
    "date-far-away": ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 366 * 86_400.0),
    "X01-negative": ({"retry-after": "-1"}, None),
    "F10-garbage": ({"retry-after": "soon"}, None),
    "impossible-date": ({"retry-after": "Sat, 99 Nov 2026 12:00:00 GMT"}, None),
    "exponent": ({"retry-after": "1e3"}, None),
    "other-digits": ({"retry-after": "١٢"}, None),
    "two-values": ({"retry-after": "5, 7"}, None),
    "empty": ({"retry-after": ""}, None),
    "missing": ({}, None),
}


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_retry_after_is_read_in_seconds_and_as_a_date(headers, seconds):
    assert retry_after(headers, now=NOW) == seconds


@pytest.mark.fault(9)
def test_a_date_with_nothing_to_compare_it_to_is_no_wait():
    assert retry_after({"retry-after": date(30)}) is None


@given(st.text(CHARACTERS), st.text(CHARACTERS))
@pytest.mark.fault(10)
def test_no_header_breaks_it(value, dated):
    seconds = retry_after({"retry-after": value, "date": dated}, now=NOW)

    assert seconds is None or 0 <= seconds <= 366 * 86_400


@given(st.floats(0, 1e6))
def test_what_is_asked_for_is_what_is_read(seconds):
    told = f"{seconds:.3f}"

    assert retry_after({"retry-after": told}) == float(told)
