from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.sources.gathering import Gathering


class Crm:
    """Gives each id's value, but for ids that begin with x; counts what it is asked."""

    def __init__(self):
        self.batches = []

    def fetch(self, ids):
        self.batches.append(list(ids))
        return {one: f"value of {one}" for one in ids if not one.startswith("x")}


def gather(crm, items, **options):
    settings = {"size": 100, **options}
    return list(Gathering(needs=lambda item: item, fetch=crm.fetch, **settings).gather(items))


def test_batches_are_full_but_for_the_last():
    crm = Crm()
    gather(crm, [[str(number), str(number + 1)] for number in range(250)])

    assert [len(batch) for batch in crm.batches] == [100, 100, 51]


def test_an_id_is_fetched_once_also_one_that_is_not_there():
    crm = Crm()
    results = gather(crm, [["a", "x1"], ["x1"], ["a", "", "a"]] * 50, size=2)

    assert crm.batches == [["a", "x1"]]
    assert [dict(one.found) for one in results[:3]] == [
        {"a": "value of a"},
        {},
        {"a": "value of a"},
    ]


def test_what_needs_nothing_is_not_held_up():
    crm = Crm()
    items = iter([[], ["a"], []])
    gathering = Gathering(needs=lambda item: item, fetch=crm.fetch, size=2)
    first = next(gathering.gather(items))

    assert (first.item, crm.batches) == ([], [])


def test_a_batch_that_does_not_fill_is_fetched_when_too_much_waits():
    crm = Crm()
    gather(crm, [["a"]] + [[]] * 9, held=3)

    assert crm.batches == [["a"]]


def test_nothing_to_fetch_is_no_request():
    crm = Crm()

    assert [one.item for one in gather(crm, [[], []])] == [[], []]
    assert crm.batches == []


ITEMS = st.lists(st.lists(st.sampled_from([*"abcdefgh", "x1", "x2", ""]), max_size=4), max_size=40)


@given(items=ITEMS, size=st.integers(1, 5), kept=st.integers(0, 5), held=st.integers(1, 6))
def test_every_item_comes_in_its_order_with_all_that_is_there(items, size, kept, held):
    crm = Crm()
    results = gather(crm, items, size=size, kept=kept, held=held)

    assert [one.item for one in results] == items
    for item, found in results:
        assert found == {one: f"value of {one}" for one in item if one and one[0] != "x"}
    assert all(0 < len(batch) <= size for batch in crm.batches)


def test_what_the_fetch_raises_comes_through():
    def fetch(ids):
        raise ZeroDivisionError

    gathering = Gathering(needs=lambda item: item, fetch=fetch, size=1)
    with pytest.raises(ZeroDivisionError):
        list(gathering.gather([["a"]]))
