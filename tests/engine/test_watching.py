from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.engine.guards import Guards
from crmsync.engine.plans import GuardLimits
from crmsync.engine.watching import ValueWatch
from crmsync.errors import Guard, GuardError
from crmsync.state import SyncState

LIMITS = GuardLimits(blank=0.5, change=0.5, minimum=20)
PHONE = "properties.phone"


@pytest.fixture
def watch(bench):
    def made(limits=LIMITS):
        plan = replace(bench.plan(), guards=limits, mapped=frozenset({PHONE, "domain"}))
        return ValueWatch(Guards(plan), plan)

    return made


def flood(watch, kept, blank, name=PHONE):
    for _ in range(kept):
        watch.kept([name])
    for _ in range(blank):
        watch.cleared([name])


@pytest.mark.parametrize(
    ("kept", "blank", "stops"),
    [(19, 20, True), (20, 20, False), (0, 19, False), (500, 300, False)],
    ids=["more-than-half", "half", "below-the-minimum", "a-third"],
)
def test_a_field_that_goes_blank_in_most_records_stops(watch, kept, blank, stops):
    one = watch()
    flood(one, kept, blank)
    if not stops:
        assert one.check() is None
        return
    with pytest.raises(GuardError, match=f"{PHONE} went blank in 20 of the 39") as caught:
        one.check()
    assert caught.value.guard is Guard.BLANK
    assert "its limit is `guards.blank` of the sync" in caught.value.hint


@pytest.mark.parametrize(
    ("share", "blank", "stops"),
    [(0.1, 20, False), (0.1, 21, True), (1, 180, False)],
    ids=["at-its-own", "above-its-own", "off"],
)
def test_a_field_may_have_a_limit_of_its_own(watch, share, blank, stops):
    one = watch(replace(LIMITS, fields={PHONE: share}))
    flood(one, 200 - blank, blank)
    if not stops:
        assert one.check() is None
        return
    with pytest.raises(GuardError) as caught:
        one.check()
    assert f'`guards.fields."{PHONE}"`' in caught.value.hint


def test_a_field_that_the_mapping_no_longer_fills_was_switched_off(watch):
    one = watch()
    flood(one, 0, 30, "properties.stage")

    assert one.check() is None


def remapped(watch, *, changed, same, before="older.x", partial=False):
    watch.begin(SyncState(mapping=before), partial=partial)
    for _ in range(changed):
        watch.kept([PHONE])
        watch.told({PHONE: "1", "domain": "a.com"}, {PHONE: "2", "domain": "a.com"})
    for _ in range(same):
        watch.kept([PHONE])
        watch.told({PHONE: "1", "domain": None}, {PHONE: "1", "domain": "new.com"})
    return watch


@pytest.mark.parametrize(
    ("changed", "same", "stops"),
    [(20, 19, True), (20, 20, False), (19, 0, False)],
    ids=["more-than-half", "half", "below-the-minimum"],
)
def test_a_mapping_that_gives_other_values_to_most_keys_stops(watch, changed, same, stops):
    one = remapped(watch(), changed=changed, same=same)
    if not stops:
        assert one.check() is None
        return
    with pytest.raises(GuardError, match="gives other values to 20 of the 39 keys") as caught:
        one.check()
    assert caught.value.guard is Guard.CHANGE


@pytest.mark.parametrize(
    ("change", "before", "partial"),
    [(0.5, "", False), (0.5, "older.x", True), (1.0, "older.x", False)],
    ids=["never-full", "some-records", "off"],
)
def test_changed_values_are_judged_only_after_another_mapping(watch, change, before, partial):
    one = watch(replace(LIMITS, change=change))

    assert remapped(one, changed=99, same=0, before=before, partial=partial).check() is None


def test_values_that_change_under_the_same_mapping_are_the_crm_s_own(watch, bench):
    stamp = bench.plan().stamp

    assert remapped(watch(), changed=99, same=0, before=stamp).check() is None
