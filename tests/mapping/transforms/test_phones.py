from __future__ import annotations

import pytest

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark

phone = compile_transform("phone")

KEPT = [
    pytest.param("720-343-1234", "720-343-1234", id="P01-P02"),
    pytest.param("(02) 9999 9999 ext. 12", "(02) 9999 9999 ext. 12", id="P03"),
    pytest.param("1-800-FLOWERS", "1-800-FLOWERS", id="P04"),
    pytest.param("+39 06 1234 5678", "+39 06 1234 5678", id="P05"),
    pytest.param("n/a", None, id="P07-placeholder"),
    pytest.param("  +46 (0)8-123 45 67 ", "+46 (0)8-123 45 67", id="trimmed"),
    pytest.param("Tel.: 030/123456", "030/123456", id="slash-inside-a-number"),
    pytest.param("tel:+4630123456", "+4630123456", id="tel-scheme"),
    pytest.param(46301234567, "46301234567", id="number"),
    pytest.param("\u202a+46 30 123456\u202c", "+46 30 123456", id="invisible-marks"),
]


@pytest.mark.parametrize(("given", "expected"), KEPT)
def test_a_number_keeps_its_own_spelling(given, expected):
    assert phone(given) == expected


@pytest.mark.parametrize("separator", [" / ", "/", "; ", ", "])
def test_of_several_numbers_the_first_counts_p06(separator):
    remark = phone(f"+1 720 343 1234{separator}+1 720 343 1235")
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == ("+1 720 343 1234", Code.FIRST_OF_SEVERAL)


@pytest.mark.parametrize("given", ["12", "call reception", "see website 24/7", "<b>1234567</b>"])
def test_what_nobody_can_call_is_dropped_p07(given):
    remark = phone(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_PHONE)
