from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from crmsync.errors import CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Request, Response
from crmsync.sources.hubspot.failures import Failures, MissingScopesError
from crmsync.testing.clocks import FakeClock

URL = "https://api.hubapi.com/crm/objects/2026-09/companies?limit=100&properties=name"
HTML = b"<!doctype html><html><head><title>Attention Required!</title></head></html>"


def failed(status, body=None, headers=None, *, zone=""):
    failures = Failures("hubspot", FakeClock(datetime(2026, 11, 21, 12, tzinfo=UTC)))
    failures.time_zone = zone
    raw = body if isinstance(body, bytes) else orjson.dumps(body or {})
    return failures(Request("GET", URL, {}), Response(status, headers or {}, raw))


@pytest.mark.parametrize("status", [200, 207])
def test_an_answer_is_no_failure(status):
    assert failed(status, {"results": []}) is None


def test_a_property_that_is_not_there_is_named_with_what_to_do():
    error = failed(400, {"category": "VALIDATION_ERROR", "message": "Property 'nmae' is unknown",
                         "errors": [{"code": "PROPERTY_DOESNT_EXIST"}]})  # fmt: skip

    assert type(error) is FatalError
    assert "Property 'nmae' is unknown" in error.message
    assert "crmsync check" in error.hint


def test_any_other_400_is_final():
    error = failed(400, {"message": "There was a problem with the request."})

    assert type(error) is FatalError
    assert error.message == (
        "hubspot: HubSpot refused GET /crm/objects/2026-09/companies (400): "
        "There was a problem with the request."
    )


@pytest.mark.parametrize(
    ("category", "message", "expected"),
    [
        ("INVALID_AUTHENTICATION", "Authentication credentials not found", "does not know the acc"),
        ("EXPIRED_AUTHENTICATION", "The token expired 3 hours ago", "has expired"),
        ("EXPIRED_AUTHENTICATION", "The token expired 20777 days ago", "is not a HubSpot token"),
        (None, "", "does not know the access token"),
    ],
)
def test_a_401_says_what_is_wrong_with_the_token(category, message, expected):
    error = failed(401, {"category": category, "message": message})

    assert type(error) is CredentialsError
    assert expected in error.message
    assert error.hint


@pytest.mark.fault(16)
def test_a_missing_scope_is_named():
    scopes = ["crm.objects.companies.read"]
    error = failed(403, {"category": "MISSING_SCOPES",
                         "errors": [{"context": {"requiredGranularScopes": scopes}}]})  # fmt: skip

    assert type(error) is MissingScopesError
    assert "lacks the scope crm.objects.companies.read" in error.message


def test_a_missing_scope_without_a_name_is_still_one():
    assert "lacks the scope" in failed(403, {"category": "MISSING_SCOPES"}).message


def test_a_token_of_a_person_who_left_says_whom_to_ask():
    error = failed(403, {"category": "USER_DOES_NOT_HAVE_PERMISSIONS", "message": "no access"})

    assert isinstance(error, CredentialsError)
    assert "super admin" in error.hint


def test_a_403_that_says_no_more_points_to_the_scopes():
    assert "scopes" in failed(403, {"message": "no"}).hint


@pytest.mark.fault(18)
def test_a_firewalls_403_says_nothing_of_the_token():
    assert isinstance(failed(403, HTML, {"content-type": "text/html"}), RetryableError)


@pytest.mark.parametrize("body", [HTML, {"category": "OBJECT_NOT_FOUND"}], ids=["html", "json"])
def test_a_404_points_to_the_address_and_the_version(body):
    error = failed(404, body)

    assert type(error) is FatalError
    assert error.hint == "check base_url and api_version"


def test_a_414_says_how_to_shorten_the_address():
    assert "max_url_bytes" in failed(414, HTML).hint


@pytest.mark.parametrize(
    ("headers", "seconds"), [({}, 2.0), ({"retry-after": "1"}, 2.0), ({"retry-after": "9"}, 9.0)]
)
def test_a_423_waits_two_seconds_or_longer(headers, seconds):
    assert failed(423, {}, headers).retry_after == seconds


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"policyName": "SECONDLY"}, 1.0),
        ({"policyName": "TEN_SECONDLY_ROLLING"}, 10.0),
        ({"message": "You have reached your ten_secondly_rolling limit."}, 10.0),
        ({"message": "You have reached your secondly limit."}, 1.0),
        ({"errorType": "RATE_LIMIT"}, None),
    ],
)
def test_a_429_waits_as_its_policy_wants(body, seconds):
    error = failed(429, body)

    assert error.throttled
    assert not error.final
    assert error.retry_after == seconds


def test_a_429_with_a_number_of_its_own_is_obeyed():
    assert failed(429, {"policyName": "SECONDLY"}, {"retry-after": "7"}).retry_after == 7.0


@pytest.mark.parametrize(
    ("zone", "seconds", "words"),
    [
        ("Europe/Stockholm", 11 * 3600.0, "midnight in its time zone (Europe/Stockholm)"),
        ("", None, "midnight in its time zone"),
        ("Nowhere/Land", None, "midnight in its time zone (Nowhere/Land)"),
    ],
)
def test_a_used_up_day_ends_the_run_and_says_when_to_come_back(zone, seconds, words):
    error = failed(429, {"policyName": "DAILY"}, zone=zone)  # it is 13:00 in Stockholm

    assert error.final
    assert error.retry_after == seconds
    assert words in error.message


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "86400"}, 86_400.0), ({}, 3600.0)]
)
def test_a_migration_says_how_long_it_takes(headers, seconds):
    error = failed(477, {}, headers)

    assert isinstance(error, RetryableError)
    assert error.retry_after == seconds


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 522, 523, 524, 525, 526])
def test_a_server_that_is_down_is_asked_again(status):
    assert isinstance(failed(status, HTML), RetryableError)


def test_a_530_means_a_malformed_token():
    assert type(failed(530, HTML)) is CredentialsError


@pytest.mark.security(16)
def test_a_redirect_is_not_followed():
    error = failed(302, b"", {"location": "https://evil.example/x"})

    assert type(error) is FatalError
    assert "evil.example" in error.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 414, 423, 429, 477, 500, 530])
@pytest.mark.parametrize(
    "body",
    [b"", HTML, b"[]", b"7", b'{"errors": 7, "context": [], "message": {"a": "\\u202e"}}'],
    ids=["empty", "html", "list", "number", "odd"],
)
def test_any_body_gives_a_message_on_one_line(status, body):
    error = failed(status, body)

    assert "\n" not in error.message
    assert "\u202e" not in error.message
    assert "properties=name" not in error.message


GONE = {"category": "OBJECT_NOT_FOUND", "message": "Could not get some objects."}
UNLINKED = {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND", "category": "VALIDATION_ERROR"}
UNLINKED_AS_OBJECT = {"subCategory": {"name": "crm.associations.NO_ASSOCIATIONS_FOUND"}}


def partial(*errors):
    failures = Failures("hubspot", FakeClock(datetime(2026, 11, 21, 12, tzinfo=UTC)))
    return failures.partial(Request("POST", URL, {}), {"results": [], "errors": list(errors)})


@pytest.mark.parametrize("errors", [[], [GONE, GONE], [UNLINKED], [UNLINKED_AS_OBJECT], ["x"]])
def test_what_is_not_there_is_no_failure_of_a_batch(errors):
    assert partial(*errors) is None


@pytest.mark.parametrize("document", [[], None, {}, {"errors": None}])
def test_a_batch_without_errors_did_not_fail(document):
    failures = Failures("hubspot", FakeClock(datetime(2026, 11, 21, 12, tzinfo=UTC)))

    assert failures.partial(Request("POST", URL, {}), document) is None


def test_a_batch_in_which_something_failed_is_no_whole_one():
    error = partial(GONE, {"category": "INTERNAL_ERROR", "message": "It\ntimed out."})

    assert type(error) is RetryableError
    assert "POST /crm/objects/2026-09/companies in part only: It timed out." in error.message
    assert error.hint
