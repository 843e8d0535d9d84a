from __future__ import annotations

from typing import NamedTuple

import pytest

from crmsync.sandbox.beginnings import kept, made_once


class Numbers(NamedTuple):
    ids: list[int]


@pytest.fixture
def made():
    """How often numbers were made."""
    return []


@pytest.fixture
def numbers(made):
    @made_once(Numbers)
    def numbers(count: int) -> Numbers:
        made.append(count)
        return Numbers(list(range(count)))

    return numbers


def test_what_is_begun_with_again_is_made_once(numbers, made):
    assert [numbers(3), numbers(3), numbers(4)] == [([0, 1, 2],), ([0, 1, 2],), ([0, 1, 2, 3],)]
    assert made == [3, 4]


def test_what_one_changes_is_not_changed_for_others(numbers):
    first, second = numbers(2), numbers(2)
    first.ids.append(7)
    assert (second.ids, numbers(2).ids) == ([0, 1], [0, 1])


def test_of_large_accounts_nothing_is_kept(numbers, made):
    assert numbers(30_000) == numbers(30_000)
    assert made == [30_000, 30_000]


@pytest.fixture
def square(made):
    def square(number: int) -> dict[str, int]:
        made.append(number)
        return {"square": number * number}

    return square


def test_a_record_is_made_once_for_all_who_begin_alike(square, made):
    first, second = kept(square, "alike", 9), kept(square, "alike", 9)
    assert [first(2), second(2), second(3)] == [{"square": 4}, {"square": 4}, {"square": 9}]
    assert made == [2, 3]


def test_whoever_begins_otherwise_has_records_of_his_own(square, made):
    kept(square, "one seed", 9)(2)
    kept(square, "another seed", 9)(2)
    assert made == [2, 2]


def test_a_record_that_one_changes_is_not_changed_for_others(square):
    make = kept(square, "changed", 9)
    make(2)["square"] = 5
    assert make(2) == {"square": 4}


def test_the_records_of_a_large_object_are_made_again(square, made):
    make = kept(square, "large", 30_000)
    assert make(2) == make(2)
    assert made == [2, 2]
