from __future__ import annotations

import pytest

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive.budget import Budget
from tests.sandbox.company import TOKEN, Company


@pytest.fixture
def company(serving):
    return Company(serving(deals=400))


def numbers(answer):
    names = ("limit", "remaining", "reset")
    burst = tuple(int(answer.headers[f"x-ratelimit-{name}"]) for name in names)
    daily = tuple(
        int(answer.headers[f"x-daily-ratelimit-token-{name}"]) for name in ("limit", "remaining")
    )
    return burst, daily


@pytest.mark.parametrize(
    ("path", "tokens"),
    [
        ("/api/v2/deals", 10),
        ("/api/v2/organizations", 10),
        ("/api/v2/persons", 10),
        ("/api/v2/deals/archived", 20),
        ("/api/v2/persons/1", 1),
        ("/api/v2/dealFields", 10),
        ("/api/v2/pipelines", 5),
        ("/api/v2/stages", 5),
        ("/api/v1/users", 20),
        ("/api/v1/users/me", 2),
        ("/api/v1/deals", 0),
    ],
)
def test_every_request_costs_its_tokens(company, path, tokens):
    company.ask(path, TOKEN)
    assert company.control("/tokens")["spent"] == tokens


def test_tokens_are_told_by_kind(company):
    company.every("/deals", limit=100)
    company.get("/stages")
    told = company.control("/tokens")
    assert told == {"spent": 45, "by_kind": {"deals": 40, "stages": 5}, "today": 45}


def test_unknown_callers_spend_nothing(serving):
    company = Company(serving(pipedrive_api_token="right"))
    assert company.get("/deals").status_code == 401
    assert company.control("/tokens")["spent"] == 0


def test_headers_count_down(serving):
    company = Company(serving(pipedrive_burst=20, pipedrive_daily_tokens=1000))
    first, second = (numbers(company.get("/deals")) for _ in range(2))
    assert first == ((20, 19, 2), (1000, 990))
    assert second == ((20, 18, 2), (1000, 980))


def test_a_burst_is_429_in_json_and_costs_nothing(serving):
    company = Company(serving(pipedrive_burst=3, pipedrive_daily_tokens=1000))
    answers = [company.get("/persons/1") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["errorCode"] == 429
    assert numbers(answers[-1]) == ((3, 0, 2), (1000, 997))
    assert "retry-after" not in answers[-1].headers


def test_the_days_tokens_may_be_told_by_no_header(serving):
    company = Company(serving(pipedrive_daily_tokens=10, pipedrive_daily_headers=False))
    answers = [company.get("/persons") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "x-daily-ratelimit-token-remaining" not in answers[1].headers
    assert int(answers[1].headers["x-ratelimit-remaining"]) > 0


def test_the_window_rolls_and_is_each_tokens_own():
    budget = Budget(SandboxOptions(pipedrive_burst=2))
    let_in = [budget.refuse("a", "deal", at) is None for at in (0.0, 1.5, 1.9, 2.0, 2.1, 3.5)]
    assert let_in == [True, True, False, True, False, True]
    assert budget.refuse("b", "deal", 2.1) is None


def test_a_spent_day_is_429_until_the_next_one(serving):
    company = Company(serving(pipedrive_daily_tokens=25))
    answers = [company.get("/deals") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert numbers(answers[-1])[1] == (25, 0)
    assert numbers(answers[-1])[0][1] > 0
    company.control("/new_day", {})
    assert company.get("/deals").status_code == 200
    assert company.control("/tokens") == {"spent": 40, "by_kind": {"deals": 40}, "today": 10}


def test_going_on_through_429_is_blocked_by_the_edge_in_html(serving):
    company = Company(serving(pipedrive_burst=1, pipedrive_block_after=2))
    answers = [company.get("/persons/1") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 403, 403]
    assert answers[-1].headers["content-type"].startswith("text/html")
    company.control("/new_day", {})
    assert company.get("/persons/1").status_code == 200


def test_a_pause_between_429s_is_forgiven():
    budget = Budget(SandboxOptions(pipedrive_burst=1, pipedrive_block_after=2))
    answers = [budget.refuse("a", "deal", at) for at in (0.0, 0.1, 2.0, 2.1, 4.0, 4.1)]
    assert [answer.status if answer else 200 for answer in answers] == [200, 429] * 3


def test_the_injected_429_has_the_vendors_body(company):
    company.http.post("/_sandbox/faults", json={"pipedrive": "429=1"})
    answer = company.get("/deals")
    assert (answer.status_code, answer.json()["success"]) == (429, False)
