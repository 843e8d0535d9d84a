from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from crmsync.adapters import Context
from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Response
from crmsync.sources.pipedrive.api import PipedriveApi, learn
from crmsync.sources.pipedrive.endpoints import DEALS, STAGES, Parameter
from crmsync.sources.pipedrive.objects import OBJECTS
from crmsync.sources.pipedrive.settings import PipedriveSettings
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.pacing import Rate

LIMIT = {Parameter.LIMIT: "500"}


def api(script, clock=None, **settings):
    context = Context(name="pipedrive", clock=clock or FakeClock(), retry_for=60.0, max_wait=60.0)
    values = {"api_token": "user-token", "base_url": "https://crm.example/base", **settings}
    return PipedriveApi(
        PipedriveSettings.model_validate(values), context, ScriptedTransport(script)
    )


def answer(data, cursor=None, headers=None):
    body = {"success": True, "data": data, "additional_data": {"next_cursor": cursor}}
    return Response(200, headers or {}, orjson.dumps(body))


def sent(pipedrive):
    return [request.url for request in pipedrive._account._transport.requests]


def test_a_list_is_asked_for_in_one_line():
    pipedrive = api([answer([{"id": 1}], "next")])

    assert pipedrive.list(DEALS, LIMIT) == ([{"id": 1}], "next")
    assert sent(pipedrive) == ["https://crm.example/base/api/v2/deals?limit=500"]


@pytest.mark.parametrize("body", [b"[]", b"7", b'{"success":true,"data":{}}',
                                  b'{"success":true,"data":[7]}'])  # fmt: skip
def test_json_that_is_no_page_ends_the_read(body):
    with pytest.raises(FatalError, match="JSON that is no list of records"):
        api([Response(200, {}, body)]).list(DEALS, LIMIT)


@pytest.mark.parametrize("more", [None, 7, {}, {"next_cursor": None}, {"pagination": {}}])
def test_a_page_without_a_cursor_is_the_last(more):
    body = orjson.dumps({"success": True, "data": [], "additional_data": more})

    assert api([Response(200, {}, body)]).list(DEALS, LIMIT).cursor == ""


def test_a_small_list_is_read_to_its_last_page_and_once():
    pipedrive = api([answer([{"id": 1}], "a"), answer([{"id": 2}])])

    assert [row["id"] for row in pipedrive.all(STAGES)] == [1, 2]
    assert pipedrive.all(STAGES) is pipedrive.all(STAGES)
    assert sent(pipedrive)[1].endswith("cursor=a")


def test_a_small_list_that_repeats_a_page_ends_the_read():
    with pytest.raises(FatalError, match="twice"):
        api(lambda _: answer([{"id": 1}], "a")).all(STAGES)


def test_the_pace_is_learned_from_the_headers():
    headers = {"x-ratelimit-limit": "40", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "1"}

    assert learn(headers)["default"] == (Rate(40, 2.0), 12, 1.0)
    assert learn({"x-ratelimit-limit": "many"}) == {}


@pytest.mark.parametrize(("settings", "at_once"), [({}, 20), ({"rate_limit": "5/2s"}, 5)])
def test_requests_keep_to_the_smallest_plans_burst_until_a_header_tells(settings, at_once):
    clock, times = FakeClock(), []

    def note(_):
        times.append(clock.monotonic())
        return answer([])

    pipedrive = api(note, clock, **settings)
    for _ in range(2 * at_once + 1):
        pipedrive.list(DEALS, LIMIT)

    assert len(set(times[:at_once])) == 1
    assert all(later - times[at] >= 2.0 for at, later in enumerate(times[at_once:]))


@pytest.mark.parametrize(
    ("data", "admin"),
    [
        ({"is_admin": 1}, True),
        ({"is_admin": 0, "access": [{"app": "sales", "admin": True}]}, True),
        ({"is_admin": 0, "access": [{"app": "sales", "admin": False}]}, False),
        ({"is_admin": 1, "access": [{"app": "global", "admin": True}]}, False),
        ({"is_admin": 1, "access": []}, True),
        ({}, False),
    ],
)
def test_whose_token_it_is_is_asked_for_once(data, admin):
    known = {"company_id": 7, "company_domain": "acme", "name": "Ann", **data}
    pipedrive = api([answer(known)])

    assert pipedrive.me() == pipedrive.me() == ("7", "acme", "Ann", admin)
    assert pipedrive.me().url_prefix(OBJECTS["deals"]) == "https://acme.pipedrive.com/deal/"


@pytest.mark.parametrize("domain", [None, "", "evil.example/?", "a/b"])
def test_a_company_without_a_domain_has_no_addresses(domain):
    known = {"company_id": 7, "company_domain": domain}
    assert api([answer(known)]).me().url_prefix(OBJECTS["deals"]) == ""


@pytest.mark.parametrize("data", [{}, {"company_id": None}, []], ids=["empty", "null", "list"])
def test_an_answer_that_names_no_company_ends_the_read(data):
    with pytest.raises(FatalError, match="/users/me answered JSON that is no list of records"):
        api([answer(data)]).me()


def test_the_crms_time_is_that_of_its_last_answer():
    clock = FakeClock(datetime(2030, 1, 1, tzinfo=UTC))  # this machine's is years ahead
    date = {"date": "Sat, 21 Nov 2026 12:00:00 GMT"}
    pipedrive = api([answer([], headers=date)], clock)
    pipedrive.list(DEALS, LIMIT)
    clock.advance(5)

    assert pipedrive.time.now() == datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(seconds=5)


def test_a_day_that_is_spent_sends_nothing_more():
    left = {"x-daily-ratelimit-token-remaining": "9"}
    pipedrive = api([answer([], headers=left)], FakeClock(datetime(2026, 11, 21, 12, tzinfo=UTC)))
    pipedrive.list(DEALS, LIMIT)

    with pytest.raises(RetryableError, match="9 left") as caught:
        pipedrive.list(DEALS, LIMIT)
    assert (caught.value.final, caught.value.retry_after) == (True, 12 * 3600)
    assert len(sent(pipedrive)) == 1
