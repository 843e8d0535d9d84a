from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.destinations.atoka.desk import Desk, open_desk, told
from crmsync.errors import ConfigError, CredentialsError
from crmsync.interfaces import Response
from crmsync.testing.servers import FaultServer, reply
from tests.destinations.atoka.accounts import Scripted, answer, context, given, settings
from tests.destinations.atoka.test_tags import found

SINCE = datetime(2026, 11, 20, tzinfo=UTC)


def item(number: int, date: str | None, **attributes: object) -> dict[str, object]:
    return {"id": number, "lead": "l1", "type": "company", "date": date, **attributes}


def desk(*steps, **keys):
    account = Scripted(list(steps), **keys)
    return Desk(account.api, settings(**keys)), account.transport.requests


def listing(*dates):
    items = [item(number, date) for number, date in enumerate(dates, 1)]
    return answer({"items": items, "meta": {"count": len(items)}})


def ids(events):
    return [event["id"] for event in events]


def test_events_are_in_order_of_their_dates_and_ids_whoever_they_are_of():
    page = listing("2026-11-20", None, "2026-11-22T08:00:00+02:00", "2026-11-20", "2026-11-21")
    assert ids(desk(page)[0].listed(["l1"])) == [3, 5, 4, 1, 2]
    assert ids(desk(page)[0].listed(["l1"], ordering="oldest")) == [2, 1, 4, 5, 3]


@pytest.mark.parametrize(
    ("date", "kept"),
    [
        ("2026-11-20", True),
        ("2026-11-19", False),
        ("2026-11-20T00:00:00Z", True),
        ("2026-11-19T23:59:59Z", False),
        ("2026-11-20T00:30:00+01:00", True),
        ("2026-11-19T20:00:00-05:00", True),
        ("some day", True),
    ],
)
def test_what_is_dated_since_by_either_clock_is_kept(date, kept):
    assert bool(desk(listing(date))[0].listed(["l1"], since=SINCE)) is kept


@pytest.mark.parametrize(
    ("since", "ordering", "asked"),
    [
        (None, "oldest", "oldest"),
        (SINCE, "newest", "newest"),
        (SINCE, "oldest", "newest"),
    ],
)
def test_a_few_are_asked_for_from_the_end_that_they_are_at(since, ordering, asked):
    opened, requests = desk(listing("2026-11-21"))
    assert len(opened.listed(["l1"], since=since, ordering=ordering, limit=5)) == 1
    assert [given(request)["ordering"] for request in requests] == [asked]


def test_the_limit_is_of_all_leads_together():
    many = [f"l{number}" for number in range(60)]
    opened, requests = desk(listing("2026-11-20", "2026-11-22"), listing("2026-11-21"))
    assert ids(opened.listed(many, limit=2)) == [2, 1]
    assert len(requests) == 2


def test_an_event_is_told_in_utc_a_day_as_a_day_and_what_is_neither_as_it_is():
    event = found(7, date="2026-11-21", created="2026-11-21T12:00:05+02:00", update_time="soon")
    document = told(event._replace(note="new [cs:4f9a21c0d3b8]", owner_name="Ada"))
    assert document["date"] == "2026-11-21"
    assert (document["created"], document["update_time"]) == ("2026-11-21T10:00:05.000Z", "soon")
    assert (document["text"], document["tags"]) == ("new", ["4f9a21c0d3b8"])
    assert document["owner"] == {"id": "u1", "name": "Ada", "application": "crmsync"}


def test_an_event_that_is_not_there_is_none_and_told_as_a_fault():
    gone = answer({"message": "there is no lead event 9"}, 404)
    assert desk(gone)[0].find(9) is None
    with pytest.raises(ConfigError, match="Atoka has no lead event 9"):
        desk(gone)[0].show(9)


def test_a_note_is_changed_by_one_put_of_the_note_alone():
    put = answer({"item": item(7, None, note="new [cs:4f9a21c0d3b8]")})
    opened, requests = desk(answer({"item": item(7, None, note="old [cs:4f9a21c0d3b8]")}), put)
    noted = opened.note(7, "new")
    assert [request.method for request in requests] == ["GET", "PUT"]
    sent = given(requests[1])
    assert set(sent) == {"token", "note"}
    assert sent["note"] == "new [cs:4f9a21c0d3b8]"
    assert (noted.before, noted.tags, noted.cut) == (
        "old [cs:4f9a21c0d3b8]",
        ("4f9a21c0d3b8",),
        False,
    )


def test_a_put_whose_answer_was_lost_is_sent_again():
    put = answer({"item": item(7, None, note="new")})
    shown = answer({"item": item(7, None, note="old")})
    opened, requests = desk(shown, Response(502, {}, b""), put)
    assert opened.note(7, "new").event["note"] == "new"
    assert [request.method for request in requests] == ["GET", "PUT", "PUT"]


def test_a_note_that_is_this_already_is_not_sent_and_a_long_one_is_cut():
    shown = answer({"item": item(7, None, note="x" * 39 + "…")})
    opened, requests = desk(shown, max_note=40)
    noted = opened.note(7, "x" * 50)
    assert noted.sent == noted.before
    assert noted.cut
    assert len(requests) == 1


def test_a_lead_that_is_not_sure_is_a_fault_in_words_for_a_keyboard():
    two = answer({"items": [{"id": "a", "name": "Twin"}, {"id": "b", "name": "Twin"}]})
    with pytest.raises(ConfigError) as caught:
        desk(two)[0].lead(vat="1")
    assert str(caught.value) == "lead: vat 1 is 2 companies: 'Twin' (a), 'Twin' (b)"
    with pytest.raises(ConfigError) as caught:
        desk(answer({"items": []}))[0].lead(name="Nobody")
    assert str(caught.value) == "lead: no company is 'Nobody' with a confidence of 0.9"


def test_without_its_feature_the_synchronization_tells_what_to_ask_for():
    refused = answer({"message": "forbidden"}, 403)
    with pytest.raises(CredentialsError) as caught:
        list(desk(refused)[0].updated_since(SINCE))
    assert "useLeadEventsSync" in caught.value.hint


def test_an_account_is_opened_and_closed_without_a_request_or_a_look_at_the_token():
    with FaultServer([reply(200, b"{}")]) as server:
        keys = settings(base_url=server.url, token="${CRMSYNC_SET_NOWHERE}")
        open_desk(keys, context()).close()
        assert server.connections == 0
