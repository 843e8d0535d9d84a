from __future__ import annotations

import pytest

from crmsync.destinations.datatalks.refusals import NO_REASON, read_reply
from crmsync.interfaces import Response
from crmsync.transport.strict import MalformedError


def reply(body: bytes, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_reply(Response(200, named, body))


@pytest.mark.parametrize(
    ("body", "success", "reason"),
    [
        (b'{"success":true,"messages":[]}', True, ""),
        (b'{"success":false,"messages":["a","b","a"]}', False, "a; b"),
        (b'{"success":false,"messages":[{"message":"a"},{"detail":" b\\nc "}]}', False, "a; b c"),
        (b'{"success":false,"messages":{"error":"a"}}', False, "a"),
        (b'{"message":"Forbidden"}', None, "Forbidden"),
        (b'{"errors":["a"]}', False, "a"),
        (b'{"errors":[],"error":null}', None, ""),
        (b'["a"]', None, '["a"]'),
        (b"  ", None, ""),
    ],
)
def test_the_words_are_found_wherever_they_stand(body, success, reason):
    found = reply(body)
    assert (found.success, found.reason) == (success, reason)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"requestId":"r-1"}', "r-1"),
        (b'{"request_id":"r-1"}', "r-1"),
        (b"{}", "gateway-1"),
        (b"", "gateway-1"),
        (b'{"requestId":7}', "gateway-1"),
    ],
)
def test_the_request_id_is_the_answers_or_the_gateways(body, found):
    assert reply(body, x_amzn_requestid="gateway-1").request_id == found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"messages":["a"],"requestId":"r-1"}', 'a (requestId "r-1")'),
        (b'{"messages":["a"]}', "a"),
        (b'{"requestId":"r-1"}', f'{NO_REASON} (requestId "r-1")'),
    ],
)
def test_people_are_told_the_id_to_ask_about(body, words):
    assert reply(body).words == words


def test_words_are_safe_for_a_terminal_and_short():
    found = reply(b'{"messages":["\\u001b[31m' + b"x" * 1_000 + b'"]}')
    assert "\x1b" not in found.reason
    assert len(found.reason) < 350


def test_a_body_that_is_no_json_is_told():
    with pytest.raises(MalformedError):
        reply(b"<html>")


@pytest.mark.security(47)
def test_messages_nested_without_end_are_not_followed():
    body = b'{"messages":' * 50 + b'"deep"' + b"}" * 50
    assert reply(body).reason == ""
