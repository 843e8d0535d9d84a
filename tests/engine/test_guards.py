from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.engine.guards import Guards, ShownGuards, passed_notes, pin_tenant
from crmsync.engine.plans import GuardLimits
from crmsync.errors import Guard, GuardError
from crmsync.state import SyncState

LIMITS = GuardLimits(shortfall=0.5, disable=0.5, minimum=20)


@pytest.fixture
def plan(bench):
    return replace(bench.plan(), guards=LIMITS)


@pytest.mark.fault(42)
def test_another_account_is_refused_and_both_are_named(plan):
    with pytest.raises(GuardError, match=r"account 2, but .* account 1") as caught:
        Guards(plan).account(SyncState(account="1"), "2")

    assert caught.value.guard is Guard.ACCOUNT
    assert "--allow account` --full" in caught.value.hint


def test_an_account_that_is_no_plain_word_moves_no_terminal(plan):
    with pytest.raises(GuardError) as caught:
        Guards(plan).account(SyncState(account="\x1b[2J"), "\u202e")

    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("pinned", "seen", "remembered"), [("", "2", True), ("1", "1", False), ("1", "", False)]
)
def test_first_same_and_unknown_accounts_pass(plan, pinned, seen, remembered):
    assert Guards(plan).account(SyncState(account=pinned), seen) is remembered


@pytest.mark.parametrize(
    ("before", "now", "guard"),
    [
        pytest.param(0, 0, None, id="never-full"),
        pytest.param(5, 0, Guard.EMPTY, id="empty"),
        pytest.param(100, 50, None, id="half-is-allowed"),
        pytest.param(100, 49, Guard.SHORTFALL, id="less-than-half"),
        pytest.param(30, 11, None, id="19-gone-is-below-the-minimum"),
        pytest.param(30, 10, Guard.SHORTFALL, id="20-gone"),
        pytest.param(100, 300, None, id="grown"),
    ],
)
def test_a_full_pass_that_is_suddenly_short_stops(plan, before, now, guard):
    state = SyncState(full_total=before)
    if guard is None:
        assert Guards(plan).total(state, now) is None
        return
    with pytest.raises(GuardError) as caught:
        Guards(plan).total(state, now)
    assert caught.value.guard is guard
    assert f"`crmsync run --sync companies --allow {guard}`" in caught.value.hint
    assert f"`guards.{guard}`" in caught.value.hint


def test_the_empty_guard_can_be_switched_off(plan):
    plan = replace(plan, guards=GuardLimits(empty=False))

    assert Guards(plan).total(SyncState(full_total=9), 0) is None


@pytest.mark.parametrize(
    ("gone", "tracked", "stops"),
    [(51, 100, True), (50, 100, False), (19, 19, False), (20, 20, True)],
    ids=["more-than-half", "half", "below-the-minimum", "at-the-minimum"],
)
def test_many_vanished_records_are_not_disabled(plan, gone, tracked, stops):
    if not stops:
        assert Guards(plan).leaving(gone, tracked) is None
        return
    with pytest.raises(GuardError, match=f"{gone} of {tracked} delivered records are gone"):
        Guards(plan).leaving(gone, tracked)


@pytest.mark.parametrize("allowed", [Guard.EMPTY, Guard.ACCOUNT], ids=str)
def test_a_guard_is_let_pass_by_its_own_name_alone(plan, allowed):
    guards = Guards(plan, frozenset({allowed}))

    with pytest.raises(GuardError):
        guards.total(SyncState(full_total=100), 1)
    assert guards.passed == {}


def test_what_a_person_let_pass_is_told_once(plan):
    guards = Guards(plan, frozenset({Guard.SHORTFALL}))

    for total in (1, 2):
        guards.total(SyncState(full_total=100), total)

    (note,) = passed_notes(guards)
    assert note == (
        "let pass by --allow shortfall: the CRM shows 1 records, the last full pass read 100"
    )


def test_a_preview_shows_every_guard_that_would_stop_it(plan):
    guards = ShownGuards(plan, frozenset({Guard.ACCOUNT}))

    guards.account(SyncState(account="1"), "2")
    guards.total(SyncState(full_total=100), 1)
    guards.leaving(99, 100)

    assert list(guards.stopped) == [Guard.SHORTFALL, Guard.DISABLE]
    assert list(guards.passed) == [Guard.ACCOUNT]


def test_a_tenant_is_remembered_when_something_was_delivered_to_it(plan, bench):
    plan = replace(plan, tenant=lambda: "api.example.com, tenant 1")
    other = replace(plan, tenant=lambda: "api.example.com, tenant 2")

    pin_tenant(plan, bench.ledger, delivered=False, passed=False)
    Guards(other).tenant(bench.ledger)  # mistyped, till then
    pin_tenant(other, bench.ledger, delivered=True, passed=False)

    with pytest.raises(GuardError, match=r"is api.example.com, tenant 1 now.* tenant 2"):
        Guards(plan).tenant(bench.ledger)


def test_a_platform_that_tells_nothing_of_its_accounts_has_no_guard(plan, bench):
    known, silent = (replace(plan, tenant=lambda text=text: text) for text in ("one", ""))
    pin_tenant(known, bench.ledger, delivered=True, passed=False)

    assert Guards(silent).tenant(bench.ledger) is None
    pin_tenant(silent, bench.ledger, delivered=True, passed=True)
    assert Guards(known).tenant(bench.ledger) is None
