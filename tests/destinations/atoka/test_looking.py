from __future__ import annotations

from datetime import date, timedelta

import pytest

from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.looking import Listing, Walk, judge, judge_all, plan
from crmsync.destinations.atoka.reconcile import Intent, Look, Phase
from tests.destinations.atoka.histories import at
from tests.destinations.atoka.test_tags import EVENT, found

NOW = at(1000)


def line(lead, seconds=0.0, **known):
    event = Event(**{"tag": "4f9a21c0d3b8", "lead": lead, **known})
    return Intent(event=event, order=1, phase=Phase.UNKNOWN, attempt=1, first_at=at(seconds))


def test_several_leads_are_looked_for_in_one_list():
    (listing,) = plan([line("a", 60), line("b", 30)], now=NOW, sync=False)
    assert listing == Listing(leads=("a", "b"), until=at(30) - timedelta(days=2))


def test_a_list_is_of_fifty_leads_at_most():
    reads = list(plan([line(f"{n:012x}") for n in range(120)], now=NOW, sync=False))
    assert [len(read.leads) for read in reads if isinstance(read, Listing)] == [50, 50, 20]


def test_every_name_of_a_lead_is_asked_for():
    (listing,) = plan([line("a", aliases=("a-long",))], now=NOW, sync=False)
    assert isinstance(listing, Listing)
    assert listing.leads == ("a", "a-long")


def test_where_one_may_be_dated_the_whole_list_is_read():
    (listing,) = plan([line("a"), line("b", day=date(2015, 10, 21))], now=NOW, sync=False)
    assert isinstance(listing, Listing)
    assert listing.until is None


@pytest.mark.parametrize(
    ("count", "sync", "walked"), [(199, True, False), (200, True, True), (200, False, False)]
)
def test_many_are_looked_for_by_one_walk_where_the_account_has_it(count, sync, walked):
    reads = list(plan([line(str(n), n) for n in range(count)], now=NOW, sync=sync))
    assert (reads == [Walk(since=at(0) - timedelta(hours=1))]) is walked


def test_nothing_to_look_for_is_no_read():
    assert list(plan([], now=NOW, sync=False)) == []


def test_a_read_is_judged_from_its_beginning():
    intent = Intent(event=EVENT, order=1, phase=Phase.UNKNOWN, attempt=1, first_at=at(0))
    assert judge(intent, [found(7, note=EVENT.note)], at=at(35)) == Look(at(35), (7,))
    assert judge(intent, [], at=at(35)) == Look(at(35))
    assert judge(intent, [found(7), found(8)], at=at(35)).doubt


def test_one_read_tells_of_every_event_what_it_tells_of_each_alone():
    others = [line(lead, tag=f"{n:012x}", note="new") for n, lead in enumerate("abc")]
    tagged = line("d", tag=EVENT.tag, note=EVENT.note, aliases=("d-long",))
    events = [
        found(1, lead="a"),
        found(2, lead="b"),
        found(3, lead="b"),
        found(4, lead="elsewhere", note=EVENT.note),
        found(5, lead="d-long"),
    ]
    looks = judge_all([*others, tagged], events, at=at(35))
    assert looks == {one.event.tag: judge(one, events, at=at(35)) for one in [*others, tagged]}
    assert [look.ids for look in looks.values()] == [(1,), (), (), (4,)]
    assert looks[others[1].event.tag].doubt
