from __future__ import annotations

import pytest

from crmsync.destinations.atoka.statuses import Status, check_status
from crmsync.receipts import Severity

STATUSES = (
    Status("To contact"),
    Status("Customer", "To contact", sink=True),
    Status("Imported", hidden=True),
)


def test_a_configured_status_is_taken():
    assert check_status("To contact", STATUSES) is None


@pytest.mark.parametrize(
    ("label", "meant"), [("Won", False), ("customer", True), ("Customer ", True), ("", False)]
)
def test_k09_a_status_that_is_not_configured_to_the_letter_is_refused(label, meant):
    problem = check_status(label, STATUSES)
    assert problem is not None
    assert (problem.code, problem.severity) == ("STATUS_UNKNOWN", Severity.ERROR)
    assert "'To contact', 'Customer', 'Imported'" in problem.message
    assert ("did you mean 'Customer'" in problem.message) is meant


def test_a_hidden_status_is_refused_unless_it_is_allowed():
    problem = check_status("Imported", STATUSES)
    assert problem is not None
    assert problem.code == "STATUS_HIDDEN"
    assert check_status("Imported", STATUSES, hidden=True) is None


def test_what_follows_a_sink_is_warned_of():
    problem = check_status("To contact", STATUSES, current="Customer")
    assert problem is not None
    assert (problem.code, problem.severity) == ("STATUS_AFTER_SINK", Severity.WARNING)
    assert check_status("Customer", STATUSES, current="Customer") is None
