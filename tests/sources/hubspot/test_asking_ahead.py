"""A list's next page is asked for by the end of the one that came, which may be wrong."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.errors import CredentialsError, FatalError
from crmsync.exchanges import Exchange
from crmsync.interfaces import Request, Response
from crmsync.records import Query
from tests.sources.hubspot.portal import Portal, open_source

QUERY = Query(object="companies", paths=frozenset({"name"}))
LISTED = "companies?"


def ids(portal, clock, query=QUERY):
    with closing(open_source(portal, clock)) as source:
        return [record.id for page in source.read(query) for record in page.records]


def listed(portal):
    return [request.url for request in portal.requests if LISTED in request.url]


def once(portal, change):
    """The second page comes as *change* makes it, the first time that it is asked for."""
    left = [change]

    def disturb(request):
        if "after=" not in request.url or not left:
            return None
        return Response(200, {}, left.pop()(portal._answer(request).body))

    portal.disturb = disturb


def twice_a_key(body):
    return body.replace(b'"results":[{', b'"results":[{"a":1,"a":2,', 1)


def test_a_page_that_only_ends_like_one_is_asked_for_again(portal, clock):
    once(portal, twice_a_key)

    assert ids(portal, clock) == portal.live()
    assert len(listed(portal)) == 4


def test_a_page_that_is_asked_for_again_counts_as_a_retry(portal, clock):
    once(portal, twice_a_key)
    with closing(open_source(portal, clock)) as source:
        assert sum(len(page.records) for page in source.read(QUERY)) == 250
        assert source.traffic.retries == 1


def test_a_page_that_came_with_another_token_is_followed_by_its_own(portal, clock):
    wrong = b'{"next":{"after":"%s"}}}' % portal.live()[150].encode()
    once(portal, lambda body: twice_a_key(body.partition(b'{"next"')[0]) + wrong)

    assert ids(portal, clock) == portal.live()


def test_a_token_at_another_place_is_as_good(portal, clock):
    first = b'{"paging":{"next":{"after":"2"}},"results":[{"id":"1"}]}'
    last = b'{"results":[{"id":"2"}]}'
    portal.disturb = lambda request: (
        Response(200, {}, last if "after=2" in request.url else first)
        if LISTED in request.url
        else None
    )

    assert ids(portal, clock) == ["1", "2"]
    assert len(listed(portal)) == 2


def test_a_page_without_rows_ends_the_read_after_those_before_it(portal, clock):
    once(portal, lambda body: b'{"results":7,"paging":{"next":{"after":"9"}}}')
    with closing(open_source(portal, clock)) as source:
        pages = source.read(QUERY)

        assert len(next(pages).records) == 100
        with pytest.raises(FatalError, match="no page of records"):
            next(pages)


def test_a_limit_of_several_pages_asks_for_no_more_than_these(portal, clock):
    assert len(ids(portal, clock, Query(object="companies", limit=150))) == 150
    assert len(listed(portal)) == 2


class Parted(Portal):
    """A portal whose answers are made when they are asked for.

    Attributes:
        under_way: The addresses of those that are still to be.
    """

    def __init__(self, clock):
        super().__init__(clock)
        self.under_way: list[str] = []

    def begin(self, request):
        self.under_way.append(request.url)

        def answer():
            self.under_way.remove(request.url)
            return self.send(request)

        return Exchange(answer, lambda: self.under_way.remove(request.url))


def test_a_page_is_given_while_the_next_one_is_under_way(clock):
    portal = Parted(clock)
    with closing(open_source(portal, clock)) as source:
        pages = source.read(QUERY)
        for _ in range(2):
            next(pages)
            (url,) = portal.under_way
            assert "after=" in url
        assert next(pages).last

    assert portal.under_way == []


def test_a_read_that_is_closed_leaves_nothing_under_way(clock):
    portal = Parted(clock)
    with closing(open_source(portal, clock)) as source:
        pages = source.read(QUERY)
        next(pages)
        assert portal.under_way
        pages.close()

    assert portal.under_way == []


def test_a_read_that_cannot_begin_leaves_nothing_under_way(clock):
    portal = Parted(clock)
    portal.disturb = lambda one: Response(401, {}, b"") if "account-info" in one.url else None
    with (
        closing(open_source(portal, clock)) as source,
        pytest.raises(CredentialsError),
    ):
        next(source.read(QUERY))

    assert portal.under_way == []


def test_a_page_that_is_none_leaves_nothing_under_way(clock):
    portal = Parted(clock)
    once(portal, lambda body: b'{"results":7,"paging":{"next":{"after":"9"}}}')

    with pytest.raises(FatalError, match="no page of records"):
        ids(portal, clock)
    assert portal.under_way == []


def test_archived_records_are_listed_after_the_live_ones(clock):
    portal = Parted(clock)
    portal.control("/archive", ids=portal.live()[:3])
    with closing(open_source(portal, clock)) as source:
        pages = list(source.read(replace(QUERY, deleted=True)))

    assert [sum(one.deleted for one in page.records) for page in pages] == [0, 0, 0, 3]
    assert len(listed(portal)) == 4
    assert portal.under_way == []


def test_an_account_that_takes_one_request_at_a_time_is_read(clock):
    portal = Parted(clock)
    with closing(open_source(portal, clock, rate_limit="1/10s")) as source:
        read = [record.id for page in source.read(QUERY) for record in page.records]

    assert read == portal.live()
    assert portal.under_way == []


def test_a_page_that_has_lain_does_not_tell_what_time_it_is(clock):
    portal = Parted(clock)
    with closing(open_source(portal, clock)) as source:
        pages = source.read(QUERY)
        next(pages)
        (url,) = portal.under_way
        came = portal._answer(Request("GET", url, {}))
        portal.disturb = lambda request: came if request.url == url else None
        clock.advance(1200)
        next(pages)

        assert clock.now() - source._api.time.now() < timedelta(seconds=60)
        pages.close()


def test_records_by_their_ids_need_no_filter_that_search_would_take(portal, clock):
    wide = {f"field_{number}": ("x",) for number in range(20)}
    (one, *_) = portal.live()

    assert ids(portal, clock, replace(QUERY, ids=(one,), filter=wide)) == [one]
