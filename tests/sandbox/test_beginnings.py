from __future__ import annotations

from typing import NamedTuple

import pytest

from crmsync.sandbox.beginnings import made_once


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
