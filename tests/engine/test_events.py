from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.engine.plans import GuardLimits
from crmsync.engine.retry import doubted, drop
from crmsync.errors import Guard, RetryableError
from crmsync.exit_codes import ExitCode
from crmsync.records import Record
from crmsync.state import Phase
from tests.engine.conftest import counts
from tests.engine.lead_events import Events, deal


@pytest.fixture
def events():
    bench = Events()
    yield bench
    bench.ledger.close()


def test_k01_an_unchanged_stage_is_no_event_and_another_one_is(events):
    assert counts(events.run(deal(1, "New"), deal(2, "New"))) == {"accepted": 2}
    assert counts(events.run()) == {"unchanged": 2}
    again = events.run(deal(1, "New", minute=9, company="Acme"), deal(2, "Won", minute=9))
    assert counts(again) == {"unchanged": 1, "accepted": 1}
    assert events.told() == ["1 New", "2 New", "2 New → Won"]


@pytest.mark.parametrize(
    ("fate", "creations"),
    [("lost", 1), ("late", 1), ("reset", 2), ("502", 2)],
    ids=["K02-answer-lost", "committed-late", "K03-never-arrived", "K03-gateway"],
)
@pytest.mark.fault(52, 54)
@pytest.mark.invariant(6)
def test_an_answer_that_is_lost_is_looked_for_before_anything_is_sent_again(
    events, fate, creations
):
    events.line.fates.append(fate)
    report = events.run(deal(1, "New"))
    assert (counts(report), report.exit_code) == ({"accepted": 1}, ExitCode.OK)
    assert (events.line.requests["creations"], events.told()) == (creations, ["1 New"])


def test_k04_a_connection_that_was_refused_is_tried_again_without_a_look(events):
    events.line.fates.append("unconnected")
    assert counts(events.run(deal(1, "New"))) == {"accepted": 1}
    assert (events.line.requests["creations"], events.line.requests["reads"]) == (2, 1)


def test_an_event_that_never_arrives_is_parked_listed_and_looked_for_by_each_run(events):
    events.line.fates += ["reset", "", "reset"]
    report = events.run(deal(1, "New"), deal(2, "New"))
    assert (counts(report), report.exit_code) == ({"unknown": 1, "accepted": 1}, ExitCode.OWED)
    (parked,) = events.ledger.uncertain_events("deals")
    assert (parked.record_id, parked.phase) == ("1", Phase.PARKED)
    reads = events.line.requests["reads"]
    assert events.run().exit_code == ExitCode.OWED
    assert events.line.requests["reads"] > reads
    assert (events.line.requests["creations"], events.told()) == (3, ["2 New"])


def test_later_events_of_a_parked_lead_wait_and_those_of_others_do_not(events):
    events.line.fates += ["reset", "reset"]
    events.run(deal(1, "New"))
    report = events.run(deal(1, "Won", minute=9), deal(2, "New"))
    assert counts(report) == {"pending": 1, "accepted": 1}
    assert events.ledger.standing("deals", "atoka").owed == 2
    assert events.told() == ["2 New"]


def test_a_parked_event_that_a_person_lets_go_is_sent_once_more_and_then_what_waited(events):
    events.line.fates += ["reset", "reset"]
    events.run(deal(1, "New"))
    assert counts(events.retry("1")) == {"accepted": 1}
    assert events.run(deal(1, "Won", minute=9)).owed == 0
    assert events.told() == ["1 New", "1 New → Won"]


def test_a_parked_event_that_a_person_takes_for_arrived_holds_up_its_lead_no_more(events):
    events.line.fates += ["reset", "reset"]
    events.run(deal(1, "New"))
    assert [entry.record_id for entry in doubted(events.plan(), events.ledger)] == ["1"]
    assert drop(events.plan(), events.ledger, ["1"]) == 1
    assert events.run(deal(1, "Won", minute=9)).owed == 0
    assert events.told() == ["1 New → Won"]


def test_forcing_an_event_that_is_still_open_makes_no_second_one(events):
    events.line.fates += ["503"] * 3
    events.line.reads += ["", *["503"] * 400]
    assert events.run(deal(1, "New")).exit_code == ExitCode.TEMPORARY
    events.line.reads.clear()
    events.line.fates.clear()
    assert counts(events.run(ids=("1",), force=True)) == {"accepted": 1}
    assert events.told() == ["1 New"]


def test_a_change_of_what_waits_parked_is_an_event_of_its_own_also_when_it_is_forced(events):
    events.line.fates += ["reset", "reset"]
    events.run(deal(1, "New"))
    events.run(deal(1, "Won", minute=9), ids=("1",), force=True)
    assert [line.phase for line in events.ledger.events_of("deals", "1")] == [
        Phase.PARKED,
        Phase.PLANNED,
    ]
    assert counts(events.retry("1")) == {"accepted": 1}
    assert events.told() == ["1 New", "1 New → Won"]
    assert events.ledger.standing("deals", "atoka").owed == 0


def test_k06_a_platform_that_is_down_ends_the_run_and_the_next_one_goes_on(events):
    deals = [deal(number, "New") for number in range(1, 21)]
    events.line.fates += ["502"] * 100
    events.line.reads += ["", *["502"] * 2_000]
    report = events.run(*deals)
    assert report.exit_code == ExitCode.TEMPORARY
    assert counts(report) == {"unknown": 8, "pending": 12}
    assert len(events.ledger.uncertain_events("deals")) == 8
    events.line.fates.clear()
    events.line.reads.clear()
    assert counts(events.run(full=True)) == {"accepted": 20}
    assert sorted(events.told()) == sorted(f"{number} New" for number in range(1, 21))


def test_k06_a_lead_that_cannot_be_looked_for_is_blocked_alone_and_owed(events):
    events.line.fates.append("502")
    events.line.reads += ["", *["502"] * 2_000]
    report = events.run(deal(1, "New"), deal(2, "New"))
    assert (report.exit_code, counts(report)) == (
        ExitCode.TEMPORARY,
        {"unknown": 1, "accepted": 1},
    )
    assert events.told() == ["2 New"]


def test_k07_of_two_changes_on_one_day_the_first_is_dated_and_the_second_is_not(events):
    events.keys["dates"] = "backfill"
    events.run(deal(1, "New", lead="x"), deal(2, "New", lead="x", minute=9))
    dates = [event["date"] for event in events.line.kept()]
    assert dates == sorted(dates)
    assert dates[0] == 1_780_272_000_000  # 2026-06-01
    assert dates[1] > dates[0]
    assert events.line.requests["creations"] == 2


@pytest.mark.fault(60)
def test_k08_a_date_that_is_refused_is_left_out(events):
    events.keys["dates"] = "backfill"
    events.run(deal(1, "New", lead="x"))
    events.source.records = [deal(2, "New", lead="x", minute=3_000)]
    events.line.control("/clock", {"skew_s": -365 * 86_400})
    assert counts(events.run(full=True)) == {"accepted": 1}
    assert events.line.requests["creations"] == 3


def test_k09_a_status_that_is_not_configured_is_refused_before_anything_is_sent(events):
    report = events.run(deal(1, "New", status="Won"), deal(2, "New", status="Contacted"))
    assert counts(report) == {"invalid": 1, "accepted": 1}
    (held,) = events.ledger.quarantine("deals")
    assert held.problems[0].code == "STATUS_UNKNOWN"
    assert events.told() == ["2 New"]


def test_k14_two_companies_of_one_name_are_nobody_until_a_person_tells_which(events):
    events.line.companies({"id": "a1", "name": "Acme"}, {"id": "a2", "name": "Acme"})
    assert counts(events.run(deal(1, "New", lead=None, company="Acme"))) == {"invalid": 1}
    assert events.line.requests["creations"] == 0
    again = events.run(deal(1, "New", lead="a2", company="Acme"))
    assert counts(again) == {"accepted": 1}
    assert [event["lead"] for event in events.line.kept()] == ["a2"]


def test_an_event_that_arrives_later_and_happened_earlier_goes_first(events):
    events.source.page_size = 1
    events.run(deal(1, "New", lead="x", minute=9), deal(2, "New", lead="x", minute=3))
    assert events.told() == ["2 New", "1 New"]


def test_a_record_that_comes_twice_in_a_page_has_its_two_changes_told_in_order(events):
    events.run(deal(1, "New"), deal(1, "Won", minute=9))
    assert events.told() == ["1 New", "1 New → Won"]


def test_changes_without_a_time_are_events_each_also_back_and_forth(events):
    for stage in ("New", "Won", "New", "Won"):
        record = Record("1", {"lead": "x", "stage": stage})
        assert counts(events.run(record)) == {"accepted": 1}
    assert events.told() == ["1 New", "1 New → Won", "1 Won → New", "1 New → Won"]
    assert len(set(events.tags())) == 4


def test_two_changes_of_one_moment_are_two_events(events):
    for stage in ("New", "Won", "Lost"):
        assert counts(events.run(deal(1, stage))) == {"accepted": 1}
    assert events.told() == ["1 New", "1 New → Won", "1 Won → Lost"]


@pytest.mark.parametrize("tagged", [True, False], ids=["tagged", "untagged"])
def test_a_lead_that_the_platform_does_not_know_has_its_events_refused_and_tried_again(tagged):
    events = Events(keys={"note_tag": tagged}, options={})
    events.line.companies({"id": "known", "name": "Known"})
    deals = deal(1, "New", lead="x"), deal(2, "New", lead="x"), deal(3, "New", lead="known")
    report = events.run(*deals)
    assert counts(report) == {"rejected": 2, "accepted": 1}
    assert events.line.requests["creations"] == 2
    events.line.companies({"id": "x", "name": "X"})
    assert counts(events.run(ids=("1", "2"), force=True)) == {"accepted": 2}
    assert events.told() == ["3 New", "1 New", "2 New"]


def test_what_changes_after_a_refusal_tells_of_the_new_change(events):
    events = Events(options={})
    assert counts(events.run(deal(1, "New"))) == {"rejected": 1}
    events.line.companies({"id": "lead1", "name": "One"})
    assert counts(events.run(deal(1, "Won", minute=9))) == {"accepted": 1}
    assert events.told() == ["1 New → Won"]


@pytest.mark.parametrize("reason", ["the date of your plan has passed", "no"])
def test_refusals_in_a_row_for_one_reason_end_the_run(events, reason):
    events.line.fates += [f"400 {reason}"] * 30
    report = events.run(*(deal(number, "New") for number in range(1, 31)))
    assert report.exit_code == ExitCode.FAILED
    assert counts(report) == {"rejected": 8, "pending": 22}


@pytest.mark.parametrize("fate", ["lost", "late", "reset"])
def test_without_tags_an_event_is_known_again_by_all_that_it_holds(events, fate):
    events.keys["note_tag"] = False
    events.run(deal(1, "New", lead="x", owner="jo"))
    events.line.fates.append(fate)
    events.run(deal(2, "New", lead="x", owner="jo"))
    assert events.told() == ["1 New", "2 New"]


def test_a_baseline_notes_what_is_there_and_only_changes_are_events(events):
    events.keys["first_sight"] = "baseline"
    assert counts(events.run(deal(1, "New"), deal(2, "New"))) == {"filtered": 2}
    assert events.line.requests["creations"] == 0
    assert counts(events.run(deal(1, "Won", minute=9), deal(2, "New"))) == {
        "accepted": 1,
        "unchanged": 1,
    }
    assert events.told() == ["1 New → Won"]


def test_asked_to_stop_while_it_waits_for_a_look_it_leaves_at_once(events):
    events.line.fates.append("lost")
    events.line.told = lambda _: events.clock.stop()
    report = events.run(deal(1, "New"), deal(2, "New"))
    assert counts(report)["unknown"] == 1
    assert events.line.requests["creations"] == 1
    (line,) = events.ledger.uncertain_events("deals")
    assert line.phase is Phase.UNKNOWN


def test_what_was_journaled_before_the_crm_failed_is_delivered(events):
    events.source.page_size, events.source.fail_after = 1, 1
    events.source.error = RetryableError("the CRM is down")
    report = events.run(deal(1, "New"), deal(2, "New"))
    assert (report.exit_code, counts(report)) == (ExitCode.TEMPORARY, {"accepted": 1})
    assert events.told() == ["1 New"]


def test_a_pass_is_complete_when_all_is_journaled_whatever_becomes_of_its_events(events):
    events.line.fates += ["401"]
    events.line.reads += ["", *["502"] * 100]
    report = events.run(deal(1, "New"))
    assert report.exit_code != ExitCode.OK
    assert events.ledger.sync_state("deals").full_at is not None
    events.line.reads.clear()
    assert counts(events.run(full=True)) == {"accepted": 1}


def test_a_record_that_became_invalid_stays_in_quarantine_when_its_earlier_event_arrives(events):
    events.line.fates += ["unconnected"] * 400
    assert counts(events.run(deal(1, "New"))) == {"pending": 1}
    events.line.fates.clear()
    assert counts(events.run(deal(1, "Won", status="Nonsense", minute=9))) == {"invalid": 1}
    assert events.told() == ["1 New"]
    assert counts(events.run(full=True)) == {"invalid": 1}
    assert [held.record_id for held in events.ledger.quarantine("deals")] == ["1"]
    assert counts(events.run(deal(1, "Won", minute=9), full=True)) == {"accepted": 1}


@pytest.mark.parametrize("held", [10_000, 0], ids=["held", "more-than-is-held"])
def test_what_a_guard_stopped_is_in_no_journal_unless_it_was_more_than_is_held(events, held):
    events.source.page_size = 25
    events.run(*(deal(number, "New", owner="jo") for number in range(1, 101)))
    plan = replace(events.plan(), guards=GuardLimits(), held=held)
    events.plan = lambda: plan
    flood = [deal(n, "New", owner="jo" if n <= 30 else None) for n in range(1, 101)]
    report = events.run(*flood, full=True)
    assert report.exit_code == ExitCode.GUARDED
    assert bool(events.ledger.open_leads("atoka")) == (not held)
    assert report.owed == (0 if held else 20)


def test_a_mapping_that_would_make_most_deals_events_is_stopped_before_one_is_journaled(events):
    events.guards, events.source.page_size = GuardLimits(change=0.5), 30
    events.run(*(deal(number, "New") for number in range(1, 31)))
    events.rules["stage"] = {"from": "stage", "transforms": "upper"}

    stopped, passed = events.run(), events.run(allowed=frozenset({Guard.CHANGE}))

    assert (stopped.guard, stopped.owed, counts(stopped)) == ("change", 0, {"pending": 30})
    assert (passed.allowed, counts(passed)) == (("change",), {"accepted": 30})
    assert events.told().count("30 New → NEW") == 1


def test_a_refused_unassignment_arrives_when_it_is_retried(events):
    events.run(deal(1, "New", owner="jo"))
    events.line.fates.append("400 later")
    assert counts(events.run(deal(1, "New", minute=5))) == {"rejected": 1}
    assert counts(events.retry("1")) == {"accepted": 1}
    assert [event["leadAssignee"] for event in events.line.kept()] == ["jo", None]


def test_a_refused_unassignment_arrives_with_the_records_next_event(events):
    events.run(deal(1, "New", owner="jo"))
    events.line.fates.append("400 later")
    events.run(deal(1, "New", minute=5))
    assert counts(events.run(deal(1, "Won", minute=9))) == {"accepted": 1}
    assert events.line.kept()[-1]["leadAssignee"] is None
    assert unassigned(events) == [False, True]


def unassigned(events: Events) -> list[bool]:
    """Whether each event that arrived assigned its lead to nobody."""
    lines = events.ledger.events_of("deals", "1")
    rules = events.plan().plugin.events
    assert rules is not None
    arrived = [line for line in lines if line.phase is Phase.ACCEPTED]
    return ["leadAssigneeRemove" in rules.told(line) for line in arrived]


def test_back_and_forth_under_one_moment_each_is_an_event(events):
    for owner in ("jo", None, "jo", None):
        assert counts(events.run(deal(1, "New", owner=owner))) == {"accepted": 1}
    assert len(set(events.tags())) == 4


def test_a_parked_event_is_let_go_also_when_a_later_one_of_its_record_arrived(events):
    events.line.fates += ["reset", "reset"]
    events.run(deal(1, "New", lead="x"))
    assert counts(events.run(deal(1, "Won", lead="y", minute=5))) == {"accepted": 1}
    assert counts(events.retry("1")) == {"accepted": 1}
    assert events.told() == ["1 New → Won", "1 New"]
    assert events.ledger.standing("deals", "atoka").owed == 0
    assert counts(events.run(full=True)) == {"unchanged": 1}


def test_what_comes_several_times_in_a_page_without_a_time_is_as_many_events(events):
    changes = [Record("1", {"lead": "x", "stage": stage}) for stage in ("A", "B", "C", "B")]
    assert counts(events.run(*changes)) == {"accepted": 4}
    assert events.told() == ["1 A", "1 A → B", "1 B → C", "1 C → B"]
    assert len(set(events.tags())) == 4


def test_the_moment_that_a_first_pass_began_is_kept_until_it_is_complete(events):
    events.keys["first_sight"] = "baseline"
    name = "first pass of deals"
    events.source.error = RetryableError("the CRM is down")
    events.source.fail_after = 0
    events.run(deal(1, "New"))
    began = events.ledger.recall("atoka", [name])[name]
    events.source.fail_after = None
    events.clock.advance(60)
    events.run(deal(1, "New"))
    assert events.ledger.recall("atoka", [name])[name] == began
