from __future__ import annotations

from crmsync.engine.retry import retry_quarantined
from crmsync.errors import BatchRejectedError
from tests.engine.conftest import company


def refuse(payloads):
    raise BatchRejectedError("400", reason="closed today")


def test_refused_records_are_sent_again_and_leave_quarantine(bench):
    bench.destination.respond = refuse
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.destination.respond = lambda payloads: None

    report = retry_quarantined(bench.plan(), bench.ledger, bench.clock)

    assert (report.exit_code, report.syncs[0].counts.unverified) == (0, 2)
    assert report.syncs[0].quarantined == 0
    assert sorted(bench.destination.kept) == ["c1.com", "c2.com"]


def test_only_the_chosen_ids_are_tried_and_the_cursor_stays(bench):
    bench.destination.respond = refuse
    bench.source.records = [company(1), company(2)]
    cursor = bench.run().cursor
    bench.destination.respond = lambda payloads: None

    report = retry_quarantined(bench.plan(), bench.ledger, bench.clock, ["2"])

    assert report.syncs[0].counts.read == 1
    assert report.syncs[0].quarantined == 1
    assert bench.ledger.sync_state("companies").cursor == cursor


def test_still_refused_ends_with_three(bench):
    bench.destination.respond = refuse
    bench.source.records = [company(1)]
    bench.run()

    report = retry_quarantined(bench.plan(), bench.ledger, bench.clock)

    assert report.exit_code == 3
    (entry,) = bench.ledger.quarantine("companies")
    assert entry.tries == 2


def test_nothing_in_quarantine_runs_no_sync(bench):
    report = retry_quarantined(bench.plan(), bench.ledger, bench.clock)

    assert (report.exit_code, report.syncs) == (0, ())


def test_record_that_is_still_invalid_counts_as_one_more_try(bench):
    bench.source.records = [company(1, stage="unheard of")]
    bench.run()

    report = retry_quarantined(bench.plan(), bench.ledger, bench.clock)

    assert report.exit_code == 3
    (entry,) = bench.ledger.quarantine("companies")
    assert entry.tries == 2
