from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from time import sleep

import pytest
from typing_extensions import override

from crmsync.engine.forgetting import forget
from crmsync.engine.retry import retry_quarantined
from crmsync.errors import RetryableError
from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.records import Page, Query
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import ListSource
from tests.engine.conftest import counts
from tests.engine.keyed import COLLISION, KeyedBench, account

BOTH = {("companies", "1"): COLLISION, ("companies", "2"): COLLISION}


@pytest.fixture
def keyed():
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    yield KeyedBench(ledger)
    ledger.close()


@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["forward", "backward"])
@pytest.mark.parametrize("size", [1, 2, 5], ids=["apart", "together", "one-page"])
def test_a08_two_records_with_one_key_are_both_refused_and_nothing_is_sent(keyed, order, size):
    keyed.source.page_size = size
    keyed.source.records = [account(3), *(account(n, "one") for n in order), account(4)]

    report = keyed.run()

    assert (counts(report), report.balanced) == ({"accepted": 2, "invalid": 2}, True)
    assert (report.exit_code, report.quarantined) == (3, 2)
    assert sorted(keyed.destination.sent_keys) == ["n3", "n4"]
    assert keyed.held_back() == BOTH


def test_what_was_refused_before_is_not_told_again(keyed):
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()

    report = keyed.run(full=True)

    assert (report.exit_code, counts(report), report.quarantined) == (0, {"invalid": 2}, 2)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["delivered-first", "new-first"])
def test_a08_the_one_that_was_delivered_before_is_refused_too(keyed, order):
    keyed.source.records = [account(1, "one")]
    keyed.run()
    keyed.source.records = [account(number, "one") for number in order]

    report = keyed.run()

    assert (report.exit_code, counts(report)) == (3, {"invalid": 2})
    assert (keyed.held_back(), keyed.destination.sent_keys) == (BOTH, ["one"])


def test_one_that_was_delivered_before_and_is_not_read_is_refused_without_a_receipt(keyed):
    keyed.source.records = [account(1, "one"), account(2)]
    keyed.run()
    keyed.source.records[1] = account(2, "one")
    keyed.source.changed = {"2"}

    report = keyed.run()

    assert (counts(report), report.counts.read, report.balanced) == ({"invalid": 1}, 1, True)
    assert keyed.held_back() == BOTH


def test_a_third_is_named_to_all(keyed):
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()
    keyed.source.records.append(account(3, "one"))
    keyed.source.changed = {"3"}

    keyed.run()

    told = {one.problems[-1].message for one in keyed.ledger.quarantine("companies")}
    assert len(told) == 1
    assert "1 (companies), 2 (companies), 3 (companies)" in told.pop()


def test_records_of_two_syncs_are_refused_in_both(keyed):
    keyed.source.records = [account(1, "one")]
    keyed.other.records = [account(1, "one"), account(2)]
    keyed.run()

    report = keyed.run_other()

    assert (report.exit_code, counts(report)) == (3, {"invalid": 1, "accepted": 1})
    assert keyed.held_back() == {("companies", "1"): COLLISION, ("other", "1"): COLLISION}
    assert keyed.destination.sent_keys == ["one", "n2"]


def leaves(keyed, record):
    """The second record goes: it is gone where *record* is None."""
    keyed.source.records = [account(1, "one"), *([record] if record else [])]


GOING = pytest.mark.parametrize(
    ("settings", "record"),
    [
        pytest.param({}, account(2), id="another-id"),
        pytest.param({}, account(2, customer_id=" "), id="no-id"),
        pytest.param({}, None, id="deleted-unseen"),
        pytest.param({"on_delete": "disable"}, None, id="vanished"),
        pytest.param({"on_delete": "disable"}, account(2, deleted=True), id="archived"),
        pytest.param({"filter": {"name": ("Company 1",)}}, account(2, "one"), id="filtered"),
    ],
)


@GOING
@pytest.mark.parametrize("before", [True, False], ids=["delivered-before", "never-delivered"])
@pytest.mark.parametrize("missing_key", ["skip", "quarantine"])
def test_the_one_that_is_left_is_sent_in_that_run(keyed, settings, record, before, missing_key):
    keyed.missing_key = missing_key
    keyed.source.records = [account(1, "one", name="Old")] if before else []
    keyed.run()
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()
    keyed.settings |= settings
    leaves(keyed, record)

    report = keyed.run(full=True)

    assert report.balanced
    assert keyed.destination.kept["one"]["name"] == "Company 1"
    assert keyed.outcome("1") is Outcome.ACCEPTED
    assert COLLISION not in keyed.held_back().values()
    assert keyed.run(full=True).bytes_sent == 0
    assert counts(report)["accepted"] == 1 + (record == account(2))


def test_the_one_that_is_left_is_sent_though_it_is_not_read(keyed):
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()
    leaves(keyed, account(2))
    keyed.source.changed = {"2"}

    report = keyed.run()

    assert (counts(report), report.exit_code) == ({"accepted": 1}, 0)
    assert (sorted(keyed.destination.sent_keys), keyed.held_back()) == (["n2", "one"], {})


def test_the_one_that_is_left_is_sent_for_another_sync(keyed):
    keyed.source.records = [account(1, "one")]
    keyed.other.records = [account(1, "one", name="Other")]
    keyed.run()
    keyed.run_other()
    keyed.source.records = [account(1, "two")]

    report = keyed.run()

    assert counts(report) == {"accepted": 1}
    assert keyed.outcome("1", "other") is Outcome.ACCEPTED
    assert keyed.held_back() == {}
    assert keyed.destination.kept["one"]["name"] == "Other"


def test_the_duplicate_of_another_sync_is_found_gone_by_that_sync_s_full_pass(keyed):
    keyed.other.records = [account(1, "one", name="Other")]
    keyed.run_other()
    keyed.source.records = [account(1, "one")]
    keyed.run()
    keyed.other.records = []

    report = keyed.run_other(full=True)

    assert report.balanced
    assert keyed.outcome("1") is Outcome.ACCEPTED
    assert keyed.held_back() == {}


def test_the_one_that_was_delivered_as_it_is_needs_nothing_sent(keyed):
    keyed.source.records = [account(1, "one")]
    keyed.run()
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()
    leaves(keyed, account(2))

    report = keyed.run(full=True)

    assert counts(report) == {"accepted": 1, "unchanged": 1}
    assert (keyed.destination.sent_keys, keyed.held_back()) == (["one", "n2"], {})


def test_a_duplicate_that_was_deleted_holds_up_no_retry(keyed):
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()
    leaves(keyed, None)

    report = retry_quarantined(keyed.plan(), keyed.ledger, keyed.clock).syncs[0]

    assert counts(report) == {"accepted": 1}
    assert (keyed.destination.sent_keys, keyed.held_back()) == (["one"], {})


def test_a_retry_while_both_are_there_tells_it_again(keyed):
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()

    report = retry_quarantined(keyed.plan(), keyed.ledger, keyed.clock)

    assert (report.exit_code, counts(report.syncs[0])) == (3, {"invalid": 2})
    assert [one.tries for one in keyed.ledger.quarantine("companies")] == [2, 2]
    assert keyed.sent == []


def test_two_that_swap_their_ids_do_not_collide(keyed):
    keyed.source.records = [account(1, "one"), account(2, "two")]
    keyed.run()
    keyed.source.records = [account(1, "two"), account(2, "one")]

    report = keyed.run()

    assert (report.exit_code, counts(report)) == (0, {"accepted": 2})
    names = {key: kept["name"] for key, kept in keyed.destination.kept.items()}
    assert names == {"one": "Company 2", "two": "Company 1"}


def test_a_sync_that_is_configured_no_more_claims_no_key(keyed):
    keyed.source.records = [account(1, "one")]
    keyed.run()
    keyed.settings["ranks"] = {"other": (0, 0)}
    keyed.other.records = [account(1, "one", name="New")]

    report = keyed.run_other()

    assert counts(report) == {"accepted": 1}
    assert keyed.destination.kept["one"]["name"] == "New"


def test_a_record_that_is_invalid_by_itself_keeps_its_claim_and_its_reason(keyed):
    keyed.rules["name"] = {"from": "name", "values": {"x": "X"}, "otherwise": "reject"}
    keyed.source.records = [account(1, "one", name="x")]
    keyed.run()
    keyed.source.records = [account(1, "one", name="y"), account(2, "one", name="x")]

    keyed.run(full=True)

    held = keyed.held_back()
    assert held.pop(("companies", "1")) != COLLISION
    assert held == {("companies", "2"): COLLISION}
    assert keyed.run(full=True).exit_code == 0


def test_what_is_uncertain_is_not_sent_while_others_claim_it(keyed):
    def lose(payloads):
        raise RetryableError("lost", maybe_delivered=True)

    keyed.source.records = [account(1, "one")]
    keyed.destination.respond = lose
    keyed.run()
    keyed.destination.respond = lambda payloads: None
    keyed.source.records.append(account(2, "one"))

    report = keyed.run()

    assert (counts(report), report.owed) == ({"invalid": 2}, 0)
    assert keyed.destination.sent_keys == ["one"]


def test_dry_run_shows_both_as_invalid(keyed):
    keyed.source.records = [account(1, "one")]
    keyed.run()
    keyed.source.records.append(account(2, "one"))

    (sync,) = keyed.preview(full=True).to_json()["syncs"]

    shown = {r["id"]: (r["action"], r["problems"][-1]["code"]) for r in sync["records"]}
    assert shown == {"1": ("invalid", COLLISION), "2": ("invalid", COLLISION)}
    assert (sync["balanced"], sync["changes"]["invalid"]) == (True, 2)


@GOING
def test_dry_run_shows_that_the_one_that_is_left_would_go(keyed, settings, record):
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()
    keyed.settings |= settings
    leaves(keyed, record)

    (sync,) = keyed.preview(full=True).to_json()["syncs"]

    if settings != {"on_delete": "disable"} or record:  # what vanished only a run looks for
        shown = next(r for r in sync["records"] if r["id"] == "1")
        assert (shown["action"], shown["payload"]["name"]) == ("create", "Company 1")


def test_of_a_read_that_is_too_long_to_be_held_the_late_duplicate_is_refused_all_the_same(keyed):
    keyed.settings["held"] = 3
    keyed.source.records = [account(1, "one"), *map(account, range(3, 9)), account(2, "one")]

    report = keyed.run()

    assert (counts(report), report.balanced) == ({"accepted": 6, "invalid": 2}, True)
    assert keyed.held_back() == BOTH
    assert "one" in keyed.destination.sent_keys


class Ahead(ListSource):
    """A CRM that tells when more has been read than is held."""

    def __init__(self, after: int) -> None:
        super().__init__(page_size=1)
        self.after = after
        self.is_ahead = Event()

    @override
    def read(self, query: Query) -> Iterator[Page]:
        for number, page in enumerate(super().read(query)):
            if number == self.after:
                self.is_ahead.set()
            yield page


def test_a_platform_that_fails_while_pages_wait_ends_the_run(keyed):
    keyed.settings["held"] = 1
    keyed.source = Ahead(after=3)  # two are in flight, one is held, one waits
    keyed.source.records = [account(number) for number in range(1, 9)]

    def fail(payloads: list[dict[str, object]]) -> None:
        assert keyed.source.is_ahead.wait(60)
        sleep(0.05)  # until the page waits; nothing can tell of that
        raise RetryableError("it hung up")

    keyed.destination.respond = fail
    failed = keyed.run()
    keyed.destination.respond = lambda payloads: None
    report = keyed.run()

    assert (failed.exit_code, failed.balanced) == (5, True)
    assert (report.exit_code, report.owed, len(keyed.destination.kept)) == (0, 0, 8)


def test_who_is_left_when_the_other_was_forgotten_goes_out_with_the_next_run(keyed):
    keyed.source.records = [account(1, "one"), account(2, "one")]
    keyed.run()
    forget(keyed.plan(), keyed.ledger, keyed.clock, ["1"])
    keyed.source.changed = set()

    report = keyed.run()

    assert (report.exit_code, report.owed, report.quarantined) == (0, 0, 0)
    assert keyed.destination.sent_keys == ["one"]


def test_one_that_is_filtered_out_later_in_the_read_claims_nothing(keyed):
    keyed.settings["filter"] = {"tag": ("sold",)}
    keyed.source.page_size = 1
    keyed.source.records = [
        account(1, "one", tag="sold"),
        account(1, "one", tag="lost"),
        account(3, "one", tag="sold"),
    ]

    report = keyed.run()

    assert (keyed.held_back(), report.quarantined, report.balanced) == ({}, 0, True)
    assert keyed.destination.kept["one"]["name"] == "Company 3"


def test_one_that_was_alone_for_a_moment_is_refused_again(keyed):
    def named(number, key):
        return account(number, key, name="One name")

    keyed.source.records = [named(2, "one")]
    keyed.run()
    keyed.source.records = [named(2, "one"), named(3, "one")]
    keyed.run()
    keyed.source.page_size = 3
    changed = account(2, "one", name="Another")
    keyed.source.records = [named(3, "one"), named(2, "two"), changed]

    keyed.run(full=True)

    assert keyed.held_back() == {("companies", "2"): COLLISION, ("companies", "3"): COLLISION}
