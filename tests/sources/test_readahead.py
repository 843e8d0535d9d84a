from __future__ import annotations

import threading
from contextlib import closing
from itertools import count, islice

import pytest

from crmsync.sources.readahead import AHEAD, Ahead, ClosedError, Relay


def test_items_come_in_order():
    with closing(Ahead(iter(range(100)))) as items:
        assert list(items) == list(range(100))


def test_it_begins_before_anything_is_taken():
    begun = threading.Event()

    def items():
        begun.set()
        yield 1

    with closing(Ahead(items())):
        assert begun.wait(60)


def test_it_is_never_further_ahead_than_agreed():
    got, waiting = [], threading.Semaphore(0)

    def items():
        for number in range(10):
            got.append(number)
            waiting.release()
            yield number

    with closing(Ahead(items())) as taken:
        for number in range(5):
            assert next(taken) == number
            assert len(got) <= number + 1 + AHEAD
        assert waiting.acquire(timeout=60)


def test_an_error_comes_after_the_items_before_it_and_stays():
    def items():
        yield 1
        raise KeyError("broken")

    with closing(Ahead(items())) as taken:
        assert next(taken) == 1
        for _ in range(2):
            with pytest.raises(KeyError, match="broken"):
                next(taken)


def test_an_end_stays_an_end():
    with closing(Ahead(iter([1]))) as taken:
        assert list(taken) == [1]
        assert list(taken) == []


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_closing_leaves_no_thread(taken):
    before = set(threading.enumerate())
    items = Ahead(iter(range(10)))
    for _ in range(taken):
        next(items)
    items.close()
    items.close()

    assert set(threading.enumerate()) <= before  # of others some may have ended


def test_it_runs_as_far_ahead_as_it_was_told():
    got = threading.Semaphore(0)

    def items():
        for number in range(10):
            got.release()
            yield number

    with closing(Ahead(items(), room=5)):
        assert all(got.acquire(timeout=60) for _ in range(5))


def test_one_that_was_closed_before_its_end_does_not_end_like_a_whole_one():
    items = Ahead(iter(range(10)))
    items.close()

    with pytest.raises(ClosedError):
        list(items)


def test_a_relay_that_is_closed_leaves_no_thread_waiting_for_another():
    before = set(threading.enumerate())
    with closing(Relay()) as relay:
        numbers = relay.ahead(count())
        relay.ahead(iter(lambda: list(islice(numbers, 10**9)), None))

    assert set(threading.enumerate()) <= before  # of others some may have ended


def test_a_relay_that_is_closed_stops_what_a_step_of_it_began():
    got = []
    begun, closing_now = threading.Event(), threading.Event()
    relay = Relay()

    def late():
        for number in range(100_000):
            got.append(number)
            yield number
            begun.set()
            assert closing_now.wait(60)

    relay.ahead(iter(lambda: list(relay.ahead(late())), None))
    assert begun.wait(60)
    closing_now.set()
    relay.close()

    assert len(got) < 100_000
