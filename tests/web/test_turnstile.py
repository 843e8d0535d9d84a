from __future__ import annotations

from crmsync.web.turnstile import LONGEST, Turnstile


def test_a_person_who_mistypes_is_not_held_up():
    turnstile = Turnstile()
    assert [turnstile.wrong("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert turnstile.wait("a", 0.0) == 0.0


def test_sec50_a_hundred_wrong_tries_take_more_than_a_minute_and_a_half():
    turnstile, now, tries = Turnstile(), 0.0, 0
    while tries < 100:
        now += turnstile.wait("a", now)
        now += turnstile.wrong("a", now)
        tries += 1
    assert now > 90


def test_many_at_once_are_not_looked_at_any_more():
    turnstile = Turnstile()
    for _ in range(50):
        turnstile.wrong("a", 0.0)
    assert turnstile.wait("a", 0.0) == 47 - LONGEST
    assert turnstile.wait("b", 0.0) == 0.0


def test_it_remembers_no_more_addresses_than_it_should():
    turnstile = Turnstile()
    for number in range(3_000):
        turnstile.wrong(str(number), 0.0)
    assert len(turnstile._next) == 1_000
