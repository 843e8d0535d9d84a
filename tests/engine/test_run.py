from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.engine.plans import RunOptions
from crmsync.engine.run import run_syncs
from crmsync.errors import BatchRejectedError, CredentialsError, RetryableError, StoppedError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Answer, CheckResult
from crmsync.receipts import Outcome
from tests.engine.conftest import company, counts


def test_first_run_delivers_every_company_and_balances(bench):
    bench.source.records = [company(n) for n in range(1, 6)]

    report = bench.run()

    assert (report.exit_code, report.status, report.balanced) == (0, "succeeded", True)
    assert counts(report) == {"unverified": 5}
    assert (report.counts.source_total, report.counts.read) == (5, 5)
    assert sorted(bench.destination.kept) == [f"c{n}.com" for n in range(1, 6)]


def test_second_run_without_a_change_sends_nothing(bench):
    bench.source.records = [company(n) for n in range(1, 6)]
    bench.run()

    report = bench.run()

    assert counts(report) == {"unchanged": 5}
    assert len(bench.destination.pushes) == 1


def test_second_run_sends_exactly_what_changed(bench):
    bench.source.records = [company(n) for n in range(1, 6)]
    bench.run()
    bench.source.records[2] = company(3, name="New name")

    report = bench.run()

    assert counts(report) == {"unchanged": 4, "unverified": 1}
    assert bench.destination.sent_keys[5:] == ["c3.com"]


def test_answer_that_vouches_for_each_payload_is_accepted(bench):
    bench.destination.answer = Answer(verified=True, status="200")
    bench.source.records = [company(1)]

    assert counts(bench.run()) == {"accepted": 1}


def test_company_without_a_domain_is_skipped_without_raising_the_exit_code(bench):
    bench.source.records = [company(1), company(2, domain=None)]

    report = bench.run()

    assert (report.exit_code, counts(report)) == (0, {"unverified": 1, "skipped": 1})
    stored = bench.ledger.record("companies", "2")
    assert stored.outcome is Outcome.SKIPPED
    assert stored.problems


def test_invalid_company_is_quarantined_once_and_does_not_raise_the_code_again(bench):
    bench.source.records = [company(1), company(2, stage="unheard of")]

    first, second = bench.run(), bench.run()

    assert (first.exit_code, first.status, first.quarantined) == (3, "partial", 1)
    assert counts(first) == {"unverified": 1, "invalid": 1}
    assert (second.exit_code, second.quarantined) == (0, 1)


def test_company_that_is_mended_leaves_quarantine(bench):
    bench.source.records = [company(1, stage="unheard of")]
    bench.run()
    bench.source.records = [company(1, stage="lead")]

    report = bench.run()

    assert (counts(report), report.quarantined) == ({"unverified": 1}, 0)


def test_filtered_companies_are_counted_and_not_sent(bench):
    bench.settings["filter"] = {"industry": ("retail",)}
    bench.source.records = [company(1, industry="retail"), company(2, industry="mining")]

    assert counts(bench.run()) == {"unverified": 1, "filtered": 1}
    assert bench.destination.sent_keys == ["c1.com"]


def test_refused_payload_is_quarantined_and_the_others_arrive(bench):
    def refuse(payloads):
        bad = [n for n, payload in enumerate(payloads) if payload["domain"] == "c2.com"]
        if bad:
            reason = "domain is on our list"
            raise BatchRejectedError("400", reason=reason, refusals=dict.fromkeys(bad, reason))

    bench.destination.respond = refuse
    bench.source.records = [company(n) for n in range(1, 5)]

    first, again = bench.run(), bench.run()

    assert (first.exit_code, counts(first)) == (3, {"unverified": 3, "rejected": 1})
    assert sorted(bench.destination.kept) == ["c1.com", "c3.com", "c4.com"]
    assert (again.exit_code, counts(again)) == (0, {"unchanged": 3, "rejected": 1})
    (entry,) = bench.ledger.quarantine("companies")
    assert "domain is on our list" in entry.problems[-1].message


@pytest.mark.parametrize(
    ("error", "code", "outcome"),
    [
        (RetryableError("gave up"), ExitCode.TEMPORARY, "pending"),
        (RetryableError("lost", maybe_delivered=True), ExitCode.TEMPORARY, "unknown"),
        (CredentialsError("wrong key"), ExitCode.CREDENTIALS, "pending"),
    ],
    ids=["not-delivered", "answer-lost", "credentials"],
)
def test_platform_that_fails_ends_the_run_and_the_next_one_delivers(bench, error, code, outcome):
    def fail(payloads):
        raise error

    bench.source.records = [company(n) for n in range(1, 5)]
    bench.destination.respond = fail
    first = bench.run()
    bench.destination.respond = lambda payloads: None
    second = bench.run()

    assert (first.exit_code, counts(first), first.owed) == (code, {outcome: 4}, 4)
    assert first.balanced
    assert (second.exit_code, second.owed) == (0, 0)
    assert len(bench.destination.kept) == 4


def test_a_payload_waits_for_so_many_records_at_most_that_its_batch_is_full(bench):
    bench.source.records = [company(number) for number in range(1, 21)]
    bench.run()
    for number in (1, 4, 20):
        bench.source.records[number - 1] = company(number, name="Changed")

    bench.settings["linger"] = 5
    bench.run(full=True)

    sent = [[one["domain"] for one in push] for push in bench.destination.pushes[1:]]
    assert sent == [["c1.com", "c4.com"], ["c20.com"]]


def test_what_was_read_before_the_crm_failed_is_delivered_and_the_next_run_goes_on(bench):
    bench.source.records = [company(n) for n in range(1, 8)]
    bench.source.fail_after = 2
    bench.source.error = RetryableError("the CRM is down")
    first = bench.run()
    bench.source.fail_after = None
    second = bench.run()

    assert (first.exit_code, counts(first)) == (5, {"unverified": 4})
    assert bench.source.queries[-1].cursor == "full:4"
    assert (second.exit_code, counts(second)) == (0, {"unverified": 3})
    assert len(bench.destination.kept) == 7


def test_run_that_is_asked_to_stop_says_so_and_stays_consistent(bench):
    def stop(payloads):
        bench.clock.stop()

    bench.max_payloads = 2
    bench.destination.respond = stop
    bench.source.records = [company(n) for n in range(1, 8)]

    report = bench.run()

    assert (report.exit_code, report.status) == (5, "temporary")
    assert report.balanced
    assert report.counts.read < 8
    assert isinstance(report.error, str)


def test_limit_samples_and_leaves_the_cursor_alone(bench):
    bench.source.records = [company(n) for n in range(1, 8)]

    report = bench.run(limit=3)

    assert (report.counts.read, report.balanced, report.cursor) == (3, True, None)
    assert bench.ledger.sync_state("companies").cursor is None


def test_changed_mapping_reads_everything_again(bench):
    bench.source.records = [company(n) for n in range(1, 4)]
    bench.run()
    bench.source.changed = set()
    bench.rules["properties.displayName"] = {"from": "name", "transforms": "upper"}

    report = bench.run()

    assert counts(report) == {"unverified": 3}
    assert bench.properties("c1.com") == {"displayName": "COMPANY 1"}


def test_x09_another_mapping_that_gives_the_same_sends_nothing(bench):
    bench.source.records = [company(n) for n in range(1, 4)]
    bench.run()
    bench.source.changed = set()
    bench.rules["properties.displayName"] = {"from": ["name", "domain"]}

    report = bench.run()

    assert (counts(report), len(bench.destination.pushes)) == ({"unchanged": 3}, 1)


def test_full_pass_is_made_when_it_is_due(bench):
    bench.source.records = [company(1)]
    bench.run()
    bench.run()
    bench.clock.advance(8 * 86_400)
    bench.run()

    assert [query.cursor is None for query in bench.source.queries] == [True, False, True]


def test_full_pass_that_was_cut_off_at_once_is_made_again(bench):
    def fail(payloads):
        raise CredentialsError("the key was changed")

    bench.source.records = [company(n) for n in range(1, 4)]
    bench.run()
    bench.source.records = [company(n, name="New") for n in range(1, 4)]
    bench.source.changed = set()
    bench.destination.respond = fail
    bench.run(full=True)
    bench.destination.respond = lambda payloads: None

    report = bench.run()

    assert (counts(report), report.owed) == ({"unverified": 3}, 0)


def test_second_runner_leaves_with_nine(bench):
    with bench.ledger.lock("sync companies"):
        report = bench.run()

    assert (report.exit_code, report.status) == (9, "locked")
    assert bench.source.queries == []


def test_destination_that_another_sync_writes_to_is_waited_for(bench):
    bench.settings["patience"] = 3.0
    with bench.ledger.lock("destination platform"):
        report = bench.run()

    assert report.exit_code == 5
    assert sum(bench.clock.sleeps) >= 3.0


def test_one_failing_sync_leaves_the_other_untouched(bench):
    bench.source.records = [company(1)]
    broken = replace(bench.plan("broken"), open_source=failing)

    report = run_syncs([broken, bench.plan()], bench.ledger, bench.clock, RunOptions())

    assert [sync.exit_code for sync in report.syncs] == [7, 0]
    assert report.exit_code == 7
    assert list(bench.destination.kept) == ["c1.com"]


def failing():
    raise CredentialsError("the token is gone", hint="make a new one")


def test_run_history_keeps_the_report(bench):
    bench.source.records = [company(1)]

    report = bench.whole_run()

    assert bench.ledger.run(report.run_id)["syncs"][0]["counts"]["unverified"] == 1
    assert bench.ledger.last_report("companies")["run_id"] == report.run_id


@pytest.mark.parametrize("options", [{"limit": 1}, {"ids": ("1",)}], ids=["limit", "ids"])
def test_a_run_of_some_records_says_so(bench, options):
    bench.source.records = [company(1), company(2)]

    assert bench.preview(limit=1).syncs[0].report.partial
    assert bench.run(**options).partial
    assert bench.ledger.last_report("companies")["partial"]
    assert not bench.run().partial


def test_stopped_error_from_a_retry_ends_with_five(bench):
    def stopped(payloads):
        raise StoppedError("asked to stop")

    bench.destination.respond = stopped
    bench.source.records = [company(1)]

    assert bench.run().exit_code == 5


@pytest.mark.parametrize(
    ("in_flight", "outcome"), [(True, "unknown"), (False, "pending")], ids=["in-flight", "waiting"]
)
def test_stop_leaves_unknown_only_what_was_in_flight(bench, in_flight, outcome):
    def stopped(payloads):
        raise StoppedError("asked to stop", maybe_delivered=in_flight)

    bench.destination.respond = stopped
    bench.source.records = [company(1), company(2)]

    assert counts(bench.run()) == {outcome: 2}

    bench.destination.respond = lambda payloads: None
    assert counts(bench.run()) == {"unverified": 2}


def test_destination_that_cannot_be_sent_to_ends_the_run_before_it_reads(bench):
    bench.destination.check = lambda: [
        CheckResult("api_key", passed=False, message="$KEY: not set")
    ]
    bench.source.records = [company(1)]

    report = bench.run()

    assert (report.exit_code, report.counts.read) == (2, 0)
    assert "$KEY" in report.error
    assert bench.source.queries == []
