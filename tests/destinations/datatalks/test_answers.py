from __future__ import annotations

import pytest

from crmsync.destinations.datatalks.answers import Patience, classify, once_only
from crmsync.errors import BatchRejectedError, CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Request, Response
from tests.destinations.datatalks.account import answer

REQUEST = Request("POST", "/v1/contacts", {}, b'{"data":{"a":1},"group_key":"g"}')
REFUSAL = {"success": False, "messages": ["bad phone"], "requestId": "r-7"}


def meaning(status, body=b"", **headers):
    return classify(REQUEST, Response(status, headers, body))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"success":true,"messages":[],"requestId":"r-1","datatalksId":"d","key":"k"}'),
        (200, b""),
        (200, b"{}"),
        (202, b'"Accepted"'),
        (204, b""),
    ],
)
def test_an_answer_that_takes_a_record(status, body):
    assert meaning(status, body) is None


@pytest.mark.parametrize("status", [200, 202, 400, 403, 413, 422])
def test_an_unsuccessful_answer_refuses_the_record_whatever_its_status(status):
    error = classify(REQUEST, answer(status, REFUSAL))
    assert isinstance(error, BatchRejectedError)
    assert error.message == f'Data Talks refused a record ({status}): bad phone (requestId "r-7")'
    assert error.refusals == {0: 'bad phone (requestId "r-7")'}
    assert error.reason == "bad phone"
    assert error.too_large == (status == 413)


@pytest.mark.parametrize("success", ["false", None, 0, "true"])
def test_what_is_there_and_is_not_true_is_no_success(success):
    assert isinstance(classify(REQUEST, answer(200, {"success": success})), BatchRejectedError)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html><title>Sign in</title>", "an HTML or XML page titled 'Sign in'"),
        (b'{"success": tr', "JSON cut off after 14 bytes"),
    ],
    ids=["html", "cut"],
)
def test_x02_a_200_with_something_else_counts_for_nothing(body, found):
    error = meaning(200, body)
    assert isinstance(error, FatalError)
    assert f"200 with {found}" in error.message
    assert "base_url" in error.hint


@pytest.mark.parametrize("body", [b"", b"<html>Bad Request</html>", b'{"message":"no"}'])
def test_a_400_refuses_the_record_with_or_without_words(body):
    error = meaning(400, body)
    assert isinstance(error, BatchRejectedError)
    assert error.refusals[0]


@pytest.mark.parametrize(
    ("said", "meant", "hint"),
    [
        ("Missing Authentication Token", "nothing at this address", "base_url and path"),
        ("The security token included in the request is invalid.", "access key id", "access_key"),
        ("The security token included in the request is expired", "expired", "session_token"),
        ("The request signature we calculated does not match …", "is wrong", "secret_access_key"),
        ("Credential should be scoped to a valid region, not 'x'.", "region", "set region"),
        ("User: x is not authorized to perform: execute-api:Invoke", "may not", "ask Data Talks"),
        ("Signature expired: 1 is now earlier than 2", "the time of the signature", "clock (NTP)"),
        ("Signature not yet current: 1 is still later", "the time of the signature", "clock"),
        ("Forbidden", "no reason that is known", "access_key_id and secret_access_key"),
    ],
)
@pytest.mark.parametrize("word", ["message", "Message"])
def test_a_403_of_the_gateway_ends_the_account_and_says_why(said, meant, hint, word):
    error = classify(REQUEST, answer(403, {word: said}))
    assert isinstance(error, CredentialsError)
    assert meant in error.message
    assert hint in error.hint


def test_a_firewalls_403_may_pass():
    page = b"<html>Attention required</html>"
    assert isinstance(meaning(403, page, **{"cf-ray": "1"}), RetryableError)


@pytest.mark.parametrize("status", [301, 302, 404, 405, 409, 415, 418, 501])
def test_an_unexpected_status_ends_the_sync(status):
    error = meaning(status, b"{}")
    assert type(error) is FatalError
    assert str(status) in error.message
    assert error.hint


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_passing_failure_is_sent_again(status):
    error = meaning(status, b"", **{"retry-after": "9"})
    assert isinstance(error, RetryableError)
    assert error.retry_after == 9
    assert error.throttled == (status == 429)


def test_a_third_500_puts_the_record_aside_with_the_request_id():
    failed = answer(500, {"success": False, "messages": ["oops"], "requestId": "r-9"})
    assert classify(REQUEST, failed) is None
    patience = Patience(REQUEST)
    for _ in range(2):
        with pytest.raises(RetryableError):
            patience(failed)
    with pytest.raises(BatchRejectedError) as caught:
        patience(failed)
    assert caught.value.refusals == {0: 'answered 500 3 times: oops (requestId "r-9")'}


def test_a_500_without_words_is_put_aside_too():
    patience = Patience(REQUEST)
    page = Response(500, {"x-amzn-requestid": "r-3"}, b"<html>oops</html>")
    for _ in range(2):
        with pytest.raises(RetryableError):
            patience(page)
    with pytest.raises(BatchRejectedError, match="answered 500 3 times"):
        patience(page)


@pytest.mark.fault(57)
def test_a_500_leaves_open_whether_an_event_arrived():
    with pytest.raises(RetryableError, match="r-9") as caught:
        once_only(REQUEST, answer(500, {"messages": ["oops"], "requestId": "r-9"}))
    assert caught.value.maybe_delivered


@pytest.mark.parametrize("judge", [Patience(REQUEST), lambda taken: once_only(REQUEST, taken)])
def test_other_answers_pass(judge):
    assert judge(answer()) is None
