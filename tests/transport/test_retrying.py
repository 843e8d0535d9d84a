"""The retry policy, as pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.errors import RetryableError
from crmsync.transport.retrying import (
    Attempts,
    Budget,
    GiveUp,
    RetryPolicy,
    come_back,
    gave_up,
    span,
)

NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
POLICY = RetryPolicy(retry_for=300, max_wait=900)
DOWN = RetryableError("503")
FIRST = Attempts()


def decide(error=DOWN, so_far=FIRST, *, chance=0.5, within_budget=True):
    return POLICY.next_delay(
        error, so_far, within_budget=within_budget, now=NOW, rng=lambda: chance
    )


@pytest.mark.parametrize(
    ("number", "ceiling"),
    [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (50, 60), (100_000, 60)],
)
def test_the_back_off_doubles_up_to_the_cap(number, ceiling):
    assert decide(so_far=Attempts(number), chance=0.999) == pytest.approx(0.999 * ceiling)
    assert decide(so_far=Attempts(number), chance=0.0) == 0.0


@given(
    st.integers(1, 10_000),
    st.floats(0, 1, exclude_max=True),
    st.none() | st.floats(0, 900),
)
def test_a_wait_is_never_below_what_was_asked_nor_above_the_cap(number, chance, asked):
    error = RetryableError("429", retry_after=asked, throttled=True)

    delay = decide(error, Attempts(number), chance=chance)

    assert isinstance(delay, float)
    assert (asked or 0) <= delay <= max(asked or 0, POLICY.cap)


GIVES_UP = {
    "F8-retry-after-above-max-wait": (
        RetryableError("429", retry_after=901),
        FIRST,
        "it asks to wait 15 min",
        "come back at 23:46 UTC",
    ),
    "F10-retry-after-of-a-year": (
        RetryableError("429", retry_after=1e300),
        FIRST,
        "it asks to wait",
        "come back at 2027-11-22",
    ),
    "F11-daily-quota": (
        RetryableError("429", final=True, retry_after=3600.0),
        FIRST,
        "waiting inside this run is useless",
        "come back at 2026-11-22 00:30 UTC",
    ),
    "daily-quota-without-a-time": (
        RetryableError("429", final=True),
        FIRST,
        "useless",
        "run again later",
    ),
    "F12-down-for-long": (DOWN, Attempts(5, 299.9), "5 min of retry_for", "run again later"),
    "F50-asked-again-and-again": (
        RetryableError("429", retry_after=600),
        Attempts(3, 1.0, 700.0),
        "again and again",
        "come back at 23:40 UTC",
    ),
}


@pytest.mark.parametrize(
    ("error", "so_far", "reason", "hint"), GIVES_UP.values(), ids=GIVES_UP.keys()
)
def test_it_gives_up_with_the_reason_and_when_to_come_back(error, so_far, reason, hint):
    decision = decide(error, so_far)

    assert isinstance(decision, GiveUp)
    assert reason in decision.reason
    assert hint in decision.hint


def test_what_was_asked_for_does_not_use_up_the_patience_for_failures():
    assert decide(RetryableError("429", retry_after=900), Attempts(1, 299.0)) == 900
    assert decide(DOWN, Attempts(2, 10.0, asked=900.0)) == 1.0


def test_retries_stay_within_the_budget():
    decision = decide(within_budget=False)

    assert isinstance(decision, GiveUp)
    assert decision.reason == "too many requests failed"


@pytest.mark.parametrize(
    ("requests", "retries", "allowed"),
    [
        (1, 0, True),
        (10, 9, True),  # the floor: 10
        (11, 10, False),
        (109, 10, True),  # 10 % of 110
        (108, 10, False),
        (10_000, 999, True),
        (10_000, 1000, False),
    ],
)
def test_the_budget_is_a_share_with_a_floor(requests, retries, allowed):
    assert Budget().allows(requests=requests, retries=retries) is allowed


@given(st.lists(st.booleans(), max_size=400))
@pytest.mark.invariant(13)
def test_whatever_fails_retries_never_pass_the_budget(failures):
    requests = retries = 0
    for failed in failures:
        requests += 1
        if failed and Budget().allows(requests=requests, retries=retries):
            requests, retries = requests + 1, retries + 1

        assert retries <= max(10, 0.1 * requests)


def test_giving_up_tells_how_often_and_how_long_it_was_tried():
    last = RetryableError("api.example: 503", retry_after=2.0, throttled=True)

    error = gave_up(last, GiveUp("enough"), tries=5, elapsed=31.4, maybe_delivered=True)

    assert error.message == "api.example: 503; gave up after 5 tries in 31 s: enough"
    assert error.hint == "run again later; what is pending goes on from here"
    assert (error.retry_after, error.throttled, error.maybe_delivered) == (2.0, True, True)


def test_the_vendors_own_hint_is_kept():
    error = gave_up(
        RetryableError("429", hint="raise the plan"),
        GiveUp("enough"),
        tries=1,
        elapsed=0.04,
        maybe_delivered=False,
    )

    assert error.hint == "raise the plan"
    assert "1 try in 0 s" in error.message


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.42, "0.4 s"), (2.0, "2 s"), (31.4, "31 s"), (60, "1 min"), (90, "90 s"), (900, "15 min"),
     (3600, "1 h"), (9000, "2.5 h")],
)  # fmt: skip
def test_a_span_is_told_in_the_unit_that_fits(seconds, text):
    assert span(seconds) == text


def test_coming_back_on_another_day_names_the_day():
    assert "2026-11-22 01:30 UTC" in come_back(7200, NOW)
