from __future__ import annotations

import pytest

from crmsync.destinations.checking import credential, not_verified
from crmsync.secrets import Secret


def test_a_credential_that_is_there_passes(monkeypatch):
    monkeypatch.setenv("W_KEY", "key-0123456789")
    line = credential("destinations.w: key", Secret("${W_KEY}"))
    assert (line.name, line.passed) == ("destinations.w: key", True)
    assert "key-0123456789" not in str(line)


def test_what_cannot_be_asked_passes_and_says_so():
    line = not_verified("destinations.w: account", "it has no reading call")
    assert (line.passed, line.code) == (True, 0)
    assert line.message == "not verified: it has no reading call"


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "$W_KEY is not set"), (" ", "is empty"), ("a\nb", "characters that no credential has")],
    ids=["not set", "empty", "two lines"],
)
def test_one_that_cannot_be_sent_fails_with_what_to_do(monkeypatch, value, words):
    monkeypatch.delenv("W_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("W_KEY", value)
    line = credential("key", Secret("${W_KEY}"))
    assert (line.passed, line.code) == (False, 2)
    assert words in line.message
    assert line.hint
