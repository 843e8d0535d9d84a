from __future__ import annotations

import pytest

from crmsync.showing.counts import books, divided


def test_a_bar_is_divided_whole_and_the_smallest_part_is_seen():
    parts = divided({"a": 1, "none": 0, "b": 999_999})
    assert [(part.name, part.records) for part in parts] == [("a", 1), ("b", 999_999)]
    assert parts[0].width >= 0.69
    assert parts[1].start == parts[0].width
    assert sum(part.width for part in parts) == pytest.approx(100, abs=0.01)


def test_of_nothing_there_is_no_part():
    assert divided({"a": 0}) == ()


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (None, "1,200 read; the CRM gives no count of its own"),
        (1_200, "1,200 read, as many as the CRM counts"),
        (1_300, "1,200 read, the CRM counts 1,300"),
    ],
)
def test_the_books_are_told_in_words(total, words):
    assert books({"source_total": total, "read": 1_200}) == words
