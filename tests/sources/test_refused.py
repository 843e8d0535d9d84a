from __future__ import annotations

import pytest

from crmsync.interfaces import Request, Response
from crmsync.sources.refused import read_refusal

REQUEST = Request("GET", "https://crm.example.com/deals?cursor=x", {})


def refusal(body):
    return read_refusal(REQUEST, Response(400, {}, body), lambda one: str(one.get("message") or ""))


def test_a_refusal_says_what_was_asked_for_without_the_query():
    assert refusal(b"{}").path == "GET /deals"


def test_words_come_on_one_line():
    assert refusal(b'{"message": "no\\n such\\t field"}').words == "no such field"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"x"', b"\xff"])
def test_a_body_that_is_no_object_has_nothing_to_say(body):
    found = refusal(body)

    assert (found.body, found.words) == ({}, "")
