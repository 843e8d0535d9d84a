from __future__ import annotations

import threading
from contextlib import closing

import pytest

from crmsync.sources.readahead import AHEAD, Ahead


def test_items_come_in_order():
    with closing(Ahead(iter(range(100)))) as items:
        assert list(items) == list(range(100))


def test_it_begins_before_anything_is_taken():
    begun = threading.Event()

    def items():
        begun.set()
        yield 1

    with closing(Ahead(items())):
        assert begun.wait(5)


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
        assert waiting.acquire(timeout=5)


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
    before = threading.active_count()
    items = Ahead(iter(range(10)))
    for _ in range(taken):
        next(items)
    items.close()
    items.close()

    assert threading.active_count() == before
