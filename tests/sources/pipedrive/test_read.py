from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from crmsync.errors import FatalError
from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.incremental import Mode, Position, decode, iso
from crmsync.sources.pipedrive.objects import OBJECTS
from crmsync.sources.pipedrive.read import ARCHIVE, parse_moment, pushed_filter
from tests.sources.pipedrive.company import Company, open_source

DEALS = Query(object="deals", paths=frozenset({"title"}))


def pages(company, clock, query=DEALS, **settings):
    with closing(open_source(company, clock, **settings)) as source:
        return list(source.read(query))


@pytest.mark.parametrize(
    ("kind", "wanted", "asked"),
    [
        ("deals", {"owner_id": ("7",)}, {"owner_id": "7"}),
        ("deals", {"owner_id": ("7", "8")}, {}),
        ("deals", {"owner_id": ("Ann",)}, {}),
        ("deals", {"status": ("Open", "won")}, {"status": "open,won"}),
        ("deals", {"status": ("deleted",)}, {}),
        ("deals", {"title": ("7",)}, {}),
        ("deals", {"stage_id": ("1",), "org_id": ("2",)}, {"stage_id": "1", "org_id": "2"}),
        ("organizations", {"owner_id": ("7",), "org_id": ("2",)}, {"owner_id": "7"}),
        ("persons", {"org_id": ("2",)}, {"org_id": "2"}),
    ],
)
def test_a_filter_is_pushed_as_far_as_the_list_takes_it(kind, wanted, asked):
    assert {str(k): v for k, v in pushed_filter(OBJECTS[kind], wanted).items()} == asked


def test_pages_are_as_large_as_they_may_be_and_go_by_id(clock):
    company = Company(clock, deals=1200)
    pages(company, clock)

    assert {one["limit"] for one in company.asked("/deals")} == {"500"}
    assert {one["sort_by"] for one in company.asked("/deals")} == {"id"}


def test_the_archive_follows_on_the_lists_last_page_and_may_have_pages_of_its_own(clock):
    company = Company(clock, deals=1200)
    company.control("/archive", count=700)
    found = pages(company, clock)
    modes = [(decode(page.cursor, "x").mode, decode(page.cursor, "x").part) for page in found]

    assert modes == [(Mode.FULL, ARCHIVE), (Mode.SINCE, "")]
    assert sum(len(page.records) for page in found) == len(company.live("deals"))


def test_a_window_is_read_with_its_overlap(company, clock):
    since = datetime(2026, 11, 1, 12, tzinfo=UTC)
    cursor = Position(Mode.SINCE, since=iso(since)).encode()
    pages(company, clock, replace(DEALS, cursor=cursor), overlap="10m")

    assert company.asked("/deals")[0]["updated_since"] == "2026-11-01T11:49:55Z"


def test_a_window_stays_as_it_was_opened_where_a_read_goes_on(clock):
    company = Company(clock, deals=1300)
    company.control("/touch", count=1200)
    start = Position(Mode.SINCE, since=iso(clock.now())).encode()
    first, *_ = pages(company, clock, replace(DEALS, cursor=start))
    clock.advance(86_400)
    company.requests.clear()
    pages(company, clock, replace(DEALS, cursor=first.cursor))

    until = decode(first.cursor, "x").until
    assert {one["updated_until"][:16] for one in company.asked("/deals")} == {until[:16]}


def test_a_read_by_a_clock_that_was_ahead_loses_no_change(company, clock):
    clock.advance(86_400)
    *_, ahead = pages(company, clock)
    clock.advance(-86_400)
    (changed,) = company.control("/touch", count=1)
    found = pages(company, clock, replace(DEALS, cursor=ahead.cursor))

    assert found[0].full
    assert changed in {record.id for page in found for record in page.records}


@pytest.mark.parametrize("name", ["organizations", "persons"])
def test_where_deletions_are_not_listed_each_read_is_full_if_they_are_wanted(company, clock, name):
    query = Query(object=name, paths=frozenset({"name"}), deleted=True)
    (first,) = pages(company, clock, query)
    (gone,) = company.control("/delete", object=name, count=1)
    (again,) = pages(company, clock, replace(query, cursor=first.cursor))
    (fewer,) = pages(company, clock, replace(query, cursor=first.cursor, deleted=False))

    assert again.full
    assert {r.id for r in first.records} - {r.id for r in again.records} == {gone}
    assert not fewer.full


def test_ids_are_looked_for_in_the_list_the_archive_and_then_the_deleted(company, clock):
    archived, deleted = company.archived()[0], company.deleted()[0]
    live = next(one for one in company.live("deals") if one not in company.archived())
    wanted = (live, archived, deleted, "999999", "no id")
    found = pages(company, clock, replace(DEALS, ids=wanted, deleted=True))

    assert [(r.id, r.deleted) for page in found for r in page.records] == [
        (live, False), (archived, False), (deleted, True)
    ]  # fmt: skip
    assert [one["ids"] for one in company.asked("/deals/archived")] == [
        f"{archived},{deleted},999999"
    ]


def test_ids_that_are_all_found_ask_no_other_list(company, clock):
    live = [one for one in company.live("deals") if one not in company.archived()]
    pages(company, clock, replace(DEALS, ids=tuple(live[:150]), deleted=True))

    assert len(company.asked("/deals")) == 2
    assert company.asked("/archived") == []


def test_records_that_were_not_asked_for_by_id_end_the_read(company, clock):
    body = orjson.dumps({"success": True, "data": [{"id": 999}]})
    company.disturb = lambda request: Response(200, {}, body) if "ids=" in request.url else None

    with pytest.raises(FatalError, match="ignores the parameter ids"):
        pages(company, clock, replace(DEALS, ids=("1",)))


@pytest.mark.parametrize("one", ["0", "007", "-1", "1.0", "٣", "9" * 40, "1,2", "no id", ""])
def test_what_is_no_id_is_asked_for_nowhere_and_found_nowhere(company, clock, one):
    (page,) = pages(company, clock, replace(DEALS, ids=(one,), deleted=True))

    assert (page.records, page.last) == ((), True)
    assert company.asked("/deals") == company.asked("/archived") == []


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": True}, {"id": 1.5}, {"id": [7]}])
@pytest.mark.fault(35)
def test_rows_without_an_id_are_no_page(company, clock, row):
    body = orjson.dumps({"success": True, "data": [{"id": 3}, row]})
    company.disturb = lambda request: Response(200, {}, body) if "sort_by" in request.url else None

    with pytest.raises(FatalError, match="without an id"):
        pages(company, clock)


LOST = {
    "the list": (Position(Mode.FULL), True),
    "the archive": (Position(Mode.FULL, part=ARCHIVE), True),
    "a window": (Position(Mode.WINDOW, until="2099-01-01T00:00:00Z"), False),
    "a window's archive": (
        Position(Mode.WINDOW, until="2099-01-01T00:00:00Z", part=ARCHIVE),
        False,
    ),
    "the deleted": (Position(Mode.GONE, full=True), False),
}


@pytest.mark.parametrize(("place", "anew"), LOST.values(), ids=LOST)
def test_a_place_that_pipedrive_does_not_know_any_more_is_left_for_the_start(
    company, clock, place, anew
):
    place = place._replace(since="2000-01-01T00:00:00Z")
    query = replace(DEALS, deleted=True)
    whole = pages(company, clock, replace(query, cursor=place._replace(part="").encode()))
    found = pages(company, clock, replace(query, cursor=place._replace(after="old").encode()))

    assert [page.records for page in found] == [page.records for page in whole]
    assert found[0].anew is anew
    assert not any(page.anew for page in (*found[1:], *whole))


def test_a_request_that_is_refused_at_the_lists_start_too_ends_the_read(company, clock):
    company.disturb = lambda request: (
        Response(400, {}, b'{"success":false}') if "sort_by" in request.url else None
    )
    place = Position(Mode.FULL, since="2000-01-01T00:00:00Z", after="old")
    with pytest.raises(FatalError, match="400"):
        pages(company, clock, replace(DEALS, cursor=place.encode()))

    assert len(company.asked("/deals")) == 2


def test_what_a_page_points_to_is_fetched_in_full_batches_across_pages(clock):
    company = Company(clock, companies=900, deals=1500)
    query = replace(DEALS, paths=frozenset({"organization.name", "person.name"}))
    found = pages(company, clock, query)
    *full, rest = [len(one["ids"].split(",")) for one in company.asked("/organizations")]

    assert set(full) == {100}
    assert 0 < rest <= 100
    assert all(r.joins["organization"]["name"] for page in found for r in page.records)


def test_a_record_has_its_address_and_its_moment(company, clock):
    one = company.live("deals")[0]
    ((record,),) = [page.records for page in pages(company, clock, replace(DEALS, ids=(one,)))]

    assert record.url == f"https://acme-sandbox.pipedrive.com/deal/{one}"
    assert record.modified_at == parse_moment(company.record("deals", one)["update_time"])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.000Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (None, None), ("", None), ("0000-00-00 00:00:00", None), (7, None),
    ],
)  # fmt: skip
def test_a_moment_is_read_in_each_form(text, moment):
    assert parse_moment(text) == moment
