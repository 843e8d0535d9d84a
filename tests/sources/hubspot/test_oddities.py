"""What bit others who read HubSpot's companies and owners, each with its number in our list."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from math import ceil

import orjson
import pytest

from crmsync.errors import CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.incremental import CLOCK_STEP, Mode, Position, iso
from tests.sources.hubspot.portal import Portal, open_source

QUERY = Query(object="companies", paths=frozenset({"name", "domain", "owner.email"}))
HTML = Response(200, {"content-type": "text/html"}, b"<!doctype html><title>Log in</title>")


def read(portal, clock, query=QUERY, **settings):
    with closing(open_source(portal, clock, **settings)) as source:
        return [record for page in source.read(query) for record in page.records]


def ids(records):
    return [record.id for record in records]


def since(moment):
    return replace(QUERY, cursor=Position(Mode.SINCE, since=iso(moment)).encode())


def bodies(portal, kind):
    sent = zip(portal.kinds(), portal.requests, strict=True)
    return [orjson.loads(request.body) for found, request in sent if found == kind]


def instead(answer, *, when, times=1):
    """A disturbance: *answer* to the first requests whose address or body has *when* in it."""
    left = [times]

    def disturb(request):
        if left[0] and when in request.url + request.body.decode():
            left[0] -= 1
            return answer
        return None

    return disturb


@pytest.mark.fault(26)
def test_s01_twelve_thousand_records_of_one_timestamp_end(clock):
    portal = Portal(clock, companies=12_000)
    changed = portal.control("/touch", count=12_000)
    found = read(portal, clock, since(clock.now()))

    assert ids(found) == sorted(changed, key=int)
    assert len(portal.requests) <= ceil(12_000 / 200) + 5


def test_s02_no_search_is_asked_for_an_offset(clock):
    portal = Portal(clock, companies=900)
    portal.control("/touch", count=900)
    read(portal, clock, since(clock.now()))

    assert not [body for body in bodies(portal, "search") if "after" in body]


@pytest.mark.fault(27)
def test_s03_a_change_that_the_index_shows_late_is_found_by_the_next_read(portal, clock):
    changed = portal.control("/change", count=1)
    nothing_yet = Response(200, {}, b'{"total":0,"results":[]}')
    portal.disturb = instead(nothing_yet, when="/search")
    with closing(open_source(portal, clock)) as source:
        (first,) = source.read(since(clock.now()))
    clock.advance(4 * 60)  # less than the overlap of ten minutes

    assert first.records == ()
    assert ids(read(portal, clock, replace(QUERY, cursor=first.cursor))) == changed


def test_s04_the_next_window_begins_when_the_read_began_not_when_it_ended(portal, clock):
    cursor = Position(Mode.SINCE, since=iso(clock.now() - timedelta(days=3650))).encode()
    began = clock.now().replace(microsecond=0)
    with closing(open_source(portal, clock)) as source:
        cursors = []
        for page in source.read(replace(QUERY, cursor=cursor)):
            clock.advance(60)
            cursors.append(page.cursor)

    assert cursors[-1] == Position(Mode.SINCE, since=iso(began + CLOCK_STEP)).encode()


def test_s05_a_record_changed_at_the_very_boundary_is_read(portal, clock):
    (one,) = portal.control("/touch", count=1)
    at = open_source(portal, clock)
    (record,) = read(portal, clock, replace(QUERY, ids=(one,)))
    at.close()

    found = read(portal, clock, since(record.modified_at), overlap="0s")
    assert ids(found) == [one]


def test_s06_many_properties_never_make_an_address_too_long(clock):
    portal = Portal(clock, max_url_bytes=4000)
    wide = frozenset(f"property_with_quite_a_long_name_{n}" for n in range(1000)) | {"name"}
    found = read(portal, clock, Query(object="companies", paths=wide))

    assert ids(found) == portal.live()
    assert all(record.fields["name"] for record in found)


def test_s07_no_history_is_asked_for_since_it_halves_the_pages(portal, clock):
    read(portal, clock)

    assert not [r for r in portal.requests if "History" in r.url + r.body.decode()]


def test_s08_each_endpoint_is_asked_for_its_own_page_size(portal, clock):
    read(portal, clock, since(clock.now() - timedelta(days=3650)))
    read(portal, clock)
    read(portal, clock, replace(QUERY, ids=tuple(portal.live())))

    assert [body["limit"] for body in bodies(portal, "search")] == [200, 200, 1]
    assert [len(body["inputs"]) for body in bodies(portal, "batch_read")] == [100, 100, 50]
    assert all("limit=100" in r.url for r in portal.requests if "companies?" in r.url)


def test_s12_an_id_that_came_as_a_number_is_text(portal, clock):
    row = {"id": 7, "properties": {"hubspot_owner_id": 41000001}}
    page = Response(200, {}, orjson.dumps({"results": [row]}))
    portal.disturb = instead(page, when="companies?")
    (record,) = read(portal, clock)

    assert record.id == "7"
    assert record.joins["owner"]["email"]


def test_s14_an_owner_who_left_is_joined_and_not_active(clock):
    portal = Portal(clock, companies=3)
    one, two, three = portal.live()
    for company, owner in ((one, "41000001"), (two, "41000408"), (three, "49999999")):
        portal.control("/set", id=company, properties={"hubspot_owner_id": owner})
    here, left, unknown = (record.joins["owner"] for record in read(portal, clock))

    assert here["active"] is True
    assert left["active"] is False
    assert left["email"]
    assert unknown == {"id": "49999999"}


def test_s15_an_archived_record_without_a_date_is_still_one(portal, clock):
    row = {"id": "7", "archived": True, "properties": {}}
    page = Response(200, {}, orjson.dumps({"results": [row]}))
    portal.disturb = instead(page, when="hs_merged_object_ids&archived=true")
    (record,) = [r for r in read(portal, clock, replace(QUERY, deleted=True)) if r.deleted]

    assert (record.id, record.modified_at) == ("7", None)


def test_s16_an_empty_text_stays_one_and_is_not_a_null(portal, clock):
    row = {"id": "7", "properties": {"name": "", "domain": None}}
    page = Response(200, {}, orjson.dumps({"results": [row]}))
    portal.disturb = instead(page, when="companies?")
    (record,) = read(portal, clock)

    assert (record.fields["name"], record.fields["domain"]) == ("", None)


@pytest.mark.parametrize("empties", ["null", "absent"])
def test_s16_an_empty_property_that_is_left_out_is_a_null(clock, empties):
    portal = Portal(clock, companies=1, empties=empties)
    portal.control("/set", id=portal.live()[0], properties={"domain": None})
    (record,) = read(portal, clock)

    assert record.fields["domain"] is None


@pytest.mark.fault(36)
def test_s16_a_property_that_does_not_exist_is_missing_and_no_null(portal, clock):
    query = replace(QUERY, paths=frozenset({"name", "renamed_since"}))
    record = read(portal, clock, query)[0]

    assert "renamed_since" not in record.fields


@pytest.mark.parametrize("value", ["a;b", "1,234.5", "1.2E+7", "", "\0", "x" * 65_536, "🙂\n"])
def test_s17_to_s21_values_come_as_they_are(portal, clock, value):
    row = {"id": "7", "properties": {"name": value}}
    page = Response(200, {}, orjson.dumps({"results": [row]}))
    portal.disturb = instead(page, when="companies?")
    (record,) = read(portal, clock)

    assert record.fields["name"] == value


@pytest.mark.parametrize("text", ["1767323045678", "1.767323045678e12", "2026-01-02T03:04:05.678Z"])
def test_s18_a_modification_date_is_read_in_each_form(portal, clock, text):
    row = {"id": "7", "properties": {"hs_lastmodifieddate": text}}
    page = Response(200, {}, orjson.dumps({"results": [row]}))
    portal.disturb = instead(page, when="companies?")
    (record,) = read(portal, clock)

    assert iso(record.modified_at) == "2026-01-02T03:04:05.678Z"


@pytest.mark.fault(40)
def test_s23_a_merge_is_seen_by_the_survivor(portal, clock):
    one, other, *_ = portal.live()
    (survivor,) = portal.control("/merge", winner=one, loser=other)
    changed = read(portal, clock, since(clock.now()))

    assert [(record.id, sorted(record.merged_ids)) for record in changed] == [
        (survivor, sorted([one, other]))
    ]


def test_s25_a_property_deleted_since_is_absent_from_a_list(portal, clock):
    portal.control("/forget_property", name="domain")

    assert "domain" not in read(portal, clock)[0].fields


def test_s25_a_filter_by_a_property_deleted_since_says_so(portal, clock):
    query = replace(QUERY, filter={"never_there": ("x",)})

    with pytest.raises(FatalError, match="never_there") as caught:
        read(portal, clock, query)
    assert "crmsync check" in caught.value.hint


def test_s26_a_token_whose_maker_left_ends_the_read_in_the_middle(portal, clock):
    body = b'{"category":"USER_DOES_NOT_HAVE_PERMISSIONS","message":"removed"}'
    portal.disturb = instead(Response(403, {}, body), when="after=")

    with pytest.raises(CredentialsError, match="person who made the access token"):
        read(portal, clock)


def test_s27_choices_of_text_find_records_whatever_their_case(portal, clock):
    one, two, *_ = portal.live()
    portal.control("/set", id=one, properties={"city": "Lund"})
    portal.control("/set", id=two, properties={"city": "LULEÅ"})
    found = read(portal, clock, replace(QUERY, filter={"city": ("Lund", "Luleå")}))

    assert {one, two} <= set(ids(found))


CUT = Response(200, {"content-type": "application/json"}, b'{"results":[{"id":"1","prop')
BROKEN = {"html": HTML, "cut": CUT, "empty": Response(200, {}, b""),
          "reset": RetryableError("the connection broke", maybe_delivered=True)}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("when", ["companies?", "after=", "/search", "owners", "details"])
def test_all_an_answer_that_is_none_is_asked_for_again(portal, clock, broken, when):
    portal.disturb = instead(broken, when=when, times=2)

    assert ids(read(portal, clock)) == portal.live()


@pytest.mark.parametrize("broken", [HTML, CUT], ids=["html", "cut"])
def test_all_an_answer_that_is_never_one_is_not_zero_records(portal, clock, broken):
    portal.disturb = instead(broken, when="companies?", times=10**6)

    with pytest.raises(RetryableError, match="expected JSON"):
        read(portal, clock)


@pytest.mark.fault(22)
def test_all_a_page_that_comes_twice_ends_the_read(portal, clock):
    page = Response(200, {}, b'{"results":[{"id":"1"}],"paging":{"next":{"after":"1"}}}')
    portal.disturb = instead(page, when="companies?", times=10**6)

    with pytest.raises(FatalError, match="twice"):
        read(portal, clock)


@pytest.mark.fault(22)
def test_all_a_search_that_gives_the_same_page_ends_the_read(portal, clock):
    page = Response(200, {}, b'{"total":9,"results":[{"id":"1"}],"paging":{"next":{"after":"1"}}}')
    portal.disturb = instead(page, when="/search", times=10**6)

    with pytest.raises(FatalError, match="reading on would never end"):
        read(portal, clock, since(clock.now()))


@pytest.mark.fault(23, 24)
def test_all_a_record_on_two_pages_comes_twice_and_is_no_error(portal, clock):
    first = Response(200, {}, b'{"results":[{"id":"1"}],"paging":{"next":{"after":"2"}}}')
    second = Response(200, {}, b'{"results":[{"id":"1"},{"id":"2"}]}')
    portal.disturb = lambda request: (
        None if "companies?" not in request.url else second if "after=" in request.url else first
    )

    assert ids(read(portal, clock)) == ["1", "1", "2"]


def test_all_new_fields_and_unknown_choices_are_no_error(portal, clock):
    row = {"id": "7", "properties": {"lifecyclestage": "galaxy"}, "brandNew": {"a": [1]}}
    page = Response(200, {}, orjson.dumps({"results": [row], "brandNew": 1}))
    portal.disturb = instead(page, when="companies?")

    assert read(portal, clock)[0].fields["lifecyclestage"] == "galaxy"


@pytest.mark.parametrize("record_id", [9007199254740993, "9007199254740993"], ids=["int", "str"])
@pytest.mark.fault(34)
def test_all_an_id_beyond_two_to_the_53_is_exact(portal, clock, record_id):
    page = Response(200, {}, orjson.dumps({"results": [{"id": record_id}]}))
    portal.disturb = instead(page, when="companies?")

    assert ids(read(portal, clock)) == ["9007199254740993"]


@pytest.mark.security(16)
def test_all_a_redirect_is_not_followed(portal, clock):
    away = Response(302, {"location": "https://evil.example/"}, b"")
    portal.disturb = instead(away, when="companies?")

    with pytest.raises(FatalError, match=r"evil\.example"):
        read(portal, clock)
    assert not [request for request in portal.requests if "evil" in request.url]


@pytest.mark.security(17)
def test_all_a_link_to_the_next_page_is_not_followed(portal, clock):
    paging = {"next": {"after": "5", "link": "https://evil.example/?after=5"}}
    page = Response(200, {}, orjson.dumps({"results": [{"id": "1"}], "paging": paging}))
    portal.disturb = instead(page, when="companies?")
    read(portal, clock)

    assert not [request for request in portal.requests if "evil" in request.url]
