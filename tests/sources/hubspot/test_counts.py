from __future__ import annotations

import sys
from threading import Event

import pytest

from crmsync.engine.reconciling import reconcile
from crmsync.records import Query
from tests.sources.hubspot.portal import Portal, open_source

QUERY = Query(object="companies", paths=frozenset({"name"}))
FILTERED = Query(object="companies", filter={"lifecyclestage": ("customer",)})


@pytest.fixture
def portal(clock):
    return Portal(clock, companies=500)


def drift(portal, clock, query=QUERY, cursor=None):
    source = open_source(portal, clock)
    asked = Query(object="companies", paths=query.paths, filter=query.filter, cursor=cursor)
    return source.drift(asked, clock.now())


def test_a_crm_at_rest_did_not_move(portal, clock):
    assert drift(portal, clock) == (0, 0)


def test_what_was_created_appeared(portal, clock):
    portal.control("/create", count=3)

    assert drift(portal, clock) == (3, 0)


def test_what_was_archived_vanished_or_was_read_before_the_count_was_asked_for(portal, clock):
    portal.control("/archive", count=2)

    assert drift(portal, clock) == (2, 2)


def test_a_merge_takes_two_and_gives_one_and_all_three_may_have_been_read(portal, clock):
    one, other, *_ = portal.live()
    portal.control("/merge", winner=one, loser=other)

    assert drift(portal, clock) == (3, 2)


@pytest.mark.fault(40)
def test_a_record_that_is_archived_between_its_page_and_the_count_balances(portal, clock):
    paged = Event()

    def archive_before_the_count(request):
        if request.url.endswith("/search"):
            assert paged.wait(20)
            portal.control("/archive", ids=portal.live()[:2])
        elif "companies?" in request.url:
            paged.set()  # it is answered before anything else is asked for

    portal.disturb = archive_before_the_count
    source = open_source(portal, clock)
    pages = list(source.read(QUERY))
    read, total = sum(len(page.records) for page in pages), pages[0].total

    assert (read, total) == (500, 498)
    portal.disturb = lambda request: None
    assert reconcile(total, read, lambda: source.drift(QUERY, clock.now())).balanced


def test_a_change_moves_nothing_in_a_full_pass(portal, clock):
    portal.control("/change", count=4)

    assert drift(portal, clock) == (0, 0)


def test_a_change_may_move_a_record_into_or_out_of_a_filter(portal, clock):
    customers, others = portal.live(lifecyclestage="customer"), portal.live(lifecyclestage="lead")
    portal.control("/set", id=others[0], properties={"lifecyclestage": "customer"})
    portal.control("/set", id=customers[0], properties={"lifecyclestage": "lead"})

    assert drift(portal, clock, FILTERED) == (1, 2)


def test_a_change_may_move_a_record_into_or_out_of_a_window(portal, clock):
    portal.control("/change", count=4)
    cursor = '{"mode":"window","since":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"}'

    assert drift(portal, clock, cursor=cursor) == (4, 4)


def test_what_moved_shortly_before_counts_too_since_the_index_lags(portal, clock):
    portal.control("/create", count=1)
    clock.advance(9 * 60)

    assert drift(portal, clock).appeared == 1


def test_what_moved_long_before_does_not_count(portal, clock):
    portal.control("/create", count=1)
    portal.control("/archive", count=1)
    clock.advance(16 * 60)

    assert drift(portal, clock) == (0, 0)


def test_what_is_only_gone_may_have_no_live_records(portal, clock):
    portal.control("/archive", count=2)
    source = open_source(portal, clock)
    cursor = '{"mode":"gone","since":"2026-01-01T00:00:00Z","full":true}'
    first, *_ = source.read(Query(object="companies", deleted=True, cursor=cursor))

    assert (first.total, len(first.records), first.full) == (0, 2, True)


def test_all_of_the_archived_list_is_looked_at(portal, clock):
    portal.control("/archive", count=250)

    assert drift(portal, clock) == (250, 250)


def test_deals_move_as_companies_do(clock):
    portal = Portal(clock, deals=300)
    portal.control("/deals/create", count=3)
    portal.control("/deals/archive", count=2)
    portal.control("/archive", count=1)
    source = open_source(portal, clock)

    assert source.drift(Query(object="deals"), clock.now()) == (5, 2)


def test_a_filter_that_only_joins_can_tell_moves_no_record(clock):
    portal = Portal(clock, deals=300)
    portal.control("/deals/change", count=3)
    query = Query(object="deals", filter={"company.industry": ("BANKING",)})

    assert open_source(portal, clock).drift(query, clock.now()) == (0, 0)


def test_of_stage_changes_any_number_may_have_come(clock):
    portal = Portal(clock)
    moved = open_source(portal, clock).drift(Query(object="deal_stage_changes"), clock.now())

    assert moved.appeared == moved.vanished == sys.maxsize
    assert portal.requests == []
