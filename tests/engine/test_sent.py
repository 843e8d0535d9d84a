"""What goes out of a payload, where the platform wants to be spared what it has."""

from __future__ import annotations

import pytest

from crmsync.engine.explain import explain
from crmsync.engine.retry import retry_quarantined
from crmsync.errors import BatchRejectedError, RetryableError
from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.testing.clocks import FakeClock
from tests.engine.conftest import counts
from tests.engine.keyed import KeyedBench, account

LEAD = {"internal_id": "n1", "name": "Company 1", "is_tracked": False}


@pytest.fixture
def keyed():
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    yield KeyedBench(ledger)
    ledger.close()


def then(keyed, **fields):
    """The record changes, and a run follows."""
    keyed.source.records = [account(1, **fields)]
    return keyed.run()


def lost(payloads):
    raise RetryableError("lost", maybe_delivered=True)


def test_a01_a_lead_is_sent_untracked_the_first_time(keyed):
    then(keyed, stage="lead")

    assert keyed.sent == [LEAD]


def test_a02_a_second_run_without_a_change_sends_nothing(keyed):
    then(keyed, stage="lead")

    report = then(keyed, stage="lead")

    assert (counts(report), report.bytes_sent) == ({"unchanged": 1}, 0)
    assert keyed.sent == [LEAD]


def test_a03_a_lead_that_becomes_a_customer_is_sent_tracked(keyed):
    then(keyed, stage="lead")
    then(keyed, stage="customer")

    assert keyed.sent[1] == {**LEAD, "is_tracked": True}


def test_a03_while_it_is_unchanged_is_tracked_is_not_sent_with_other_changes(keyed):
    then(keyed, stage="customer")
    then(keyed, stage="customer", name="New")
    then(keyed, stage="customer", name="Newer", tag="7")

    assert [("is_tracked" in sent, sent["name"]) for sent in keyed.sent] == [
        (True, "Company 1"),
        (False, "New"),
        (False, "Newer"),
    ]


def test_a04_a_customer_that_churns_is_sent_churned_and_its_lists_stay_unsent(keyed):
    then(keyed, stage="customer", tag="7")
    then(keyed, stage="churn", tag="7")

    assert keyed.sent[1] == {"internal_id": "n1", "name": "Company 1", "is_churned": True}


def test_what_is_remembered_is_the_whole_payload(keyed):
    then(keyed, stage="customer", tag="7")
    then(keyed, stage="customer", tag="7", name="New")

    held = keyed.ledger.deliveries("platform", ["n1"])["n1"]
    assert keyed.plan().plugin.decode(held.body) == {
        "internal_id": "n1",
        "name": "New",
        "is_tracked": True,
        "tags": [7],
    }


def test_a_list_that_is_gone_is_emptied_by_the_platform_s_own_rule(keyed):
    then(keyed, stage="churn", tag="7")
    then(keyed)

    assert keyed.sent[1] == {
        "internal_id": "n1",
        "name": "Company 1",
        "is_churned": False,
        "tags": [],
    }


def test_after_a_lost_answer_everything_is_sent(keyed):
    then(keyed, stage="lead", tag="7")
    keyed.destination.respond = lost
    then(keyed, stage="lead", tag="7", name="New")
    keyed.destination.respond = lambda payloads: None

    report = then(keyed, stage="lead", tag="7", name="New")

    assert counts(report) == {"accepted": 1}
    assert keyed.sent[1] == {"internal_id": "n1", "name": "New"}
    assert keyed.sent[2] == {**LEAD, "name": "New", "tags": [7]}


def test_an_account_that_was_refused_is_retried_with_what_differs(keyed):
    def refuse(payloads):
        raise BatchRejectedError("422", reason="not this name")

    then(keyed, stage="lead", tag="7")
    keyed.destination.respond = refuse
    then(keyed, stage="lead", tag="7", name="New")
    keyed.destination.respond = lambda payloads: None

    report = retry_quarantined(keyed.plan(), keyed.ledger, keyed.clock)

    assert report.exit_code == 0
    assert keyed.sent[1:] == [{"internal_id": "n1", "name": "New"}] * 2


def test_a_key_of_which_nothing_is_new_to_the_platform_is_not_sent(keyed):
    del keyed.rules["name"]
    then(keyed)

    report = then(keyed, stage="customer")  # a new account is tracked by itself

    assert counts(report) == {"unchanged": 1}
    assert keyed.sent == [{"internal_id": "n1"}]
    assert keyed.outcome("1") is Outcome.UNCHANGED


def test_an_account_that_is_gone_is_untracked_and_one_that_comes_back_is_tracked(keyed):
    keyed.settings["on_delete"] = "disable"
    then(keyed, stage="customer", tag="7")
    then(keyed, deleted=True)
    then(keyed, stage="customer", tag="7")

    assert keyed.sent[1] == {"internal_id": "n1", "is_tracked": False}
    assert keyed.sent[2] == {"internal_id": "n1", "name": "Company 1", "is_tracked": True}


def test_a_key_that_is_uncertain_and_claimed_by_none_is_sent_whole_when_it_is_disabled(keyed):
    keyed.settings["on_delete"] = "disable"
    keyed.destination.respond = lost
    then(keyed, stage="customer", tag="7")
    keyed.destination.respond = lambda payloads: None
    keyed.source.records = []
    keyed.run(full=True)
    then(keyed, stage="customer", tag="7")

    assert keyed.destination.kept["n1"] == {**LEAD, "is_tracked": True, "tags": [7]}


def test_a_lead_that_is_gone_is_untracked_already(keyed):
    keyed.settings["on_delete"] = "disable"
    then(keyed, stage="lead")
    then(keyed, deleted=True)

    assert keyed.sent == [LEAD]


def test_dry_run_shows_what_would_go_out(keyed):
    then(keyed, stage="lead", tag="7")
    keyed.source.records = [account(1, stage="customer", tag="7", name="New")]

    (sync,) = keyed.preview().to_json()["syncs"]

    (shown,) = sync["records"]
    assert shown["action"] == "change"
    assert shown["payload"] == {"internal_id": "n1", "name": "New", "is_tracked": True}
    assert shown["diff"] == {"name": ["Company 1", "New"], "is_tracked": [False, True]}


def test_explain_shows_what_would_go_out(keyed):
    then(keyed, stage="lead", tag="7")
    keyed.source.records = [account(1, stage="lead", tag="7", name="New")]

    told = explain(keyed.plan(), keyed.ledger, "1")

    assert told.to_json()["goes_out"] == {"internal_id": "n1", "name": "New"}
    assert "  would be sent now: internal_id, name" in list(told.lines())


def test_explain_says_that_nothing_would_go_out(keyed):
    then(keyed, stage="lead")

    told = explain(keyed.plan(), keyed.ledger, "1")

    assert told.to_json()["goes_out"] is None
    assert "  would be sent now: nothing" in list(told.lines())


def test_a_switch_that_is_not_cleared_stays_as_it_was_sent(keyed):
    keyed.settings["cleared"] = "omit"
    then(keyed, stage="lead")
    then(keyed, name="New")
    then(keyed, name="New", stage="customer")

    assert keyed.sent[1:] == [
        {"internal_id": "n1", "name": "New"},
        {"internal_id": "n1", "name": "New", "is_tracked": True},
    ]


def test_a_switch_that_we_turned_off_is_turned_on_though_nothing_is_cleared(keyed):
    keyed.settings |= {"cleared": "omit", "on_delete": "disable"}
    then(keyed, stage="lead")
    then(keyed, stage="customer")
    then(keyed, deleted=True)
    then(keyed)

    assert keyed.sent[-1] == {"internal_id": "n1", "name": "Company 1", "is_tracked": True}
