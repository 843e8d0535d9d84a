"""One read, several syncs: what a member takes, falls behind with, and leaves the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import islice
from threading import Event, Thread
from typing import Any

import pytest

from crmsync.engine.sharing import SharedRead
from crmsync.errors import CredentialsError, RetryableError
from crmsync.interfaces import Traffic
from crmsync.records import Drift, Query
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import ListSource
from tests.engine.conftest import company

PATHS = frozenset({"name", "domain"})
WHOLE = Query(object="companies", paths=PATHS)
PAGES = 10
IDS = [str(number) for number in range(1, 2 * PAGES + 1)]


class Crm(ListSource):
    """A CRM of ten pages that counts the pages it gave, by cursor of the read."""

    def __init__(self) -> None:
        super().__init__([company(int(one)) for one in IDS])
        self.given: list[str | None] = []
        self.asked_since: list[datetime] = []
        self.before_page: Callable[[Query], object] = lambda _: None

    @property
    def traffic(self) -> Traffic:
        return Traffic(requests=len(self.given))

    def read(self, query: Query) -> Any:
        self.before_page(query)
        for page in super().read(query):
            self.given.append(query.cursor)
            yield page
            self.before_page(query)

    def drift(self, query: Query, since: datetime) -> Drift:
        self.asked_since.append(since)
        return super().drift(query, since)


@pytest.fixture
def crm():
    return Crm()


@pytest.fixture
def shared(crm):
    return SharedRead(WHOLE, lambda: crm, FakeClock(), kept=3, patience=0)


def ids(pages) -> list[str]:
    return [record.id for page in pages for record in page.records]


def side_by_side(*jobs: Callable[[], object]) -> None:
    threads = [Thread(target=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def test_members_that_go_on_together_cost_one_read(crm, shared):
    one, two = (shared.member().read(WHOLE) for _ in range(2))

    taken = [*zip(one, two, strict=True)]

    assert all(first is second for first, second in taken)
    assert ids(page for page, _ in taken) == IDS
    assert crm.given == [None] * PAGES


def test_many_threads_each_get_every_page_in_order(crm):
    shared = SharedRead(WHOLE, lambda: crm, FakeClock(), kept=2, patience=20)
    members = [shared.member() for _ in range(5)]
    got: list[list[str]] = []

    side_by_side(*(lambda one=one: got.append(ids(one.read(WHOLE))) for one in members))

    assert got == [IDS] * 5
    assert len(crm.given) == PAGES


def test_a_page_is_kept_no_longer_than_the_slowest_needs_it(crm, shared):
    fast, slow = (shared.member().read(WHOLE) for _ in range(2))
    list(islice(fast, 3))
    assert len(shared._pages) == 3

    list(islice(slow, 2))

    assert len(shared._pages) == 1


def test_a_member_too_far_behind_reads_on_from_its_last_page_by_itself(crm, shared):
    fast, slow = (shared.member().read(WHOLE) for _ in range(2))
    begun = ids(islice(slow, 2))

    assert ids(fast) == IDS
    assert begun + ids(slow) == IDS
    assert crm.given == [None] * PAGES + ["full:4"] * (PAGES - 2)


def test_no_more_pages_are_kept_than_the_bound_however_slow_a_member_is(crm, shared):
    shared.member()
    kept = [len(shared._pages) for _ in shared.member().read(WHOLE)]

    assert max(kept) == 3


def test_a_latecomer_that_was_left_behind_reads_from_the_start(shared):
    late = shared.member()
    list(shared.member().read(WHOLE))

    assert ids(late.read(WHOLE)) == IDS


def test_the_fastest_waits_a_while_for_the_slowest(crm):
    shared = SharedRead(WHOLE, lambda: crm, FakeClock(), kept=1, patience=20)
    fast, slow = shared.member(), shared.member()
    got: list[list[str]] = []

    side_by_side(
        lambda: got.append(ids(fast.read(WHOLE))), lambda: got.append(ids(slow.read(WHOLE)))
    )

    assert got == [IDS, IDS]
    assert crm.given == [None] * PAGES


def test_a_member_that_never_comes_holds_the_read_up_once(crm):
    shared = SharedRead(WHOLE, lambda: crm, FakeClock(), kept=1, patience=0.01)
    shared.member()

    assert ids(shared.member().read(WHOLE)) == IDS
    assert not shared._pages


@pytest.mark.parametrize("taken", [0, 1, 4])
def test_a_member_that_leaves_leaves_the_others_untouched(crm, shared, taken):
    leaving, staying = shared.member(), shared.member()
    with closing(leaving), closing(leaving.read(WHOLE)) as pages:
        other = staying.read(WHOLE)
        got = [page for _, page in zip(range(taken), other, strict=False) if next(pages)]

    assert ids(got) + ids(other) == IDS
    assert crm.given == [None] * PAGES


def test_a_read_that_nobody_needs_ends(crm, shared):
    members = [shared.member() for _ in range(2)]
    pages = [member.read(WHOLE) for member in members]
    next(pages[0])
    for one in pages:
        one.close()
    for member in members:
        member.close()

    assert crm.given == [None]
    assert shared._reading is None


def test_a_page_that_comes_when_all_have_left_is_thrown_away(crm, shared):
    member = shared.member()
    asked, answered = Event(), Event()

    def hang(_query):
        asked.set()
        answered.wait(60)

    crm.before_page = hang
    reading = Thread(target=lambda: list(islice(member.read(WHOLE), 1)), daemon=True)
    reading.start()
    asked.wait(60)
    shared.leave(member)
    answered.set()
    reading.join(60)

    assert not shared._pages
    assert shared._reading is None


def test_a_failed_read_fails_every_member_after_the_pages_before(crm, shared):
    crm.fail_after, crm.error = 2, RetryableError("the CRM is down")
    for pages in [shared.member().read(WHOLE) for _ in range(2)]:
        assert ids(islice(pages, 2)) == IDS[:4]
        with pytest.raises(RetryableError, match="the CRM is down"):
            next(pages)

    assert crm.given == [None] * 2


def test_a_path_that_one_member_may_not_read_fails_that_member_alone(crm, shared):
    narrow, wide = replace(WHOLE, paths=frozenset({"name"})), WHOLE
    members = shared.member(), shared.member()

    def refuse(query):
        if query.paths == wide.paths:
            raise CredentialsError("the token may not read domains")

    crm.before_page = refuse

    with pytest.raises(CredentialsError):
        list(members[0].read(wide))
    assert ids(members[1].read(narrow)) == IDS


def test_an_outage_is_not_asked_about_again_by_a_member_that_needs_less(crm, shared):
    crm.fail_after, crm.error = 0, RetryableError("the CRM is down")
    pages = shared.member().read(replace(WHOLE, paths=frozenset({"name"})))

    with pytest.raises(RetryableError):
        next(pages)
    assert len(crm.queries) == 1


def test_a_member_that_asks_for_something_else_reads_by_itself(crm, shared):
    other, one = shared.member(), shared.member()

    assert ids(other.read(replace(WHOLE, cursor="full:4"))) == IDS[4:]
    assert ids(one.read(WHOLE)) == IDS


def test_records_asked_for_by_id_are_read_beside_the_shared_read(crm, shared):
    member = shared.member()
    chosen = replace(WHOLE, ids=("3",))
    before = ids(member.read(chosen))
    pages = member.read(WHOLE)
    next(pages)

    assert before == ids(member.read(chosen)) == ["3"]
    assert ids(pages) == IDS[2:]
    assert [query.ids for query in crm.queries] == [("3",), (), ("3",)]


def test_what_was_read_and_is_no_more_ends_the_member_that_was_left_behind(crm, shared):
    slow, fast = (shared.member().read(WHOLE) for _ in range(2))
    next(slow)
    list(fast)
    crm.anew = True

    with pytest.raises(RetryableError, match="no more"):
        list(slow)


def test_every_request_is_charged_once_also_those_of_a_member_on_its_own(crm, shared):
    slow, fast, idle = (shared.member() for _ in range(3))
    rest = slow.read(WHOLE)
    next(rest)
    list(fast.read(WHOLE))
    first = fast.traffic.requests
    list(rest)

    assert (first, idle.traffic.requests) == (PAGES, 0)
    assert fast.traffic.requests + slow.traffic.requests == len(crm.given)


def test_what_moved_is_asked_since_the_shared_read_began(crm):
    clock = FakeClock()
    shared = SharedRead(WHOLE, lambda: crm, clock)
    began = clock.now()
    clock.advance(60)
    shared.member().drift(WHOLE, clock.now())

    assert crm.asked_since == [began]


def test_the_account_is_opened_once_and_closed_at_the_end(crm):
    accounts = [crm]
    shared = SharedRead(WHOLE, accounts.pop, FakeClock(), patience=0)
    for member in [shared.member() for _ in range(3)]:
        with closing(member):
            list(member.read(WHOLE))
    assert not crm.closed

    shared.close()

    assert crm.closed


def test_an_account_that_cannot_be_opened_fails_each_member(crm):
    def fail():
        raise CredentialsError("the token is gone")

    shared = SharedRead(WHOLE, fail, FakeClock())
    for member in [shared.member() for _ in range(2)]:
        with closing(member), pytest.raises(CredentialsError):
            list(member.read(WHOLE))
    shared.close()
