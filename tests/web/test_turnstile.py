from __future__ import annotations

import pytest

from crmsync.web.access import FREE, STEP
from crmsync.web.turnstile import Turnstile


@pytest.fixture
def turnstile():
    return Turnstile(free=FREE, step=STEP)


def test_a_few_are_let_through_at_once_and_the_others_in_turn(turnstile):
    assert [turnstile.turn("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 1.0, 2.0]
    assert (turnstile.wait("a", 0.0), turnstile.wait("a", 1.5)) == (2.0, 0.5)


def test_who_comes_seldom_never_waits(turnstile):
    assert [turnstile.turn("a", 1.0 * second) for second in range(20)] == [0.0] * 20


def test_sec50_a_hundred_wrong_tries_take_more_than_a_minute_and_a_half(turnstile):
    now = 0.0
    for _ in range(100):
        now += turnstile.turn("a", now)
    assert now > 90


def test_one_does_not_wait_for_another(turnstile):
    for _ in range(50):
        turnstile.turn("a", 0.0)
    assert (turnstile.wait("a", 0.0), turnstile.wait("b", 0.0)) == (47.0, 0.0)


def test_it_remembers_no_more_than_it_should(turnstile):
    for number in range(3_000):
        turnstile.turn(str(number), 0.0)
    assert len(turnstile._next) == 1_000
