from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.looking import Listing, Walk, judge, judge_all, plan
from crmsync.destinations.atoka.reconcile import Intent, Look
from crmsync.state import Phase
from tests.destinations.atoka.histories import RULES, at
from tests.destinations.atoka.test_tags import EVENT, found

NOW = at(1000)


def line(lead, seconds=0.0, **known):
    event = Event(**{"tag": "4f9a21c0d3b8", "lead": lead, **known})
    return Intent(event=event, order=1, phase=Phase.UNKNOWN, attempt=1, first_at=at(seconds))


def reads_of(*lines, sync=False):
    return list(plan(lines, now=NOW, sync=sync, rules=RULES))


def test_several_leads_are_looked_for_in_one_list():
    lines = (line("a", 60), line("b", 30))
    (listing,) = reads_of(*lines)
    until = at(30) - timedelta(days=2)
    assert listing == Listing(intents=lines, leads=("a", "b"), until=until)


def test_a_list_is_of_fifty_leads_at_most():
    reads = reads_of(*(line(f"{n:012x}") for n in range(120)))
    assert [len(read.leads) for read in reads if isinstance(read, Listing)] == [50, 50, 20]


def test_every_name_of_a_lead_is_asked_for():
    (listing,) = reads_of(line("a", aliases=("a-long",)))
    assert isinstance(listing, Listing)
    assert listing.leads == ("a", "a-long")


def test_where_one_may_be_dated_the_whole_list_is_read():
    (listing,) = reads_of(line("a"), line("b", day=date(2015, 10, 21)))
    assert isinstance(listing, Listing)
    assert listing.until is None


@pytest.mark.parametrize(
    ("count", "sync", "walked"), [(199, True, False), (200, True, True), (200, False, False)]
)
def test_many_are_looked_for_by_one_walk_where_the_account_has_it(count, sync, walked):
    lines = tuple(line(str(n), n) for n in range(count))
    reads = reads_of(*lines, sync=sync)
    assert (reads == [Walk(intents=lines, since=at(0) - timedelta(hours=1))]) is walked


@pytest.mark.parametrize("sync", [False, True], ids=["lists", "walk"])
def test_the_last_look_for_an_event_reads_its_list_whole_whatever_the_clocks_say(sync):
    early = tuple(line(f"e{n}") for n in range(200))
    last = replace(line("x"), since=at(880))
    *_, whole = reads = reads_of(*early, last, sync=sync)
    assert whole == Listing(intents=(last,), leads=("x",), until=None)
    assert len(reads) == (2 if sync else 5)


def test_nothing_to_look_for_is_no_read():
    assert reads_of() == []


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
