from __future__ import annotations

import pytest

from crmsync.errors import FatalError
from crmsync.interfaces import Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from tests.sources.salesforce.doorway import (
    LOGIN,
    Doorway,
    answered,
    granted,
    open_api,
    refused,
)

ALL = "SELECT Id, Name FROM Account"
BASE = f"{LOGIN}/services/data/v68.0"
LAST = {"totalSize": 0, "done": True, "records": []}
CSV = {"sforce-locator": "null", "sforce-numberofrecords": "1", "content-type": "text/csv"}


def scripted(*answers, clock=None, **values):
    transport = ScriptedTransport([granted(), *answers])
    return open_api(transport, clock, **values), transport.requests


@pytest.mark.parametrize(
    "body", [b"<html><title>Maintenance</title>", b'{"records":[{"Id":"1"', b""]
)
def test_an_answer_that_is_not_whole_is_asked_for_again(body):
    api, requests = scripted(Response(200, {}, body), answered(LAST))

    assert api.query(ALL).rows == []
    assert len(requests) == 3


@pytest.mark.parametrize("status", [406, 420])
def test_s35_an_odd_answer_without_a_body_is_tried_again(status):
    api, requests = scripted(Response(status, {}, b""), answered(LAST))
    api.query(ALL)

    assert len(requests) == 3
    assert api.traffic.retries == 1


def test_too_many_at_once_is_waited_for(clock):
    busy = refused(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.")
    api, requests = scripted(busy, answered(LAST), clock=clock)
    api.query(ALL)

    assert len(requests) == 3
    assert sum(clock.sleeps) >= 5


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "text/csv"}, {**CSV, "content-type": "text/html"}],
    ids=["no locator", "a page"],
)
def test_a_part_without_a_locator_is_none_and_asked_for_again(headers):
    api, requests = scripted(Response(200, headers, b"x"), Response(200, CSV, b"Id\n"))

    assert api.result_page("750x", locator="MTA", rows=10).body == b"Id\n"
    assert requests[1].url == f"{BASE}/jobs/query/750x/results?maxRecords=10&locator=MTA"
    assert len(requests) == 3


def test_salesforces_clock_is_read_from_its_answers():
    clock = FakeClock()
    api = open_api(Doorway(clock), clock)
    api.count("SELECT COUNT() FROM Account")

    assert api.time.now() == clock.now().replace(microsecond=0)


def test_the_users_own_pace_is_kept(clock):
    transport = ScriptedTransport(lambda one: granted() if "oauth2" in one.url else answered(LAST))
    api = open_api(transport, clock, rate_limit="2/10s")
    for _ in range(4):
        api.query(ALL)

    assert clock.monotonic() >= 20  # five requests: two at 0 s, two at 10 s, one at 20 s


def test_closing_closes_the_transport():
    transport = ScriptedTransport([])
    open_api(transport).close()

    assert transport.closed


def test_an_answer_without_a_date_tells_no_time():
    api = open_api(ScriptedTransport([granted(), answered({"sobjects": []})]))
    api.sobjects()

    assert api.time.now() == FakeClock().now()


@pytest.mark.fault(38)
def test_a_page_of_a_host_that_is_not_the_orgs_is_not_asked_for():
    away = {"records": [], "totalSize": 9, "done": False}
    answer = answered({**away, "nextRecordsUrl": "https://evil.example/services/data/x"})
    transport = ScriptedTransport([granted(), answer])
    api = open_api(transport)
    with pytest.raises(FatalError, match="refused to send"):
        api.more(api.query("SELECT Id FROM Account").more)

    assert len(transport.requests) == 2
