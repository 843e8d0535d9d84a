from __future__ import annotations

import pytest

from crmsync.errors import CredentialsError, StoppedError
from crmsync.exit_codes import ExitCode
from crmsync.records import SourceField
from crmsync.sources.checking import closest, did_you_mean, tried

KNOWN = {
    "my_tier": SourceField(name="my_tier", label="Account tier", type="string"),
    "name": SourceField(name="name", label="Company name", type="string"),
}


def test_an_attempt_that_fails_is_a_line_with_what_to_do():
    def attempt():
        raise CredentialsError("no", hint="ask Jo")

    line = tried("sources.x: token", attempt)

    assert not line.passed
    assert (line.message, line.hint, line.code) == ("no", "ask Jo", ExitCode.CREDENTIALS)


def test_being_stopped_is_no_failed_check():
    def attempt():
        raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        tried("x", attempt)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("nam", '"name"'), ("Account Tier", '"my_tier"'), ("ACCOUNT TEIR", '"my_tier"')],
)
def test_a_wrong_name_or_label_leads_to_the_field(wrong, meant):
    assert meant in did_you_mean(wrong, KNOWN)


def test_nothing_close_is_no_question():
    assert did_you_mean("zzzzzz", KNOWN) == ""
    assert closest("zzzzzz", ("email",)) == ""
    assert closest("EMIAL", ("email", "firstName")) == "email"
