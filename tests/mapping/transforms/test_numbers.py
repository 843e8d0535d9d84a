from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark

number = compile_transform("number")
integer = compile_transform("integer")
boolean = compile_transform("boolean")

NUMBERS = [
    pytest.param("1500.00", "1500.00", id="N04"),
    pytest.param(0.1 + 0.2, "0.3", id="N06"),
    pytest.param(250.0, "250", id="whole-float"),
    pytest.param(Decimal("10.50"), "10.50", id="decimal"),
    pytest.param("1,234,567.8", "1234567.8", id="thousands"),
    pytest.param("1.5e3", "1500", id="scientific"),
    pytest.param(1e-7, "0.0000001", id="small"),
    pytest.param(0, "0", id="zero"),
    pytest.param("0", "0", id="zero-text"),
    pytest.param("-5", "-5", id="negative"),
    pytest.param("n/a", None, id="placeholder"),
    pytest.param("", None, id="empty"),
]

NO_NUMBERS = [
    pytest.param("1.500,00", id="N05"),
    pytest.param("1,5", id="two-readings"),
    pytest.param("12 apples", id="words"),
    pytest.param(float("nan"), id="S30-nan"),
    pytest.param(float("-inf"), id="S30-infinity"),
    pytest.param("1" * 41, id="more-digits-than-any-amount"),
    pytest.param("١٢", id="other-digits"),
]

WHOLES = [
    pytest.param("1,000", 1000, id="thousands"),
    pytest.param(250.0, 250, id="whole-float"),
    pytest.param("250.0", 250, id="whole-text"),
    pytest.param(7, 7, id="number"),
    pytest.param("-3", -3, id="negative"),
    pytest.param("", None, id="empty"),
]

TRUTHS = [
    pytest.param("Yes", True, id="yes"),
    pytest.param(" TRUE ", True, id="true"),
    pytest.param(1, True, id="one"),
    pytest.param(False, False, id="false"),
    pytest.param("0", False, id="zero"),
    pytest.param("no", False, id="no"),
    pytest.param("n/a", None, id="placeholder"),
    pytest.param(None, None, id="none"),
]


@pytest.mark.parametrize(("given", "expected"), NUMBERS)
def test_a_number_is_written_exactly(given, expected):
    assert number(given) == expected


@pytest.mark.parametrize("given", NO_NUMBERS)
def test_what_is_no_sure_number_is_dropped(given):
    remark = number(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_NUMBER)


def test_a_decimal_comma_can_be_declared_n05():
    assert compile_transform("number", ",")("1.500,00") == "1500.00"
    assert compile_transform("integer", {"decimal": ","})("1.000") == 1000


def test_places_are_rounded_half_up():
    assert compile_transform("number", {"places": 2})("2.345") == "2.35"
    assert compile_transform("number", {"places": 0})(2.5) == "3"


@pytest.mark.parametrize(("given", "expected"), WHOLES)
def test_a_whole_number_is_a_number(given, expected):
    assert integer(given) == expected


@pytest.mark.parametrize("given", ["2.5", "1.000", "ten", 0.5])
def test_fractions_and_what_may_be_one_are_dropped(given):
    remark = integer(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_NUMBER)


@pytest.mark.parametrize(("given", "expected"), TRUTHS)
def test_a_truth_value_is_read_in_its_usual_spellings(given, expected):
    assert boolean(given) is expected


def test_what_is_neither_true_nor_false_is_dropped():
    remark = boolean("perhaps")
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_BOOLEAN)
    assert isinstance(boolean({"a": 1}), Remark)


@given(st.decimals(-(10**12), 10**12, places=4))
def test_a_decimal_text_stays_what_it_is(amount):
    assert Decimal(str(number(format(amount, "f")))) == amount
