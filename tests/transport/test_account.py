"""One account's doorway, over a scripted transport and a fake clock."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from crmsync.errors import (
    BatchRejectedError,
    CredentialsError,
    FatalError,
    RetryableError,
    StoppedError,
)
from crmsync.interfaces import Response, Traffic
from crmsync.transport.pacing import ALL, Hint, Rate
from crmsync.transport.strict import loads
from tests.transport.door import ASK, BROKEN, OK, REFUSED, Door, answer


def test_an_answer_is_given_back_and_counted():
    door = Door(OK)

    assert door.call(ASK) == OK
    assert door.account.traffic == Traffic(requests=1, bytes_sent=5)


@pytest.mark.parametrize("failure", [BROKEN, REFUSED, answer(500), answer(503), answer(429)])
def test_a_passing_failure_is_retried_with_the_same_bytes(failure):
    door = Door(failure, failure, OK)

    assert door.call(ASK) == OK
    assert door.transport.requests == [ASK] * 3
    assert door.clock.sleeps == [0.5, 1.0]  # half of 1 and of 2
    assert door.account.traffic.retries == 2
    assert door.account.traffic.requests == 3


def test_a_pause_that_one_was_asked_for_holds_for_whoever_opens_the_account_next():
    first = Door(answer(429, retry_after="2000"))
    with pytest.raises(RetryableError):
        first.call(ASK)
    second = Door(OK, beside=first)

    with pytest.raises(RetryableError, match="no requests for another") as caught:
        second.call(ASK)
    assert caught.value.hint.startswith("come back at")
    assert second.transport.requests == []


def test_all_who_open_an_account_use_up_one_limit():
    limits = {ALL: None, "default": Rate(2, 10)}
    first = Door(OK, OK, lanes=limits)
    second = Door(OK, lanes=limits, beside=first)
    first.call(ASK)
    first.call(ASK)

    second.call(ASK)

    assert first.clock.sleeps == [10.0]


def test_what_a_retry_after_asks_is_waited_for():
    door = Door(answer(429, retry_after="7"), answer(503, retry_after="30"), OK)

    door.call(ASK)

    assert door.clock.sleeps == [7.0, 30.0]
    assert door.account.traffic.rate_limited == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(302, FatalError), (400, FatalError), (401, CredentialsError)]
)
def test_what_no_retry_mends_is_raised_at_once(status, kind):
    door = Door(answer(status))

    with pytest.raises(kind):
        door.call(ASK)
    assert door.account.traffic == Traffic(requests=1, bytes_sent=5)


def test_a_200_that_is_no_answer_is_asked_for_again():
    page = Response(200, {"content-type": "text/html"}, b"<html><title>Log in</title>")
    door = Door(page, OK)
    documents = []

    door.call(ASK, accept=lambda response: documents.append(loads(response.body)))

    assert documents == [{}]
    assert door.account.traffic.retries == 1


def test_giving_up_says_after_how_many_tries_and_how_long():
    door = Door(lambda _: BROKEN, retry_for=5.0)

    with pytest.raises(RetryableError, match=r"cut; gave up after 4 tries in 3\.5 s: the 5 s") as e:
        door.call(ASK)
    assert e.value.hint == "run again later; what is pending goes on from here"
    assert e.value.__cause__ is BROKEN


def test_one_try_that_may_have_arrived_is_enough_to_be_unsure():
    door = Door(BROKEN, *[REFUSED] * 9, retry_for=5.0)

    with pytest.raises(RetryableError) as caught:
        door.call(ASK)
    assert caught.value.maybe_delivered


@pytest.mark.parametrize(("first", "maybe"), [(BROKEN, True), (REFUSED, False)])
def test_a_refusal_tells_whether_an_earlier_try_may_have_arrived(first, maybe):
    def refuse(_request, response):
        return BatchRejectedError("400", reason="no") if response.status == 400 else None

    door = Door(first, answer(400), classify=refuse)

    with pytest.raises(BatchRejectedError) as caught:
        door.call(ASK)
    assert caught.value.maybe_delivered is maybe


def test_no_try_that_may_have_arrived_is_sure():
    door = Door(lambda _: REFUSED, retry_for=5.0)

    with pytest.raises(RetryableError) as caught:
        door.call(ASK)
    assert not caught.value.maybe_delivered


@pytest.mark.fault(54, 55, 57)
@pytest.mark.parametrize(
    "failure", [BROKEN, answer(500), answer(504), answer(503, retry_after="7")]
)
def test_what_is_sent_once_is_not_sent_again_after_it_may_have_arrived(failure):
    door = Door(failure, OK)

    with pytest.raises(RetryableError, match="gave up after 1 try in 0 s: it may have") as caught:
        door.call(ASK, once=True)
    assert caught.value.maybe_delivered
    assert caught.value.hint == "it is looked for at the platform before anything is sent again"
    assert door.transport.requests == [ASK]
    assert door.account.traffic.retries == 0


@pytest.mark.parametrize("failure", [REFUSED, answer(429), answer(429, retry_after="7")])
def test_what_is_sent_once_is_sent_again_where_it_surely_did_not_arrive(failure):
    door = Door(failure, failure, OK)

    assert door.call(ASK, once=True) == OK
    assert door.transport.requests == [ASK] * 3


def test_what_is_sent_once_and_answered_with_no_answer_may_have_arrived():
    door = Door(Response(200, {"content-type": "text/html"}, b"<html>"), OK)
    documents = []

    with pytest.raises(RetryableError) as caught:
        door.call(ASK, once=True, accept=lambda answer: documents.append(loads(answer.body)))
    assert caught.value.maybe_delivered
    assert len(door.transport.requests) == 1


def test_a_wait_that_an_unsure_answer_asks_for_pauses_the_account_all_the_same():
    door = Door(answer(503, retry_after="30"), OK)

    with pytest.raises(RetryableError):
        door.call(ASK, once=True)
    door.call(ASK)
    assert door.clock.monotonic() >= 30


def test_the_time_that_sending_takes_counts():
    def slow(_):
        door.clock.advance(30.0)
        return BROKEN

    door = Door(slow, retry_for=60.0)

    with pytest.raises(RetryableError, match="after 2 tries"):
        door.call(ASK)


def test_a_retry_after_beyond_max_wait_ends_it_for_every_call():
    door = Door(answer(429, retry_after="86400"), OK)

    for _ in range(3):
        with pytest.raises(RetryableError) as caught:
            door.call(ASK)
        assert caught.value.hint == (
            "come back at 2026-11-22 12:00 UTC; what is pending goes on from there"
        )
    assert len(door.transport.requests) == 1
    assert door.clock.sleeps == []


def test_retries_end_with_the_budget():
    door = Door(lambda _: REFUSED, retry_for=1e9)

    with pytest.raises(RetryableError, match="too many requests failed"):
        door.call(ASK)
    assert door.account.traffic == Traffic(requests=11, retries=10, bytes_sent=55)


@pytest.mark.fault(50)
@pytest.mark.invariant(13, 14)
def test_a_429_storm_stays_within_the_budget_and_every_pause():
    asked = []

    def storm(_):
        asked.append(door.clock.monotonic())
        return answer(429, retry_after="2") if len(asked) % 3 == 0 else OK

    door = Door(storm)
    with pytest.raises(RetryableError, match="too many requests failed"):
        [door.call(ASK) for _ in range(1000)]

    traffic = door.account.traffic
    assert traffic.retries <= max(10, traffic.requests / 10)
    assert all(later - asked[i] >= 2 for i, later in enumerate(asked[1:]) if (i + 1) % 3 == 0)


@pytest.mark.fault(8)
@pytest.mark.invariant(14)
def test_one_429_pauses_every_worker():
    sent = []

    def throttled_once(_):
        sent.append(door.clock.monotonic())
        return answer(429, retry_after="60") if len(sent) == 1 else OK

    door = Door(throttled_once)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: door.call(ASK).status, range(20))) == [200] * 20

    late = [at for at in sent if at >= 60]
    in_flight = 3  # what the other workers had sent before the 429 was read
    assert len(late) >= 20 - in_flight
    assert door.account.traffic.rate_limited == 1


def test_lanes_are_paced_and_limits_learned():
    door = Door(
        lambda _: answer(200, x_max="2"),
        lanes={"default": Rate(100, 10), "search": Rate(1, 1), ALL: Rate(50, 10)},
        learn=lambda headers: {"default": Hint(Rate(int(headers["x-max"]), 10))},
    )

    for _ in range(3):
        door.call(ASK)
    assert door.clock.sleeps == [10.0]

    door.call(ASK, lane="search")
    door.call(ASK, lane="search")
    assert door.clock.sleeps == [10.0, 1.0]


def test_a_stop_ends_the_waiting_between_tries():
    door = Door(BROKEN, OK)
    door.clock.stop()

    with pytest.raises(StoppedError):
        door.call(ASK)
    assert len(door.transport.requests) == 1


def twice(door, *, once):
    """Send two requests, one after the other."""
    for _ in range(2):
        door.call(ASK, once=once)


@pytest.mark.parametrize(
    ("first", "once", "maybe"),
    [(REFUSED, False, False), (REFUSED, True, False), (BROKEN, False, True), (OK, False, False)],
    ids=["no-connection", "no-connection-once", "lost-answer", "turn-after-an-answer"],
)
def test_a_stop_while_waiting_tells_whether_an_earlier_try_may_have_arrived(first, once, maybe):
    door = Door(first, OK, lanes={ALL: Rate(1, 10)})
    door.clock.stop()

    with pytest.raises(StoppedError) as caught:
        twice(door, once=once)

    assert len(door.transport.requests) == 1
    assert caught.value.maybe_delivered is maybe


def test_a_stop_in_the_midst_of_a_request_leaves_open_whether_it_arrived():
    door = Door(StoppedError("asked to stop", maybe_delivered=False))

    with pytest.raises(StoppedError) as caught:
        door.call(ASK, once=True)

    assert caught.value.maybe_delivered


def test_each_retry_and_pause_is_logged_as_values(caplog):
    with caplog.at_level(logging.INFO, "crmsync"):
        Door(BROKEN, answer(429, retry_after="7"), OK).call(ASK)

    retried, paused, again = [
        record for record in caplog.records if record.getMessage().startswith(("request", "acc"))
    ]
    assert (retried.message, paused.message, again.message) == (
        "request_retried",
        "account_paused",
        "request_retried",
    )
    assert retried.__dict__["values"] == {
        "account": "hubspot", "tries": 1, "delay": 0.5, "reason": "cut"
    }  # fmt: skip
    assert paused.__dict__["values"] == {"account": "hubspot", "seconds": 7.0}


def test_closing_the_account_closes_its_transport():
    door = Door(OK)

    door.account.close()

    assert door.transport.closed


def test_a_broken_transport_gives_its_permit_back():
    def broken(_):
        raise OSError("not ours")

    door = Door(broken, lanes={"default": Rate(1, 10)})
    for _ in range(2):
        with pytest.raises(OSError, match="not ours"):
            door.call(ASK)

    assert door.clock.sleeps == [10.0]
