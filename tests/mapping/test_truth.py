from __future__ import annotations

import pytest

from crmsync.mapping.truth import is_true
from tests.mapping.samples import codes, record


@pytest.mark.parametrize("value", [True, "true", " True", "YES", "1", 1, 1.0], ids=repr)
def test_this_is_true(value):
    assert is_true(value)


@pytest.mark.parametrize("value", [False, "false", "", None, 0, 2, "on", [True]], ids=repr)
def test_this_is_not(value):
    assert not is_true(value)


def test_a_field_that_the_crm_did_not_answer_is_named():
    assert codes({"code": "gone"}, record()) == [("code", "NOT_ANSWERED")]


def test_a_field_that_is_empty_is_no_matter():
    assert codes({"code": "a"}, record(a=None)) == []


def test_one_of_several_fields_answered_is_enough():
    assert codes({"code": {"from": ["gone", "a"]}}, record(a=None)) == []


def test_a_reference_of_which_only_the_id_is_known_is_named():
    given = record(joins={"owner": {"id": "9"}})
    assert codes({"code": "owner.email"}, given) == [("code", "UNKNOWN_OWNER")]
    assert codes({"code": {"const": "x", "when": "owner.active"}}, given) == [
        ("code", "UNKNOWN_OWNER")
    ]


def test_a_reference_to_nothing_is_no_matter():
    assert codes({"code": "owner.email"}, record()) == []


def test_a_known_reference_whose_field_is_empty_is_no_matter():
    given = record(joins={"owner": {"id": "9", "email": None}})
    assert codes({"code": "owner.email"}, given) == []
