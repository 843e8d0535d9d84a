from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.atoka.answers import Page
from crmsync.destinations.atoka.windows import first, of_leads, updated
from crmsync.errors import FatalError, RetryableError
from tests.destinations.atoka.test_tags import found
from tests.examples import examples

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def text(second):
    return (BEGIN + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")


class Rows:
    """Rows, of which those that were asked for last are kept at hand: a walk has many pages."""

    def __init__(self, rows):
        self.rows = rows
        self._asked, self._among, self._chosen = None, [], []

    def chosen(self, asked, choose):
        if asked != self._asked or self.rows != self._among:
            self._asked, self._among, self._chosen = asked, list(self.rows), choose(asked)
        return self._chosen


class Lists(Rows):
    """Events by lead, `count` a lead; refuses what a list of Atoka's has no rows for."""

    def __init__(self, counts, *, clamp=100, told=True):
        leads = (lead for lead, count in counts.items() for _ in range(count))
        super().__init__([found(n, lead=lead, date=text(n)) for n, lead in enumerate(leads, 1)])
        self.clamp, self.told = clamp, told
        self.asked = []

    def __call__(self, leads, ordering, offset, limit):
        assert 0 <= offset <= 9950
        assert offset + limit <= 10_000
        self.asked.append((len(leads), ordering, offset))
        rows = self.chosen((tuple(leads), ordering), self._of)
        items = tuple(rows[offset : offset + min(limit, self.clamp)])
        return Page(items, len(rows) if self.told else None)

    def _of(self, asked):
        leads, ordering = asked
        rows = [row for row in self.rows if row.lead in leads]
        return sorted(rows, key=lambda row: row.id, reverse=ordering == "newest")


class Sync(Rows):
    """Events by update time; refuses offsets beyond 9,900."""

    def __init__(self, seconds, *, inclusive=True, clamp=100):
        times = enumerate(sorted(seconds), 1)
        super().__init__([found(n, update_time=text(time)) for n, time in times])
        self.inclusive, self.clamp = inclusive, clamp
        self.starts = []

    def __call__(self, since, offset, limit):
        assert 0 <= offset <= 9900
        assert limit <= 100
        if offset == 0:
            self.starts.append(since)
        rows = self.chosen(since, self._of)
        return Page(tuple(rows[offset : offset + min(limit, self.clamp)]), len(rows))

    def _of(self, since):
        return [
            r
            for r in self.rows
            if r.update_time > since or (self.inclusive and r.update_time == since)
        ]


def ids(events):
    return [event.id for event in events]


@pytest.mark.parametrize("told", [True, False], ids=["count", "no-count"])
@pytest.mark.parametrize("clamp", [100, 30, 3])
@pytest.mark.parametrize("count", [0, 1, 5, 100, 101, 250])
def test_every_event_of_a_list_comes_once_whatever_a_page_holds(count, clamp, told):
    lists = Lists({"a": count}, clamp=clamp, told=told)
    assert ids(of_leads(lists, ["a"])) == list(range(count, 0, -1))


def test_more_than_fifty_leads_are_several_lists():
    lists = Lists({f"{n}": 2 for n in range(120)})
    assert len(ids(of_leads(lists, [f"{n}" for n in range(120)]))) == 240
    assert {leads for leads, _, _ in lists.asked} == {50, 20}


def test_k12_12000_events_of_many_leads_are_read_by_fewer_leads_and_no_offset_beyond_9950():
    lists = Lists({f"{n}": 300 for n in range(40)})
    assert sorted(ids(of_leads(lists, [f"{n}" for n in range(40)]))) == list(range(1, 12_001))
    assert {leads for leads, _, _ in lists.asked} == {40, 20}
    assert max(offset for _, _, offset in lists.asked) <= 9950


def test_a_list_without_a_count_that_fills_its_window_is_split_too():
    lists = Lists({"a": 6000, "b": 6000}, told=False)
    assert sorted(ids(of_leads(lists, ["a", "b"]))) == list(range(1, 12_001))


@pytest.mark.parametrize("count", [10_000, 10_001, 14_000, 20_000])
def test_one_lead_with_more_than_a_window_is_read_from_both_ends(count):
    lists = Lists({"a": count})
    assert sorted(ids(of_leads(lists, ["a"]))) == list(range(1, count + 1))


def test_one_lead_with_more_than_two_windows_is_an_error_and_not_a_part():
    with pytest.raises(FatalError, match="lead a has 20,001 events"):
        ids(of_leads(Lists({"a": 20_001}), ["a"]))


def test_a_list_is_read_no_further_than_is_asked():
    lists = Lists({"a": 15_000, "b": 15_000})
    until = BEGIN + timedelta(seconds=29_851)
    assert ids(of_leads(lists, ["a", "b"], until)) == list(range(30_000, 29_850, -1))
    assert len(lists.asked) == 2


def test_an_event_without_a_date_ends_no_list():
    lists = Lists({"a": 3})
    lists.rows[1] = lists.rows[1]._replace(date=None)
    assert ids(of_leads(lists, ["a"], BEGIN)) == [3, 2, 1]


@pytest.mark.fault(58)
def test_a_list_that_ends_early_is_not_taken_for_all():
    def short(leads, ordering, offset, limit):
        return Page((found(1),) if offset == 0 else (), 7)

    with pytest.raises(RetryableError, match="ended after 1 of 7 events"):
        ids(of_leads(short, ["a"]))


def test_an_event_that_a_deletion_moves_onto_the_page_before_is_not_missed():
    lists = Lists({"a": 150})

    def deleting(leads, ordering, offset, limit):
        page = lists(leads, ordering, offset, limit)
        if offset == 0:
            del lists.rows[-3:]
        return page

    assert ids(of_leads(deleting, ["a"])) == list(range(150, 0, -1))


@pytest.mark.parametrize("inclusive", [True, False])
def test_k13_a_walk_goes_on_behind_a_full_window_and_gives_each_event_once(inclusive):
    sync = Sync([n // 7 for n in range(25_000)], inclusive=inclusive)
    assert ids(updated(sync, text(-10))) == list(range(1, 25_001))
    assert len(sync.starts) == 3


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("count", [0, 99, 9_999, 10_000])
def test_a_walk_through_one_window_ends_with_it(count, inclusive):
    sync = Sync(range(count), inclusive=inclusive)
    assert ids(updated(sync, text(-10))) == list(range(1, count + 1))
    assert sync.starts == [text(-10)]


@pytest.mark.parametrize("inclusive", [True, False])
def test_more_events_of_one_update_time_than_a_window_holds_are_an_error(inclusive):
    sync = Sync([1] * 50 + [2] * 10_001, inclusive=inclusive)
    with pytest.raises(FatalError, match=r"more than 10,000 events .* at the same moment"):
        ids(updated(sync, text(-10)))


def test_a_window_of_two_update_times_goes_on_at_the_second():
    sync = Sync([1] * 6_000 + [2] * 6_000 + [3] * 10)
    assert len(ids(updated(sync, text(1)))) == 12_010


def test_a_sync_with_smaller_pages_than_asked_for_ends():
    sync = Sync(range(12_000), clamp=50)
    assert ids(updated(sync, text(-1))) == list(range(1, 12_001))


def test_a_walk_that_is_in_no_order_is_an_error_and_not_a_part():
    sync = Sync(range(12_000))
    sync.rows.reverse()
    with pytest.raises(FatalError, match="not in the order"):
        ids(updated(sync, text(-10)))


def test_an_event_that_is_updated_while_a_walk_passes_is_not_missed():
    sync = Sync(range(300))

    def updating(since, offset, limit):
        page = sync(since, offset, limit)
        if offset == 0:
            sync.rows.append(sync.rows.pop(10)._replace(update_time=text(999)))
        return page

    assert set(ids(updated(updating, text(-10)))) == set(range(1, 301))


@examples(0.3)
@given(st.lists(st.integers(1, 9_000), max_size=4), st.booleans())
def test_a_walk_gives_every_event_once_whatever_shares_its_time(sizes, inclusive):
    seconds = [n for n, size in enumerate(sizes) for _ in range(size)]
    sync = Sync(seconds, inclusive=inclusive)
    assert ids(updated(sync, text(-10))) == list(range(1, len(seconds) + 1))


@pytest.mark.parametrize(
    ("ordering", "count", "ids"),
    [("newest", 3, [300, 299, 298]), ("oldest", 2, [1, 2]), ("oldest", 250, list(range(1, 251)))],
)
def test_the_first_of_some_leads_are_read_and_no_page_more(ordering, count, ids):
    lists = Lists({"l1": 200, "l2": 100})
    assert [one.id for one in first(lists, ["l1", "l2"], ordering, count)] == ids
    assert len(lists.asked) == -(-count // 95)


def test_the_first_of_many_leads_are_the_first_of_any_fifty():
    lists = Lists({f"l{number}": 2 for number in range(60)})
    found = [one.id for one in first(lists, [f"l{n}" for n in range(60)], "oldest", 3)]
    assert found == [1, 2, 3, 101, 102, 103]


def test_the_first_of_more_than_a_window_holds_are_read_without_halving():
    lists = Lists({"l1": 6_000, "l2": 6_000})
    assert len(list(first(lists, ["l1", "l2"], "newest", 10_000))) == 10_000
    assert {leads for leads, _, _ in lists.asked} == {2}
