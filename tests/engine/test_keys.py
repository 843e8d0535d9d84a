from __future__ import annotations

from dataclasses import replace
from threading import Event
from time import sleep

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmsync.engine.plans import GuardLimits, RunOptions
from crmsync.engine.run import run_syncs
from crmsync.errors import BatchRejectedError, RetryableError
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from tests.engine.conftest import Bench, company, counts


def test_cleared_omit_leaves_what_was_delivered(bench):
    bench.settings["cleared"] = "omit"
    bench.source.records = [company(1, phone="+46 8 123 456")]
    bench.run()
    bench.source.records = [company(1, name="Other")]

    bench.run()

    assert bench.properties("c1.com") == {"displayName": "Other", "phone": "+46 8 123 456"}


def test_two_companies_with_one_domain_go_out_as_one_payload(bench):
    bench.source.records = [
        company(1, domain="one.com", industry="retail", day=5),
        company(2, domain="www.one.com", industry="mining", day=9),
    ]

    report = bench.run()

    assert counts(report) == {"unverified": 1, "merged": 1}
    held = bench.destination.kept["one.com"]["properties"]
    assert (held["objectId"], held["displayName"]) == ("2", "Company 2")
    assert sorted(held["segments"]) == ["mining", "retail"]


def test_one_of_two_changes_and_the_other_still_counts(bench):
    bench.source.records = [
        company(1, domain="one.com", phone="+46 8 111 111", day=5),
        company(2, domain="one.com", day=9),
    ]
    bench.run()
    bench.source.changed = {"1"}
    bench.source.records[0] = company(1, domain="one.com", phone="+46 8 222 222", day=6)

    report = bench.run()

    assert counts(report) == {"merged": 1}
    assert bench.properties("one.com")["phone"] == "+46 8 222 222"
    assert bench.destination.kept["one.com"]["properties"]["objectId"] == "2"


def test_duplicate_that_comes_after_its_twin_has_left_is_sent_after_it(bench):
    bench.max_payloads = 1
    bench.source.records = [
        company(1, domain="one.com", day=5),
        company(2, domain="two.com"),
        company(3, domain="one.com", industry="retail", day=9),
    ]

    report = bench.run()

    assert counts(report) == {"unverified": 3}
    assert bench.destination.kept["one.com"]["properties"]["objectId"] == "3"


def test_company_with_a_new_domain_leaves_the_merged_payload_of_the_old_one(bench):
    bench.source.records = [
        company(1, domain="one.com", phone="+46 8 111 111", day=9),
        company(2, domain="one.com", day=5),
    ]
    bench.run()
    bench.source.records[0] = company(1, domain="new.com", day=10)

    report = bench.run()

    assert counts(report) == {"unverified": 2}
    assert bench.destination.kept["one.com"]["properties"]["objectId"] == "2"
    assert "phone" not in bench.destination.kept["one.com"]["properties"]
    assert bench.destination.kept["new.com"]["properties"]["objectId"] == "1"


def test_archived_company_is_left_alone_by_default(bench):
    bench.source.records = [company(1)]
    bench.run()
    bench.source.records = [company(1, deleted=True)]
    bench.settings["guards"] = replace(bench.plan().guards, empty=False)

    report = bench.run()

    assert (report.counts.read, len(bench.destination.pushes)) == (0, 1)


def test_x08_archived_company_is_disabled_when_asked_for_and_enabled_again_when_restored(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.source.records[0] = company(1, deleted=True)

    disabled = bench.run()

    assert counts(disabled) == {"unverified": 1, "unchanged": 1}
    assert bench.destination.kept["c1.com"]["isEnabled"] is False

    bench.source.records[0] = company(1)
    bench.run()

    assert bench.destination.kept["c1.com"]["isEnabled"] is True


def test_archived_company_that_was_never_delivered_is_filtered(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(1), company(2, deleted=True)]

    assert counts(bench.run()) == {"unverified": 1, "filtered": 1}
    assert bench.destination.sent_keys == ["c1.com"]


def test_archived_company_leaves_what_its_live_twin_gives(bench):
    bench.settings["on_delete"] = "disable"
    twins = [
        company(1, domain="one.com", day=9, industry="retail"),
        company(2, domain="one.com", day=5, industry="mining"),
    ]
    bench.source.records = list(twins)
    bench.run()
    bench.source.records = [company(1, domain="one.com", deleted=True), twins[1]]

    bench.run()

    held = bench.destination.kept["one.com"]
    assert held["properties"]["objectId"] == "2"
    assert held["properties"]["segments"] == ["mining"]
    assert held.get("isEnabled") is not False


def test_company_that_vanished_is_found_by_the_full_pass_and_disabled(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(n) for n in range(1, 6)]
    bench.run()
    del bench.source.records[1]

    report = bench.run(full=True)

    assert (report.exit_code, counts(report)) == (0, {"unchanged": 4})
    assert bench.destination.kept["c2.com"]["isEnabled"] is False


def test_merged_away_company_gives_nothing_any_more(bench):
    bench.source.records = [
        company(1, domain="one.com", day=9, phone="+46 8 111 111"),
        company(2, domain="one.com", day=5, industry="mining"),
    ]
    bench.run()
    bench.source.records = [company(7, domain="one.com", day=10, merged=(1, 2))]

    report = bench.run()

    assert counts(report) == {"unverified": 1}
    assert bench.properties("one.com") == {"displayName": "Company 7"}
    assert bench.ledger.record("companies", "1") is None


def test_merged_away_company_gives_nothing_any_more_though_all_of_the_new_one_is_new(bench):
    bench.source.records = [company(1, domain="one.com", phone="+46 8 111 111")]
    bench.run()
    bench.source.records = [company(7, domain="seven.com", merged=(1,))]
    bench.run()
    assert bench.ledger.record("companies", "1") is None


def test_field_that_went_out_in_a_lost_answer_is_cleared_when_it_is_gone(bench):
    def lose(payloads):
        raise RetryableError("lost", maybe_delivered=True)

    bench.source.records = [company(1, phone="+46 8 123 456")]
    bench.destination.respond = lose
    bench.run()
    bench.destination.respond = lambda payloads: None
    bench.source.records = [company(1)]

    bench.run()

    assert bench.destination.pushes[-1][0]["properties"]["phone"] is None


def test_two_crms_with_one_domain_give_one_payload_by_priority(bench):
    bench.source.records = [company(1, domain="one.com", name="First", day=1)]
    bench.run()
    other = replace(bench.plan("other"), open_source=lambda: bench.source)
    bench.source.records = [company(9, domain="one.com", name="Second", phone="+46 8 1234", day=9)]

    report = run_syncs([other], bench.ledger, bench.clock, RunOptions())

    assert counts(report.syncs[0]) == {"merged": 1}
    assert bench.properties("one.com") == {"displayName": "First", "phone": "+46 8 1234"}


def test_what_another_sync_left_uncertain_is_that_sync_s_to_settle(bench):
    def lose(payloads):
        raise RetryableError("lost", maybe_delivered=True)

    bench.source.records = [company(1, domain="other.com")]
    bench.destination.respond = lose
    run_syncs([bench.plan("other")], bench.ledger, bench.clock, RunOptions())
    bench.destination.respond = lambda payloads: None
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(2)]

    bench.run()

    assert bench.destination.kept["c2.com"]["domain"] == "c2.com"
    assert "other.com" not in bench.destination.kept


def test_refused_disabling_is_owed_until_it_is_taken(bench):
    def refuse(payloads):
        if any(payload.get("isEnabled") is False for payload in payloads):
            raise BatchRejectedError("400", reason="not today")

    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.destination.respond = refuse
    bench.source.records = [company(1, deleted=True), company(2)]
    refused = bench.run()
    bench.destination.respond = lambda payloads: None

    report = bench.run()

    assert (refused.exit_code, refused.owed) == (3, 1)
    assert (report.exit_code, report.owed) == (0, 0)
    assert bench.destination.kept["c1.com"]["isEnabled"] is False


def test_an_emptied_key_is_disabled_if_any_sync_of_the_platform_asks_for_it(bench):
    for empties, enabled in ((False, True), (True, False)):
        bench.settings["empties"] = empties
        bench.source.records = [company(1)]
        bench.run(full=True)
        bench.source.records = [company(1, domain=None)]
        bench.run()

        assert bench.destination.kept["c1.com"].get("isEnabled", True) is enabled


def test_a_newer_time_alone_is_remembered(bench):
    del bench.rules["properties.modifiedAt"]
    for number, day in ((2, 5), (2, 9), (1, 7)):
        one = company(1, domain="one.com", day=3 if number == 2 else day)
        bench.source.records = [one, company(2, domain="one.com", day=day if number == 2 else 9)]
        bench.source.changed = {str(number)}
        bench.run()

    assert bench.destination.kept["one.com"]["properties"]["displayName"] == "Company 2"


OFF = GuardLimits(empty=False, shortfall=1, blank=1)
LIVES = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["a.com", "b.com", "c.com", None, "gone"])),
    min_size=1,
    max_size=8,
)


def moments(lives, day=0):
    """A record at several moments of one read, in their order."""
    for number, (one, domain) in enumerate(lives, start=day):
        named = None if domain == "gone" else domain
        yield company(one, domain=named, day=number, name=f"at {number}", deleted=domain == "gone")


@given(before=LIVES, lives=LIVES, size=st.integers(1, 4), batch=st.sampled_from([1, 2, 1_000]))
@example(
    before=[(1, "a.com")],
    lives=[*[(1, "a.com")] * 2, (2, "c.com"), (2, None), (2, "b.com"), (2, "a.com")],
    size=1,
    batch=1,
)
def test_a_record_that_comes_several_times_ends_as_it_came_last(before, lives, size, batch):
    ends = []
    latest = {record.id: record for record in [*moments(before), *moments(lives, 9)]}
    for reads in ([before, lives], []):
        ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
        bench = Bench(ledger, max_payloads=batch)
        bench.settings |= {"on_delete": "disable", "guards": OFF}
        bench.source.page_size = size
        for day, read in enumerate(reads):
            bench.source.records = list(moments(read, 9 * day))
            assert bench.run(full=day == 0).status in {"succeeded", "partial"}
        bench.source.records = list(latest.values())
        assert bench.run(full=True).status in {"succeeded", "partial"}
        assert bench.run().bytes_sent == 0
        held = {key: dict(kept) for key, kept in bench.destination.kept.items()}
        ends.append({key: kept for key, kept in held.items() if kept.pop("isEnabled", True)})
        ledger.close()

    assert ends[0] == ends[1]


@pytest.mark.parametrize("newcomers", [0, 1])
def test_what_is_merged_away_is_forgotten_whoever_is_new_beside_it(bench, newcomers):
    bench.source.page_size = 1
    bench.source.records = [company(1)]
    bench.run()
    others = [company(3 + number) for number in range(newcomers)]
    bench.source.records = [company(1, day=9), company(2, merged=(1,)), *others]

    bench.run()

    assert bench.ledger.record("companies", "1") is None
    assert bench.ledger.record("companies", "2") is not None


@pytest.mark.parametrize("on_delete", ["disable", "ignore"])
def test_what_is_merged_away_on_its_way_to_another_key_is_forgotten_when_it_has_come(
    bench, on_delete
):
    """The key that it left lands last."""
    there = Event()

    def respond(payloads):
        if payloads[0]["domain"] == "a.com":
            there.set()
        elif not there.is_set():
            there.wait(5)
            sleep(0.05)  # till that is stored, else the two land in the order of every run

    bench.max_payloads, bench.source.page_size = 1, 1
    bench.settings |= {"on_delete": on_delete, "guards": OFF}
    bench.destination.respond = respond
    bench.source.records = [
        company(2, domain="b.com"),
        company(2, domain="a.com", phone="+46 8 123 456", day=3),
        company(3, domain="a.com", merged=(2,), day=4),
    ]

    bench.run()

    assert bench.ledger.record("companies", "2") is None
    assert set(bench.ledger.contributions("platform", ["a.com", "b.com"])) == {"a.com"}
    assert "phone" not in bench.properties("a.com")


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_key_that_a_record_came_by_before_a_run_was_cut_off_is_disabled_by_the_next(
    bench, goes_on
):
    bench.max_payloads, bench.source.page_size = 1, 1
    bench.settings |= {"on_delete": "disable", "guards": OFF}
    bench.source.records = [company(1, domain="c.com")]
    bench.run()

    def fail(payloads):
        if payloads[0]["domain"] != "b.com":
            raise RetryableError("down")

    bench.destination.respond = fail
    last = company(1, domain="a.com", day=3)
    bench.source.records = [company(1, domain="b.com", day=2), *[last] * goes_on]
    assert bench.run().owed
    bench.destination.respond = lambda _: None
    bench.source.records = [last]
    again = bench.run()

    enabled = {key for key, kept in bench.destination.kept.items() if kept.get("isEnabled", True)}
    assert (again.owed, enabled) == (0, {"a.com"})


@pytest.mark.parametrize("size", [1, 1_000])
def test_a_record_that_has_come_to_another_key_owes_nothing(bench, size):
    bench.max_payloads, bench.source.page_size = size, 1
    bench.settings |= {"on_delete": "disable", "guards": OFF}
    bench.source.records = [company(number) for number in range(1, 6)]
    bench.run()
    bench.source.records = [company(n, domain=f"n{n}.com") for n in range(1, 6)]
    bench.destination.pushes.clear()

    report, again = bench.run(), bench.run(full=True)

    assert (report.owed, again.owed, again.bytes_sent) == (0, 0, 0)
    assert sorted(bench.destination.sent_keys) == sorted(
        f"{kind}{n}.com" for kind in "cn" for n in range(1, 6)
    )
    held = bench.ledger.deliveries("platform", [f"n{n}.com" for n in range(1, 6)])
    assert all(delivery.digest for delivery in held.values())
    assert len(held) == len(bench.source.records)
