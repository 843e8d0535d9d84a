from __future__ import annotations

import pytest

from crmsync.sources.pipedrive.budget import Budget, cost_of, left_today, number
from crmsync.sources.pipedrive.endpoints import ARCHIVED_DEALS, DEALS, ME

LEFT = "x-daily-ratelimit-token-remaining"


def test_what_is_spent_is_counted_by_the_price_list():
    budget = Budget(0)
    for endpoint in (ME, DEALS, DEALS, ARCHIVED_DEALS):
        budget.note(endpoint, {})

    assert budget.spent == 2 + 10 + 10 + 20
    assert budget.left is None


@pytest.mark.parametrize(
    ("left", "reserve", "allowed"),
    [("10", 0, True), ("9", 0, False), ("110", 100, True), ("109", 100, False), ("0", 0, False)],
)
def test_a_request_is_allowed_while_its_price_is_left(left, reserve, allowed):
    budget = Budget(reserve)
    assert budget.allows(DEALS)
    budget.note(ME, {LEFT: left})

    assert budget.allows(DEALS) is allowed


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({}, None), ({LEFT: "7"}, 7), ({LEFT: "many"}, None),
        ({"x-daily-requests-left": "0"}, 0), ({"x-daily-requests-left": "5000"}, None),
        ({LEFT: "7", "x-daily-requests-left": "0"}, 7),
    ],
)  # fmt: skip
def test_headers_tell_what_is_left(headers, left):
    assert left_today(headers) == left


@pytest.mark.parametrize(
    ("url", "cost"),
    [
        ("https://x/api/v2/deals?limit=500", 10), ("https://x/pipedrive/api/v2/deals/archived", 20),
        ("https://x/api/v1/users/me", 2), ("https://x/api/v1/users", 20), ("https://x/other", 0),
    ],
)  # fmt: skip
def test_an_address_has_its_price(url, cost):
    assert cost_of(url) == cost


@pytest.mark.parametrize(("text", "found"), [("7", 7), ("", None), (None, None), ("9" * 20, None)])
def test_a_header_that_is_no_number_tells_nothing(text, found):
    assert number(text) == found
