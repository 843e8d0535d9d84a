from __future__ import annotations

import time
from collections import Counter
from email.utils import parsedate_to_datetime

import httpx
import pytest

from crmsync.sandbox.faults import KINDS, Dice, Fault, Faults, parse_plan

COMPANIES = "/crm/objects/2026-09/companies"


@pytest.fixture
def faulty(client):
    """Gives the client after setting a plan for both systems."""

    def plan(text):
        client.control("/faults", {"hubspot": text, "akooda": text})
        return client

    return plan


@pytest.mark.parametrize("status", [401, 429, 500, 502, 503, 504])
def test_statuses_come_instead_of_handling(faulty, status):
    client = faulty(f"{status}=1")
    assert client.get(COMPANIES).status_code == status
    assert client.push({"domain": "acme.com"}).status_code == status
    assert client.control("/akooda/organizations") == {}


@pytest.mark.parametrize(("text", "header"), [("7", "7"), ("none", None)])
def test_retry_after_is_as_planned(faulty, text, header):
    client = faulty(f"429=1,retry_after={text}")
    assert client.get(COMPANIES).headers.get("retry-after") == header
    assert client.push().headers.get("retry-after") == header


def test_retry_after_can_be_a_date_ahead_of_the_answers_own(faulty):
    headers = faulty("429=1,retry_after=date").get(COMPANIES).headers
    after, now = (parsedate_to_datetime(headers[name]) for name in ("retry-after", "date"))
    assert 0 <= (after - now).total_seconds() <= 2


def test_a_reset_comes_before_anything_is_done(faulty):
    client = faulty("reset=1")
    with pytest.raises(httpx.ReadError):
        client.get(COMPANIES)
    with pytest.raises(httpx.ReadError):
        client.push({"domain": "acme.com"})
    assert client.control("/akooda/organizations") == {}


@pytest.mark.parametrize("plan", ["lost=1", "hang=1,hang_s=0.05"])
def test_a_lost_answer_was_committed(faulty, plan):
    client = faulty(plan)
    with pytest.raises(httpx.ReadError):
        client.push({"domain": "acme.com"})
    assert list(client.control("/akooda/organizations")) == ["acme.com"]


def test_a_hanging_request_ends_when_its_client_leaves(faulty):
    client = faulty("hang=1,hang_s=60")
    with pytest.raises(httpx.ReadTimeout):
        client.http.get(f"/hubspot{COMPANIES}", timeout=httpx.Timeout(30, read=0.1))
    deadline = time.monotonic() + 30
    while not (struck := client.control("/requests")["faults"]):  # it may come late to the server
        assert time.monotonic() < deadline
    assert struck == {"hubspot.hang": 1}


def test_a_reset_in_the_middle_leaves_half_a_body(faulty):
    with (
        faulty("midreset=1").http.stream("GET", f"/hubspot{COMPANIES}?limit=100") as answer,
        pytest.raises(httpx.ReadError),
    ):
        answer.read()
    assert answer.status_code == 200


def test_a_short_body_ends_before_its_declared_length(faulty):
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        faulty("short=1").get(COMPANIES)


def test_cut_json_has_the_length_it_declares(faulty):
    answer = faulty("cut=1").http.get(f"/hubspot{COMPANIES}", headers={"accept-encoding": ""})
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_a_web_page_can_come_with_200(faulty):
    answer = faulty("html=1").push({"domain": "acme.com"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_slow_answer_is_whole(faulty):
    client = faulty("slow=1,slow_s=0.2")
    began = time.monotonic()
    assert len(client.get(COMPANIES).json()["results"]) == 10
    assert time.monotonic() - began >= 0.2


def test_the_token_can_expire_on_the_way(faulty):
    client = faulty("expire_after=2")
    assert [client.get(COMPANIES).status_code for _ in range(4)] == [200, 200, 401, 401]


def test_an_empty_plan_ends_the_faults_of_systems_not_named(faulty):
    client = faulty("500=1")
    client.control("/faults", {"hubspot": ""})
    assert client.get(COMPANIES).status_code == 200
    assert client.push().status_code == 204


def test_requests_are_counted_by_system_and_kind(faulty):
    client = faulty("429=1,skip=2")
    client.get(COMPANIES)
    client.post(f"{COMPANIES}/search", {})
    client.get("/crm/owners/2026-09")
    client.push({"domain": "acme.com"})
    counts = client.control("/requests")
    assert counts["total"] == 4
    assert counts["requests"] == {
        "hubspot.list": 1, "hubspot.search": 1, "hubspot.owners": 1, "akooda.post": 1,
    }  # fmt: skip
    assert counts["rate_limited"] == {"hubspot": 1}
    assert counts["bytes_in"]["akooda"] == len('[{"domain":"acme.com"}]')
    client.control("/requests/reset", {})
    assert client.control("/requests")["total"] == 0


def test_what_a_fault_struck_is_told_with_the_start_of_its_body(faulty):
    client = faulty("500=1")
    client.push({"domain": "acme.com"})
    assert client.control("/requests/struck")["struck"] == [
        {"request": "akooda.post", "fault": "500", "body": '[{"domain":"acme.com"}]'}
    ]
    client.control("/requests/reset", {})
    assert client.control("/requests/struck")["struck"] == []


def test_latency_is_waited_side_by_side(serving):
    client = serving(latency_ms=100.0, jitter_ms=10.0)
    began = time.monotonic()
    client.get(COMPANIES)
    assert time.monotonic() - began >= 0.1


@pytest.mark.invariant(17)
def test_the_same_seed_strikes_the_same_requests():
    def strikes(seed):
        dice = Dice(Faults.parse(f"429=0.1,reset=0.1,seed={seed}"))
        return [dice.throw() for _ in range(200)]

    assert strikes(1) == strikes(1)
    assert strikes(1) != strikes(2)


def test_rates_are_kept_about():
    dice = Dice(Faults.parse("429=0.1,lost=0.05,retry_after=mixed"))
    struck = [fault for _ in range(10_000) if (fault := dice.throw())]
    counts = Counter(fault.kind for fault in struck)
    assert 900 < counts["429"] < 1100
    assert 400 < counts["lost"] < 600
    assert {fault.retry_after for fault in struck} == {"1", "date", "none"}


def test_nothing_happens_to_the_skipped():
    dice = Dice(Faults.parse("500=1,skip=3"))
    assert [dice.throw() for _ in range(4)] == [None, None, None, Fault("500", "1", 0.5)]


def test_every_kind_can_be_planned():
    text = ",".join(f"{kind}=0.01" for kind in KINDS)
    assert set(Faults.parse(text).rates) == set(KINDS)
    assert Faults.parse("") == Faults()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("429", "has no value"),
        ("bogus=1", "unknown fault 'bogus'; there are 401, 429"),
        ("429=2", "from 0 to 1"),
        ("429=often", "from 0 to 1"),
        ("429=nan", "from 0 to 1"),
        ("429=0.6,500=0.6", "more than 1"),
        ("retry_after=soon", "whole seconds, date, none or mixed"),
        ("seed=x", "must be a number"),
    ],
)
def test_faulty_plans_are_explained(text, message):
    with pytest.raises(ValueError, match=message):
        Faults.parse(text)


def test_a_plan_names_the_system_at_fault(client):
    with pytest.raises(ValueError, match=r"^akooda: unknown fault"):
        parse_plan({"akooda": "x=1"})
    answer = client.http.post("/_sandbox/faults", json={"sap": "429=1"})
    assert answer.status_code == 400
    assert "the systems are hubspot, pipedrive" in answer.json()["message"]
