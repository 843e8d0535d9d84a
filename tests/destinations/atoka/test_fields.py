from __future__ import annotations

import pytest

from crmsync.destinations.atoka.encoding import decode, encode
from crmsync.destinations.atoka.fields import FIELDS
from crmsync.mapping.fitting import compile_fitter
from crmsync.mapping.values import Remark
from crmsync.payloads import OnFault


@pytest.mark.parametrize("name", FIELDS)
def test_what_a_field_shows_as_its_example_fits(name):
    assert compile_fitter(FIELDS[name])(FIELDS[name].example) == FIELDS[name].example


@pytest.mark.parametrize("text", ["Company", "company", " PERSON "])
def test_k11_a_type_is_mapped_in_any_case(text):
    assert compile_fitter(FIELDS["type"])(text) == text.strip().lower()


def test_k11_any_other_type_makes_the_record_invalid():
    assert FIELDS["type"].on_fault is OnFault.REJECT
    assert isinstance(compile_fitter(FIELDS["type"])("Firm"), Remark)


def test_what_is_noted_of_a_record_comes_back_and_equal_values_are_equal_bytes():
    values = {"record": "hubspot:deal:7", "stage": "Won", "unassign": True}
    assert decode(encode(values)) == values
    assert encode(values) == encode(dict(reversed(values.items())))
