from __future__ import annotations

import pytest

from crmsync.engine.guards import BlankWatch, check_account, check_total, check_vanished
from crmsync.engine.plans import GuardLimits
from crmsync.errors import GuardError
from crmsync.state import SyncState

LIMITS = GuardLimits(shortfall=0.5, blank=0.5, minimum=20)


def test_another_account_is_refused_and_both_are_named():
    with pytest.raises(GuardError, match=r"account 2, but .* account 1"):
        check_account(SyncState(account="1"), "2")


@pytest.mark.parametrize(("pinned", "seen"), [("", "2"), ("1", "1"), ("1", "")])
def test_first_same_and_unknown_accounts_pass(pinned, seen):
    assert check_account(SyncState(account=pinned), seen) is None


@pytest.mark.parametrize(
    ("before", "now", "stops"),
    [
        pytest.param(0, 0, False, id="never-full"),
        pytest.param(5, 0, True, id="empty"),
        pytest.param(100, 50, False, id="half-is-allowed"),
        pytest.param(100, 49, True, id="less-than-half"),
        pytest.param(30, 11, False, id="19-gone-is-below-the-minimum"),
        pytest.param(30, 10, True, id="20-gone"),
        pytest.param(100, 300, False, id="grown"),
    ],
)
def test_a_full_pass_that_is_suddenly_short_stops(before, now, stops):
    state = SyncState(full_total=before)
    if not stops:
        assert check_total(state, LIMITS, now) is None
        return
    with pytest.raises(GuardError) as caught:
        check_total(state, LIMITS, now)
    assert "guards." in caught.value.hint


def test_the_empty_guard_can_be_switched_off():
    assert check_total(SyncState(full_total=9), GuardLimits(empty=False), 0) is None


def test_many_vanished_records_are_not_disabled():
    with pytest.raises(GuardError, match="60 of 100 delivered records are gone"):
        check_vanished(60, 100, LIMITS)

    assert check_vanished(19, 19, LIMITS) is None


@pytest.mark.parametrize(
    ("kept", "blank", "stops"),
    [(19, 20, True), (20, 20, False), (0, 19, False), (500, 300, False)],
    ids=["more-than-half", "half", "below-the-minimum", "a-third"],
)
def test_a_field_that_goes_blank_in_most_records_stops(kept, blank, stops):
    watch = BlankWatch(LIMITS, frozenset({"phone"}))
    for _ in range(kept):
        watch.kept(["phone"])
    for _ in range(blank):
        watch.cleared(["phone"])
    if not stops:
        assert watch.check() is None
        return
    with pytest.raises(GuardError, match="phone went blank"):
        watch.check()


def test_a_field_that_the_mapping_no_longer_fills_was_switched_off():
    watch = BlankWatch(LIMITS, frozenset({"name"}))
    for _ in range(30):
        watch.cleared(["phone"])

    assert watch.check() is None
