from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.mapping.colliding import collision
from crmsync.payloads import Contribution, MergeRules
from tests.mapping.samples import SAMPLE

ALONE = replace(SAMPLE, merge=MergeRules(alone=True))


def given(record_id: str, sync: str = "a") -> Contribution:
    return Contribution(sync, record_id, (0, 0), 0, {"id": "x"})


def test_one_record_a_key_collides_with_nobody():
    assert collision("x", [given("1")], ALONE) is None


def test_where_records_are_merged_nothing_collides():
    assert collision("x", [given("1"), given("2")], SAMPLE) is None


@pytest.mark.parametrize("others", [("2", "a"), ("1", "b")], ids=["record", "sync"])
def test_two_records_with_one_key_collide(others):
    problem = collision("x", [given(*others), given("1")], ALONE)
    assert problem is not None
    assert (problem.field, problem.code) == ("id", "ID_COLLISION")
    assert "1 (a)" in problem.message


def test_the_message_is_the_same_in_any_order_and_stays_short():
    many = [given(str(number)) for number in range(20)]
    problem = collision("x", many, ALONE)
    assert problem == collision("x", many[::-1], ALONE)
    assert problem is not None
    assert "0 (a), 1 (a), 2 (a), 3 (a), 4 (a) and 15 more" in problem.message
