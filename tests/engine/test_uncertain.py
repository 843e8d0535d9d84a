"""Keys of which it is not known what the platform holds, and which nothing is owed of."""

from __future__ import annotations

from crmsync.engine.plans import GuardLimits
from crmsync.errors import BatchRejectedError, RetryableError
from crmsync.state import UNCERTAIN
from tests.engine.conftest import company, counts

LOST = RetryableError("no answer", maybe_delivered=True)
REFUSED = BatchRejectedError("400", reason="no such name")


def answering(bench, error):
    """Answer each request with an error; None takes everything."""

    def respond(_payloads):
        if error is not None:
            raise error

    bench.destination.respond = respond


def refused_after_a_lost_answer(bench):
    """A platform that refuses a record, of which a run that died had sent something."""
    bench.source.records = [company(1)]
    answering(bench, LOST)
    bench.run()
    answering(bench, REFUSED)
    return bench.run()


def refused_by_the_second_try(bench):
    """A platform that refuses a record, of which the first try's answer was lost."""
    bench.settings["on_delete"] = "disable"
    bench.settings["guards"] = GuardLimits(disable=1.0)
    bench.source.records = [company(1, phone="+1 555 0100"), company(2)]
    refusal = BatchRejectedError("400", reason="no such name")

    def respond(payloads):
        refusal.maybe_delivered = len(payloads) == 2
        if payloads[0]["domain"] == "c1.com":
            raise refusal

    bench.destination.respond = respond
    return bench.run()


def test_what_is_refused_after_a_try_that_may_have_arrived_may_be_there(bench):
    report = refused_by_the_second_try(bench)
    assert (report.exit_code, report.owed, report.quarantined) == (3, 0, 1)
    assert counts(report) == {"rejected": 1, "unverified": 1}
    held = bench.ledger.deliveries("platform", ["c1.com", "c2.com"])
    assert (held["c1.com"].digest, bool(held["c2.com"].digest)) == (UNCERTAIN, True)
    sent = len(bench.destination.pushes)
    assert (bench.run(full=True).exit_code, len(bench.destination.pushes)) == (0, sent)


def test_what_may_be_there_is_cleared_when_its_record_has_changed(bench):
    refused_by_the_second_try(bench)
    answering(bench, None)
    bench.source.records[0] = company(1, name="Mended")
    assert bench.run().exit_code == 0
    assert bench.destination.pushes[-1][0]["properties"]["phone"] is None


def test_what_may_be_there_is_disabled_when_its_record_is_gone(bench):
    refused_by_the_second_try(bench)
    answering(bench, None)
    bench.source.records[0] = company(1, deleted=True)
    bench.run()
    assert bench.destination.kept["c1.com"]["isEnabled"] is False


def test_a_payload_that_was_on_its_way_and_is_refused_waits_in_quarantine(bench):
    report = refused_after_a_lost_answer(bench)
    assert (report.exit_code, report.owed, report.quarantined) == (3, 0, 1)

    sent = len(bench.destination.pushes)
    again = bench.run()

    assert (again.exit_code, counts(again)) == (0, {"rejected": 1})
    assert len(bench.destination.pushes) == sent


def test_it_goes_when_its_record_has_changed_with_clears_of_all_that_may_be_there(bench):
    bench.source.records = [company(1, phone="+1 555 0100")]
    answering(bench, LOST)
    bench.run()
    bench.source.records = [company(1, name="Refused")]
    answering(bench, REFUSED)
    bench.run()
    bench.source.records = [company(1, name="Mended")]
    answering(bench, None)

    assert bench.run().exit_code == 0
    assert bench.destination.pushes[-1][0]["properties"]["phone"] is None


def test_it_goes_when_a_person_says_so(bench):
    refused_after_a_lost_answer(bench)
    answering(bench, None)

    assert bench.run(force=True).exit_code == 0
    assert bench.properties("c1.com")["displayName"] == "Company 1"


def test_a_key_that_its_record_has_left_is_owed_by_nobody_where_nothing_is_disabled(bench):
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.source.records[0] = company(1, name="Renamed")
    answering(bench, LOST)
    bench.run()
    answering(bench, None)
    bench.source.records[0] = company(1, domain="moved.com")
    bench.source.changed = {"1"}
    bench.run()

    assert bench.run().exit_code == 0
    assert bench.run().owed == 0


def test_a_key_stays_owed_until_the_platform_takes_that_its_record_is_gone(bench):
    bench.settings = {"on_delete": "disable", "guards": GuardLimits(disable=1.0)}
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.source.records = [company(1, deleted=True), company(2)]
    answering(bench, REFUSED)
    assert bench.run().owed == 1
    bench.source.changed = set()
    assert bench.run().owed == 1
    answering(bench, None)

    assert bench.run().exit_code == 0
    assert bench.destination.kept["c1.com"]["isEnabled"] is False
