from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.engine.settling import LowWater


def test_cursor_waits_for_the_slowest_record_of_the_first_page():
    mark = LowWater()
    first, second = mark.begin("a", 2), mark.begin("b", 1)
    mark.settled(second)
    mark.settled(first)

    assert mark.take() is None

    mark.settled(first)

    assert mark.take() == "b"


def test_cursor_is_given_once():
    mark = LowWater()
    mark.settled(mark.begin("a", 1))

    assert [mark.take(), mark.take()] == ["a", None]


def test_empty_page_settles_at_once():
    mark = LowWater()
    mark.begin("a", 0)

    assert mark.take() == "a"


def test_page_waits_for_what_was_opened_besides_its_records():
    mark = LowWater()
    page = mark.begin("a", 1)
    mark.opened(page)
    mark.settled(page)

    assert mark.take() is None
    assert not mark.complete


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.randoms(use_true_random=False))
@pytest.mark.invariant(2)
def test_mark_never_passes_an_open_record_in_any_order(sizes, order):
    mark = LowWater()
    pages = [mark.begin(str(number), size) for number, size in enumerate(sizes)]
    open_records = [page for page, size in zip(pages, sizes, strict=True) for _ in range(size)]
    order.shuffle(open_records)
    reached = -1
    while True:
        taken = mark.take()
        reached = reached if taken is None else int(taken)
        assert not any(page <= reached for page in open_records)
        if not open_records:
            break
        mark.settled(open_records.pop())

    assert reached == len(sizes) - 1
    assert mark.complete
