from __future__ import annotations

import pytest

from crmsync.destinations.atoka.checks import checks
from crmsync.destinations.atoka.statuses import Status
from crmsync.errors import CredentialsError, RetryableError, StoppedError
from crmsync.exit_codes import ExitCode
from tests.destinations.atoka.accounts import settings

STATUSES = [Status("Contacted"), Status("Imported", hidden=True)]


def raising(error: Exception):
    def statuses():
        raise error

    return statuses


@pytest.mark.parametrize(
    ("hidden", "told"),
    [(False, "there are 'Contacted'"), (True, "there are 'Contacted', 'Imported'")],
)
def test_the_statuses_that_may_be_set_are_told(hidden, told):
    *_, last = checks("atoka", settings(hidden_statuses=hidden), lambda: STATUSES)
    assert (last.passed, last.message.endswith(told)) == (True, True)


def test_many_statuses_are_counted():
    many = [Status(f"S{number}") for number in range(12)]
    *_, last = checks("atoka", settings(), lambda: many)
    assert last.message.endswith("'S9' and 2 more")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CredentialsError("no", hint="look"), ExitCode.CREDENTIALS),
        (RetryableError("down", hint="look"), ExitCode.TEMPORARY),
    ],
)
def test_what_fails_is_a_line_with_its_code_and_what_to_do(error, code):
    *_, last = checks("atoka", settings(), raising(error))
    assert (last.passed, last.code, last.hint) == (False, code, "look")


def test_a_token_that_is_not_there_is_told_and_nothing_is_asked(monkeypatch):
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    own = settings(token="${NO_SUCH_TOKEN}")
    (line,) = checks("atoka", own, raising(AssertionError()))
    assert not line.passed
    assert "NO_SUCH_TOKEN" in f"{line.message} {line.hint}"


def test_being_asked_to_stop_is_no_failure_of_the_account():
    with pytest.raises(StoppedError):
        list(checks("atoka", settings(), raising(StoppedError("stop"))))
