from __future__ import annotations

import orjson
import pytest

from crmsync.errors import ConfigError, FatalError, RetryableError, StoppedError
from crmsync.interfaces import Response
from crmsync.sources.salesforce.api import Chunk
from crmsync.sources.salesforce.failures import LocatorError
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
RUNNING = answered({"id": "750x", "state": "InProgress", "numberRecordsProcessed": 7})
DONE = answered({"id": "750x", "state": "JobComplete", "numberRecordsProcessed": 9})
CSV = {"sforce-locator": "null", "sforce-numberofrecords": "1", "content-type": "text/csv"}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def door(clock):
    return Doorway(clock, companies=2500)


@pytest.fixture
def api(door, clock):
    return open_api(door, clock)


def scripted(*answers, clock=None, **values):
    transport = ScriptedTransport([granted(), *answers])
    return open_api(transport, clock, **values), transport.requests


def test_a_query_is_asked_for_in_one_line():
    api, requests = scripted(answered(LAST))
    api.query("SELECT Id FROM X WHERE T > 2026-01-02T03:04:05+01:00 AND N = 'a&b'")

    assert requests[1].url == (
        f"{BASE}/query?q=SELECT+Id+FROM+X+WHERE+T+%3E+2026-01-02T03%3A04%3A05%2B01%3A00"
        "+AND+N+%3D+%27a%26b%27"
    )
    assert "X-PrettyPrint" not in requests[1].headers


def test_a_query_is_read_to_the_last_page(api):
    page = api.query(ALL)
    second = api.more(page.more)

    assert (len(page.rows), page.total) == (2000, 2500)
    assert (len(second.rows), second.more) == (500, "")


def test_deleted_records_are_found_by_asking_for_them(api, door):
    gone = door.control("/delete", count=3)["ids"]
    asked = "SELECT Id FROM Account WHERE IsDeleted = true"

    assert api.query(asked).rows == []
    assert sorted(row["Id"] for row in api.query(asked, deleted=True).rows) == sorted(gone)
    assert api.count("SELECT COUNT() FROM Account", deleted=True) == 2500


def test_a_count_brings_no_records(api):
    assert api.count("SELECT COUNT() FROM Account") == 2500


def test_a_page_that_is_gone_says_so(api, door):
    page = api.query(ALL)
    door.control("/expire", locators=True)

    with pytest.raises(LocatorError):
        api.more(page.more)


@pytest.mark.parametrize(
    "document",
    [
        [],
        7,
        {},
        {"records": None, "done": True},
        {"records": [7], "done": True},
        {"records": []},
        {"records": [], "done": False},
        {"records": [], "done": False, "nextRecordsUrl": 7},
    ],
)
def test_json_that_is_no_page_ends_the_read(document):
    api, _ = scripted(answered(document))
    with pytest.raises(FatalError, match="/query answered JSON that Salesforce does not give"):
        api.query(ALL)


@pytest.mark.parametrize("total", [None, "7"])
def test_a_count_that_is_no_number_is_none(total):
    api, _ = scripted(answered({**LAST, "totalSize": total}))
    with pytest.raises(FatalError):
        api.count("SELECT COUNT() FROM X")


def test_an_object_is_described_once(api, door):
    first = api.describe("Account")

    assert first["name"] == "Account"
    assert api.describe("Account") is first
    assert door.kinds().count("describe") == 1


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("Acount", "Account"), ("opportunity_", "Opportunity"), ("../../x?y", "")],
)
def test_an_object_that_is_not_there_is_named_with_the_nearest(api, wrong, meant):
    with pytest.raises(ConfigError) as caught:
        api.describe(wrong)

    assert f'no object "{wrong}"' in caught.value.message
    assert (f'did you mean "{meant}"' in caught.value.message) is bool(meant)


def test_an_object_that_is_there_and_is_refused_is_not_proposed_again(api):
    with pytest.raises(ConfigError) as caught:
        raise api._no_object("Account")

    assert 'did you mean "Account"' not in caught.value.message


def test_a_name_is_one_part_of_an_address():
    api, requests = scripted(refused(404, "NOT_FOUND"), answered({"sobjects": []}))
    with pytest.raises(ConfigError):
        api.describe("../limits?x#")

    assert requests[1].url == f"{BASE}/sobjects/..%2Flimits%3Fx%23/describe"


def test_limits_are_pairs_of_numbers(api):
    most, left = api.limits()["DailyApiRequests"]

    assert (most, left) == (100_000, 99_999)


def test_limits_of_another_shape_are_left_out():
    shown = {"A": {"Max": 5, "Remaining": 3}, "B": {"Max": None}, "C": 7}
    api, _ = scripted(answered(shown))

    assert api.limits() == {"A": (5, 3)}


@pytest.mark.parametrize(("fields", "fits"), [(10, True), (200, True), (1000, False)])
def test_a_query_too_long_for_an_address_is_known_before_it_is_sent(api, fields, fits):
    names = ", ".join(f"Custom_{number:04}__c" for number in range(fields))  # 16 bytes each

    assert api.fits(ALL.replace("Name", names)) is fits


def test_a_job_is_made_read_by_parts_and_deleted(api, door):
    job = api.create_job(ALL)
    assert api.wait(job).rows == 2500
    chunks: list[Chunk] = []
    locator = ""
    while not chunks or locator:
        chunk = api.result_page(job, locator=locator, rows=1000)
        chunks.append(chunk)
        locator = chunk.next
    api.delete_job(job)

    assert [chunk.rows for chunk in chunks] == [1000, 1000, 500]
    assert {chunk.body.split(b"\n")[0] for chunk in chunks} == {b'"Id","Name"'}
    with pytest.raises(LocatorError):
        api.job(job)


def test_a_job_carries_the_query_in_its_body():
    api, requests = scripted(answered({"id": "750x"}))

    assert api.create_job(ALL, deleted=True) == "750x"
    assert orjson.loads(requests[1].body) == {
        "operation": "queryAll",
        "query": ALL,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }


def test_parts_of_a_result_can_be_listed_and_fetched_in_any_order(clock):
    door = Doorway(clock, companies=700, salesforce_bulk_page=100)
    api = open_api(door, clock)
    job = api.create_job(ALL)
    api.wait(job)
    first, more = api.result_pages(job)
    second, end = api.result_pages(job, after=more)
    bodies = [api.fetch(path) for path in reversed([*first, *second])]

    assert (len(first), len(second), end) == (5, 2, "")
    assert sum(body.count(b"\n") - 1 for body in bodies) == 700


def test_a_job_is_asked_after_more_and_more_rarely(clock):
    api, _ = scripted(*[RUNNING] * 16, DONE, clock=clock)
    job = api.wait("750x")

    assert job == ("JobComplete", 9, "")
    assert clock.sleeps[:3] == pytest.approx([0.2, 0.3, 0.45])
    assert max(clock.sleeps) == 20


def test_a_job_that_does_not_end_is_given_up(clock):
    transport = ScriptedTransport(lambda one: granted() if "oauth2" in one.url else RUNNING)
    api = open_api(transport, clock, job_timeout="10m")
    with pytest.raises(RetryableError, match="not done after 10 min") as caught:
        api.wait("750x")

    assert caught.value.final
    assert clock.monotonic() <= 600


def test_a_stop_ends_the_wait_for_a_job(clock):
    api, _ = scripted(RUNNING, clock=clock)
    api.identity()
    clock.stop()

    with pytest.raises(StoppedError):
        api.wait("750x")


def test_s40_a_session_that_dies_in_a_long_poll_is_replaced(clock):
    door = Doorway(clock, companies=20, salesforce_session_calls=2, salesforce_bulk_polls=9)
    api = open_api(door, clock)
    job = api.create_job(ALL)

    assert api.wait(job).rows == 20
    assert door.kinds().count("token") == 6  # 11 calls, 2 a session


def test_a_job_that_fails_tells_why(api):
    job = api.create_job("SELECT Id FROM Account LIMIT 5 OFFSET 2")

    with pytest.raises(FatalError, match="OFFSET is not supported in Bulk Query"):
        api.wait(job)


def test_s31_a_compound_field_is_refused_when_the_job_is_made(api):
    with pytest.raises(FatalError, match="compound data not supported"):
        api.create_job("SELECT Id, BillingAddress FROM Account")


def test_a_job_can_be_aborted_and_what_does_not_work_is_let_be(api, door):
    job = api.create_job(ALL)
    api.delete_job(job)
    api.abort(job)
    api.abort(job)

    assert api.job(job).state == "Aborted"
    assert door.kinds().count("job_abort") == 2


@pytest.mark.parametrize("told", ["", "many"])
def test_a_part_may_not_say_how_many_rows_it_has(told):
    headers = {**CSV, "sforce-numberofrecords": told}
    api, _ = scripted(Response(200, headers, b"Id\n"))

    assert api.result_page("750x", rows=10) == (b"Id\n", "", -1)


@pytest.mark.parametrize(
    "document", [{}, {"resultPages": [{}]}, {"resultPages": [], "nextRecordsUrl": 7}, {"id": ""}]
)
def test_answers_about_jobs_that_are_none_end_the_read(document):
    with pytest.raises(FatalError):
        scripted(answered(document))[0].result_pages("750x")
    with pytest.raises(FatalError):
        scripted(answered(document))[0].job("750x")
    with pytest.raises(FatalError):
        scripted(answered(document))[0].create_job(ALL)
