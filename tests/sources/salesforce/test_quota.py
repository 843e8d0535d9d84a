from __future__ import annotations

import pytest

from crmsync.errors import RetryableError
from crmsync.sources.salesforce.quota import Quota
from crmsync.testing.clocks import FakeClock
from tests.sources.salesforce.doorway import Doorway, open_api

COUNT = "SELECT COUNT() FROM Account"


def after(told, reserve):
    quota = Quota("crm", reserve)
    quota.note({"sforce-limit-info": told})
    return quota


@pytest.mark.parametrize(
    ("told", "reserve"),
    [
        ("api-usage=94999/100000", 0.05),  # 100,000 - 5 % = 95,000
        ("api-usage=99949/100000", 50),
        ("api-usage=99999/100000", 0),
        ("per-app-api-usage=17/20(appName=x)", 0.5),
        ("api-usage=many/few", 0.05),
        ("", 0.05),
    ],
)
def test_a_request_may_leave_while_others_have_their_share(told, reserve):
    after(told, reserve).check()


@pytest.mark.parametrize(
    ("told", "reserve"),
    [
        ("api-usage=95000/100000", 0.05),
        ("api-usage=99950/100000", 50),
        ("api-usage=100000/100000", 0),
        ("api-usage=19/20; per-app-api-usage=1/20(appName=x)", 1),
    ],
)
def test_what_is_reserved_is_left_to_others(told, reserve):
    with pytest.raises(RetryableError) as caught:
        after(told, reserve).check()

    assert caught.value.final
    assert "daily_reserve" in caught.value.message
    assert "rolling window" in caught.value.hint


def test_the_numbers_are_named():
    with pytest.raises(RetryableError) as caught:
        after("api-usage=96000/100000", 0.05).check()

    assert "96,000 of the org's 100,000 API requests" in caught.value.message
    assert "5,000 are left" in caught.value.message


def test_the_last_answer_that_told_counts():
    quota = after("api-usage=95000/100000", 0.05)
    quota.note({"sforce-limit-info": "api-usage=10/100000"})
    quota.note({})

    quota.check()


def test_a_run_stops_by_itself_before_the_day_is_spent():
    door = Doorway(FakeClock(), salesforce_daily_limit=20)
    api = open_api(door, daily_reserve=5)
    for _ in range(15):
        api.count(COUNT)
    with pytest.raises(RetryableError, match="15 of the org's 20 API requests"):
        api.count(COUNT)

    assert door.kinds().count("query") == 15


def test_a_day_that_others_spent_ends_the_run_after_one_try():
    door = Doorway(FakeClock(), salesforce_daily_limit=4)
    api = open_api(door, daily_reserve=0)
    for _ in range(4):
        api.count(COUNT)
    api._calls._quota.note({"sforce-limit-info": "api-usage=0/20"})
    with pytest.raises(RetryableError) as caught:
        api.count(COUNT)

    assert caught.value.final
    assert door.kinds().count("query") == 5
