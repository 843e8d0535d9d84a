"""An account's requests that leave before their answers are asked for."""

from __future__ import annotations

import pytest

from crmsync.errors import FatalError, RetryableError
from crmsync.exchanges import Exchange
from crmsync.interfaces import Traffic
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.account import STALE
from crmsync.transport.pacing import Hint, Rate
from tests.transport.door import ASK, BROKEN, OK, REFUSED, Door, answer


class Parted(ScriptedTransport):
    """Tells what becomes of requests that have left."""

    def __init__(self, script):
        super().__init__(script)
        self.told: list[str] = []

    def begin(self, request):
        self.told.append("left")

        def answer():
            self.told.append("asked")
            return self.send(request)

        return Exchange(answer, lambda: self.told.append("dropped"))


def parted(*script, **options):
    transport = Parted(script)
    door = Door(OK, transport=transport, **options)
    return door, transport.told, door.account


def test_a_request_has_left_before_its_answer_is_asked_for():
    _, told, account = parted(OK)
    exchange = account.begin(ASK)

    assert told == ["left"]
    assert exchange.answer() == OK
    assert account.traffic == Traffic(requests=1, bytes_sent=5)


def test_a_failure_is_retried_when_the_answer_is_asked_for():
    door, told, account = parted(BROKEN, OK)

    assert account.begin(ASK).answer() == OK
    assert told == ["left", "asked"] * 2
    assert door.clock.sleeps == [0.5]


def test_a_request_that_could_not_leave_is_told_with_the_answer():
    door = Door(REFUSED, OK)
    exchange = door.account.begin(ASK)

    assert door.clock.sleeps == []
    assert exchange.answer() == OK
    assert door.clock.sleeps == [0.5]


def test_a_failure_that_no_retry_mends_is_told_with_the_answer():
    exchange = Door(FatalError("never")).account.begin(ASK)

    with pytest.raises(FatalError, match="never"):
        exchange.answer()


def test_one_for_which_there_is_no_room_leaves_when_its_answer_is_asked_for():
    _, told, account = parted(OK, OK, lanes={"default": Rate(2, 10)})
    first, second = account.begin(ASK), account.begin(ASK)

    assert told == ["left"]
    assert (first.answer(), second.answer()) == (OK, OK)
    assert told == ["left", "asked", "left", "asked"]


def test_the_last_permit_is_for_who_waits_for_an_answer():
    door, told, account = parted(OK, OK, lanes={"default": Rate(1, 10)})
    ahead = account.begin(ASK)

    assert (account.call(ASK), told) == (OK, ["left", "asked"])
    assert ahead.answer() == OK
    assert door.clock.sleeps == [10.0]


def test_one_that_a_pause_is_too_long_for_is_told_with_the_answer():
    first = Door(answer(429, retry_after="2000"))
    with pytest.raises(RetryableError):
        first.call(ASK)
    exchange = Door(OK, beside=first).account.begin(ASK)

    with pytest.raises(RetryableError, match="no requests for another"):
        exchange.answer()


def test_one_that_nobody_needs_gives_its_permit_back():
    door, told, account = parted(OK, OK, lanes={"default": Rate(2, 10)})
    for _ in range(2):
        account.begin(ASK).drop()

    assert told == ["left", "dropped"] * 2
    assert account.begin(ASK).answer() == OK
    assert door.clock.sleeps == [10.0]


def test_one_that_has_not_left_may_be_dropped():
    _, told, account = parted(OK, lanes={"default": Rate(2, 10)})
    first = account.begin(ASK)
    account.begin(ASK).drop()

    assert first.answer() == OK
    assert told == ["left", "asked"]


@pytest.mark.parametrize(("lies", "sleeps"), [(STALE / 2, [0.5]), (STALE * 2, [])])
def test_one_that_was_lost_as_it_lay_is_asked_for_at_once(lies, sleeps):
    door, told, account = parted(BROKEN, OK)
    exchange = account.begin(ASK)
    door.clock.advance(lies)

    assert exchange.answer() == OK
    assert told == ["left", "asked"] * 2
    assert (door.clock.sleeps, account.traffic.retries) == (sleeps, 1)


def test_any_number_of_them_may_be_lost_as_they_lie():
    door, _, account = parted(*[BROKEN, OK] * 50)
    for _ in range(50):
        exchange = account.begin(ASK)
        door.clock.advance(STALE * 2)
        assert exchange.answer() == OK

    assert (account.traffic.requests, account.traffic.retries) == (100, 50)


def test_one_that_must_arrive_once_is_not_sent_again_when_it_was_lost_as_it_lay():
    door, told, account = parted(BROKEN)
    exchange = account.begin(ASK, once=True)
    door.clock.advance(STALE * 2)

    with pytest.raises(RetryableError, match=r"after 1 try in 0 s: it may .* twice"):
        exchange.answer()
    assert told == ["left", "asked"]


def test_what_an_answer_that_has_lain_tells_of_the_limits_is_not_believed():
    told = {"default": Hint(Rate(5, 10), remaining=0)}
    door, _, account = parted(OK, OK, lanes={"default": Rate(5, 10)}, learn=lambda _: told)
    exchange = account.begin(ASK)
    door.clock.advance(STALE * 2)
    exchange.answer()

    assert account.begin(ASK).answer() == OK
    assert door.clock.sleeps == []


def test_the_time_between_the_two_is_not_held_against_the_retries():
    door, _, account = parted(OK, answer(500), OK, retry_for=5.0)
    account.begin(ASK).answer()
    exchange = account.begin(ASK)
    door.clock.advance(100.0)

    assert exchange.answer() == OK
    assert door.clock.sleeps == [0.5]
