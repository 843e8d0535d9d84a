from __future__ import annotations

import pytest

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark

size = compile_transform("size_bucket")

SIZES = [
    pytest.param(0, None, id="N01-zero"),
    pytest.param("", None, id="N01-empty"),
    pytest.param("n/a", None, id="N01-placeholder"),
    pytest.param(1, "SMALL", id="N02-1"),
    pytest.param(49, "SMALL", id="N02-49"),
    pytest.param(50, "MEDIUM", id="N02-50"),
    pytest.param(249, "MEDIUM", id="N02-249"),
    pytest.param(250, "LARGE", id="N02-250"),
    pytest.param("1,000", "LARGE", id="N03-thousands"),
    pytest.param("51-200", "MEDIUM", id="N03-range"),
    pytest.param("10,000+", "LARGE", id="N03-open"),
    pytest.param(250.0, "LARGE", id="N03-float"),
    pytest.param("1,001 – 5,000 employees", "LARGE", id="range-with-unit"),
    pytest.param("10K+", "LARGE", id="thousands-letter"),
    pytest.param(">200", "MEDIUM", id="more-than"),
    pytest.param("120", "MEDIUM", id="text"),
]


@pytest.mark.parametrize(("given", "expected"), SIZES)
def test_a_company_has_the_size_of_its_employees(given, expected):
    assert size(given) == expected


@pytest.mark.parametrize("given", [-5, "-7", "lots", "1.000", "1-2-3", "a-b", "5-2,00"])
def test_what_is_no_number_of_employees_is_dropped_n01(given):
    remark = size(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_NUMBER)


@pytest.mark.parametrize(
    ("options", "given", "expected"),
    [
        ([10, 100], 10, "MEDIUM"),
        ({"thresholds": [10, 100]}, 100, "LARGE"),
        ({"S": 1, "M": 10, "L": 50, "XL": 500}, 600, "XL"),
        ({"MEDIUM": 50}, 10, None),
    ],
)
def test_thresholds_and_labels_can_be_declared(options, given, expected):
    assert compile_transform("size_bucket", options)(given) == expected
