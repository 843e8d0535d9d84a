from __future__ import annotations

from decimal import Decimal

import pytest

from crmsync.mapping.values import Code, Remark, dropped, shown, to_text

TEXTS = [
    pytest.param("Acme", "Acme", id="text"),
    pytest.param(None, None, id="none"),
    pytest.param(4802619497, "4802619497", id="S25"),
    pytest.param(4802619497.0, "4802619497", id="S27"),
    pytest.param(0.1 + 0.2, "0.3", id="N06"),
    pytest.param(1e22, "10000000000000000000000", id="large"),
    pytest.param(Decimal("1500.00"), "1500.00", id="decimal"),
]


@pytest.mark.parametrize(("given", "expected"), TEXTS)
def test_single_values_are_written_as_people_would(given, expected):
    assert to_text(given) == expected


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (True, Code.BAD_TYPE, "truth value"),
        ([1], Code.BAD_TYPE, "a list"),
        ({"a": 1}, Code.BAD_TYPE, "an object"),
        (b"x", Code.BAD_TYPE, "a bytes"),
        (float("nan"), Code.BAD_NUMBER, "nan is not a number"),
        (Decimal("Infinity"), Code.BAD_NUMBER, "Infinity is not a number"),
    ],
)
def test_what_is_no_single_value_is_dropped_s30(given, code, words):
    remark = to_text(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, code)
    assert words in remark.message


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Acme", '"Acme"'),
        (7, '"7"'),
        ("x" * 70, f'"{"x" * 60}…"'),
        ("https://u:p@acme.com/x", '"https://acme.com/x"'),
        ("a\nb", r"'a\nb'"),
    ],
)
def test_values_are_shown_short_on_one_line_and_without_credentials(given, expected):
    assert shown(given) == expected


def test_a_code_is_text_wherever_it_is_written():
    remark = dropped(Code.TOO_MANY, "why")
    assert remark == Remark(None, "TOO_MANY", "why")
    assert f"{remark.code}" == "TOO_MANY"
