from __future__ import annotations

import orjson
import pytest

from crmsync.destinations.akita.answers import ConflictError, classify, id_of
from crmsync.errors import BatchRejectedError, CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Request, Response

REQUEST = Request("POST", "/v1/accounts", {}, b'{"internal_id":"1","name":"My New Customer"}')
DATA = {"created_at": "2021-04-04 11:12:11", "id": 1114, "internal_id": "1", "name": "My"}


def meaning(status: int, body: bytes = b"", **headers: str):
    return classify(REQUEST, Response(status, headers, body))


def taken(**data: object) -> bytes:
    return orjson.dumps({"data": {**DATA, **data}})


@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_answer_with_the_account_takes_it(status):
    assert meaning(status, taken()) is None
    assert meaning(status, taken(internal_id=1)) is None  # a number that reads the same


def test_akitas_own_id_is_read():
    assert id_of(Response(200, {}, taken())) == "1114"
    assert id_of(Response(200, {}, taken(id=None))) == ""


@pytest.mark.parametrize("moment", ["2021-04-04 11:12:11", "2099-01-01 00:00:00", None, 7])
def test_t20_akitas_dates_without_a_zone_are_not_judged(moment):
    assert meaning(201, taken(created_at=moment, updated_at=moment)) is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(taken(internal_id="2"), 'the account "2"', id="another"),
        pytest.param(taken(internal_id=None), "no account", id="none"),
        pytest.param(taken(internal_id=True), 'the account "True"', id="no-id"),
        pytest.param(b'{"data":[]}', "no account", id="a-list"),
        pytest.param(b"[]", "no account", id="something-else"),
    ],
)
@pytest.mark.fault(66)
@pytest.mark.invariant(10)
def test_a11_an_answer_about_another_account_stops(body, found):
    error = meaning(200, body)
    assert type(error) is FatalError
    assert error.message.startswith(f'Akita answered 200 to the account "1" with {found}')
    assert error.hint


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html><title>Sign in</title>", "an HTML or XML page titled 'Sign in'"),
        (b'{"data": {"internal_id', "JSON cut off after 22 bytes"),
        (b"", "an empty body"),
    ],
    ids=["html", "cut", "empty"],
)
def test_x02_a_200_with_something_else_counts_for_nothing(body, found):
    error = meaning(200, body)
    assert type(error) is FatalError
    assert f"200 with {found}" in error.message
    assert "base_url" in error.hint


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_tells_what_of_which_attribute(status):
    error = meaning(status, b'{"message":"x","errors":{"name":["The name must be text."]}}')
    assert isinstance(error, BatchRejectedError)
    assert error.refusals == {0: "name: The name must be text."}
    assert (error.certain, error.too_large) == (True, False)
    assert error.message == f"Akita refused an account ({status}): name: The name must be text."


def test_a_413_is_about_the_size():
    error = meaning(413, b"<html>Request Entity Too Large</html>")
    assert isinstance(error, BatchRejectedError)
    assert error.too_large


def test_a_409_may_pass_the_second_time():
    assert isinstance(meaning(409, b'{"message":"locked"}'), ConflictError)


@pytest.mark.parametrize(("status", "hint"), [(401, "api_key"), (403, "allowed")])
def test_a_refused_key_says_what_to_do(status, hint):
    error = meaning(status, b'{"message":"Unauthenticated."}')
    assert isinstance(error, CredentialsError)
    assert str(status) in error.message
    assert hint in error.hint


def test_a_firewalls_403_may_pass():
    page = b"<html>Attention required</html>"
    assert isinstance(meaning(403, page, **{"cf-ray": "1"}), RetryableError)


@pytest.mark.fault(62)
@pytest.mark.security(16)
def test_x03_a_redirect_stops_and_is_not_followed():
    error = meaning(302, b"", location="https://login.example.com/")
    assert type(error) is FatalError
    assert "pointed to login.example.com; it was not followed" in error.message


@pytest.mark.parametrize("status", [204, 203, 207, 299, 404, 405, 415, 418])
def test_an_unexpected_status_ends_the_sync(status):
    error = meaning(status, b"{}")
    assert type(error) is FatalError
    assert str(status) in error.message
    assert error.hint


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_passing_failure_is_sent_again(status):
    error = meaning(status, b"", **{"retry-after": "9"})
    assert isinstance(error, RetryableError)
    assert (error.retry_after, error.throttled) == (9, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "120"}, 120, id="seconds"),
        pytest.param(
            {
                "retry-after": "Sat, 21 Nov 2026 12:02:00 GMT",
                "date": "Sat, 21 Nov 2026 12:00:30 GMT",
            },
            90,
            id="a-date",
        ),
        pytest.param({"retry-after": "-1"}, 60, id="nonsense"),
        pytest.param({}, 60, id="none"),
        pytest.param({"retry-after": "99999"}, 99_999, id="too-long-for-a-run"),
    ],
)
def test_x01_a_429_says_how_long_to_wait_or_a_minute(headers, seconds):
    error = meaning(429, b'{"message":"Too Many Attempts."}', **headers)
    assert isinstance(error, RetryableError)
    assert error.throttled
    assert error.retry_after == seconds
