from __future__ import annotations

import pytest

from crmsync.errors import RetryableError
from tests.engine.conftest import company, counts


def test_value_gone_in_the_crm_is_sent_once_as_null_and_a_list_as_empty(bench):
    bench.source.records = [company(1, phone="+46 8 123 456", industry="retail")]
    bench.run()
    bench.source.records = [company(1)]

    bench.run()
    bench.run()

    (_, (cleared,)) = bench.destination.pushes
    assert cleared["properties"]["phone"] is None
    assert cleared["properties"]["segments"] == []
    assert bench.properties("c1.com") == {"displayName": "Company 1"}


@pytest.mark.fault(42)
@pytest.mark.invariant(26)
def test_another_account_is_refused_before_anything_is_sent(bench):
    bench.source.records = [company(1)]
    bench.run()
    bench.source.account = "2"
    bench.source.records = [company(2)]

    report = bench.run(full=True)

    assert (report.exit_code, report.status) == (6, "guarded")
    assert bench.destination.sent_keys == ["c1.com"]


@pytest.mark.parametrize("total", [0, None], ids=["crm-says-so", "crm-has-no-counter"])
@pytest.mark.fault(21)
@pytest.mark.invariant(26)
def test_source_that_is_empty_all_at_once_stops_and_the_next_run_stops_too(bench, total):
    bench.source.records = [company(n) for n in range(1, 8)]
    bench.run()
    bench.source.records = []
    bench.source.total = total

    first, second = bench.run(full=True), bench.run(full=True)

    assert [first.exit_code, second.exit_code] == [6, 6]
    assert "the last full pass read 7" in first.error


@pytest.mark.fault(7)
@pytest.mark.invariant(3)
def test_read_that_ends_short_of_a_truthful_count_stops_before_the_cursor_moves(bench):
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.run()
    before = bench.ledger.sync_state("companies").cursor
    bench.source.records = [company(1, name="x")]
    bench.source.total = 8

    report = bench.run(full=True)

    assert report.exit_code == 6
    assert bench.ledger.sync_state("companies").cursor == before


@pytest.mark.fault(7)
def test_first_read_that_is_cut_short_is_never_a_success(bench):
    bench.source.records = [company(1)]
    bench.source.total = 500

    report = bench.run()

    assert (report.exit_code, report.balanced) == (3, False)
    assert "500" in report.notes[0]


@pytest.mark.fault(36)
@pytest.mark.invariant(26)
def test_field_that_goes_blank_everywhere_stops_the_run_before_it_writes(bench):
    bench.source.records = [company(n, phone="+46 8 123 456") for n in range(1, 9)]
    bench.run()
    bench.source.records = [company(n) for n in range(1, 9)]

    report = bench.run()

    assert (report.exit_code, report.status) == (6, "guarded")
    assert "properties.phone" in report.error
    assert len(bench.destination.pushes) == 1
    assert report.balanced


def test_empty_source_stops_the_run_after_a_change_of_the_mapping_too(bench):
    bench.source.records = [company(n) for n in range(1, 8)]
    bench.run()
    bench.rules["properties.displayName"] = {"from": "name", "transforms": "upper"}
    bench.source.records = []

    assert bench.run().exit_code == 6


def test_nothing_is_owed_after_a_guard_and_the_next_run_is_as_before(bench):
    bench.source.records = [company(n, phone="+46 8 123 456") for n in range(1, 9)]
    bench.run()
    bench.rules["properties.phone"] = "nowhere"
    bench.source.records = [company(n, nowhere=None, phone="+46 8 123 456") for n in range(1, 9)]
    guarded = bench.run()
    bench.rules["properties.phone"] = "phone"

    report = bench.run()

    assert (guarded.exit_code, report.exit_code, report.owed) == (6, 0, 0)


@pytest.mark.fault(37)
@pytest.mark.invariant(5)
def test_field_that_is_new_in_the_crm_and_not_mapped_is_left_alone(bench):
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.run()
    bench.source.records = [company(n, nickname=f"C{n}", day=20) for n in range(1, 9)]
    del bench.rules["properties.modifiedAt"]
    bench.run()
    pushes = len(bench.destination.pushes)
    bench.source.records = [company(n, nickname=None, day=21) for n in range(1, 9)]

    report = bench.run()

    assert counts(report) == {"unchanged": 8}
    assert len(bench.destination.pushes) == pushes


def test_field_that_is_switched_off_is_taken_back_without_a_guard(bench):
    bench.source.records = [company(n, phone="+46 8 123 456") for n in range(1, 9)]
    bench.run()
    del bench.rules["properties.phone"]

    report = bench.run()

    assert (report.exit_code, counts(report)) == (0, {"unverified": 8})
    assert "phone" not in bench.properties("c1.com")


@pytest.mark.fault(21)
@pytest.mark.invariant(26)
def test_mass_disappearance_disables_nothing(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.run()
    bench.source.records = bench.source.records[:3]
    bench.source.total = 8

    report = bench.run(full=True)

    assert report.exit_code == 6
    assert not any(kept.get("isEnabled") is False for kept in bench.destination.kept.values())


def test_domains_that_go_blank_everywhere_disable_nobody(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.run()
    bench.source.records = [company(n, domain=None) for n in range(1, 9)]

    report = bench.run()

    assert report.exit_code == 6
    assert not any(kept.get("isEnabled") is False for kept in bench.destination.kept.values())


@pytest.mark.fault(35)
@pytest.mark.parametrize("wrong", [{"value": "c1.com"}, 7], ids=["object", "number"])
def test_domains_that_become_something_else_everywhere_are_a_changed_schema(bench, wrong):
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.run()
    bench.source.records = [company(n, domain=wrong) for n in range(1, 9)]

    report = bench.run()

    assert (report.exit_code, report.guard) == (6, "blank")
    assert len(bench.destination.pushes) == 1


def test_mass_archiving_between_full_passes_disables_nobody(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.run()
    bench.source.records = [company(n, deleted=n > 1) for n in range(1, 9)]

    report = bench.run()

    assert report.exit_code == 6
    assert len(bench.destination.pushes) == 1


def test_a_full_pass_that_had_to_begin_anew_is_judged_by_what_it_read_then(bench):
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.source.fail_after, bench.source.error = 2, RetryableError("down")
    bench.run()
    bench.source.fail_after, bench.source.anew = None, True

    report = bench.run()

    state = bench.ledger.sync_state("companies")
    assert (report.exit_code, state.full_total, state.full_pass) == (0, 8, 2)
    assert len(bench.destination.kept) == 8


def test_a_resumed_full_pass_is_judged_by_all_that_it_read(bench):
    bench.source.records = [company(n) for n in range(1, 9)]
    bench.run()
    bench.source.fail_after, bench.source.error = 2, RetryableError("down")
    bench.run(full=True)
    bench.source.fail_after = None

    report = bench.run()

    assert (report.exit_code, bench.ledger.sync_state("companies").full_total) == (0, 8)


def test_values_that_leave_with_their_records_did_not_go_blank(bench):
    bench.settings["on_delete"] = "disable"
    names = [company(n, name="", phone=None, industry="Anvils") for n in range(1, 31)]
    deals = [company(n + 100, domain=f"c{n}.com", phone="+46 8 123 45 67") for n in range(1, 31)]
    bench.source.records = names + deals
    assert bench.run().exit_code == 0
    bench.source.records = names + [deal._replace(deleted=True) for deal in deals]
    bench.source.changed = {deal.id for deal in deals}

    assert bench.run().exit_code == 0
    assert bench.properties("c1.com") == {"segments": ["Anvils"], "displayName": "c1.com"}
