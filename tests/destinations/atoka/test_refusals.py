from __future__ import annotations

import pytest

from crmsync.destinations.atoka.refusals import NO_REASON, RefusedError, read_refusal


@pytest.mark.parametrize(
    ("body", "reason", "parameter"),
    [
        (b'{"message": "date: early", "data": {"parameter": "date"}}', "date: early", "date"),
        (b'{"errors": {"date": ["must be after"]}}', "date: must be after", ""),
        (b'{"errors": [{"field": "status", "message": "no"}]}', "no", ""),
        (b'{"error": true, "message": "nothing"}', "nothing", ""),
        (b'"gone"', "gone", ""),
        (b"plain words", "plain words", ""),
        (b"", NO_REASON, ""),
        (b"{}", "{}", ""),
        (b'{"message": "a\\nb\\u202e"}', "a b\\u202e", ""),
        (b'{"message": ' + b"[" * 50 + b"1" + b"]" * 50 + b"}", "", None),
    ],
    ids=[
        "named",
        "by-field",
        "list",
        "flag",
        "text",
        "plain",
        "empty",
        "nothing",
        "unsafe",
        "deep",
    ],
)  # fmt: skip
def test_the_words_of_a_refusal_are_found_in_any_form(body, reason, parameter):
    refusal = read_refusal(body)
    assert refusal.reason.startswith(reason)
    assert refusal.reason
    assert parameter is None or refusal.parameter == parameter


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (b'{"message": "no", "data": {"parameter": "date"}}', True),
        (b'{"message": "the Date must be after the most recent event"}', True),
        (b'{"errors": {"date": ["must be after"]}}', True),
        (b'{"message": "status must be up to date", "data": {"parameter": "status"}}', False),
        (b'{"message": "the update is not possible"}', False),
    ],
)
def test_a_refusal_about_the_date_is_known_by_its_words(body, about):
    error = RefusedError("no", status=400, refusal=read_refusal(body))
    assert error.about_date is about


@pytest.mark.parametrize(
    ("status", "body", "missing"),
    [
        (404, b"", True),
        (400, b'{"message": "lead: malformed", "data": {"parameter": "lead"}}', True),
        (400, b'{"message": "note: too long"}', False),
    ],
)
def test_a_lead_that_is_not_there_is_told_from_other_refusals(status, body, missing):
    assert RefusedError("no", status=status, refusal=read_refusal(body)).missing is missing
