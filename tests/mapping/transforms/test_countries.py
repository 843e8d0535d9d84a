from __future__ import annotations

import pytest

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark

country_name = compile_transform("country_name")

CASES = [
    pytest.param("US", "United States", id="L01-L03"),
    pytest.param("UK", "United Kingdom", id="L02-uk"),
    pytest.param("SVERIGE", "Sweden", id="L02-sverige"),
    pytest.param("Korea", "Korea", id="L02-korea"),
    pytest.param("usa", "United States", id="three-letters"),
    pytest.param("U.S.A.", "United States", id="full-stops"),
    pytest.param("England", "United Kingdom", id="part"),
    pytest.param("Osterreich", "Austria", id="no-accent"),
    pytest.param("ÖSTERREICH", "Austria", id="capitals-with-accent"),
    pytest.param("Korea, Republic of", "South Korea", id="formal"),
    pytest.param("  United   Kingdom ", "United Kingdom", id="blanks"),
    pytest.param("Россия", "Russia", id="other-script"),
    pytest.param("Atlantis", "Atlantis", id="unknown"),
    pytest.param(" ", None, id="empty"),
    pytest.param(["SE", "DE"], ["Sweden", "Germany"], id="list"),
]


@pytest.mark.parametrize(("given", "expected"), CASES)
def test_a_country_has_its_common_english_name(given, expected):
    assert country_name(given) == expected


def test_the_parts_of_a_location_make_one_line_l01():
    join = compile_transform("join")
    assert join(["Cambridge", None, country_name("US")]) == "Cambridge, United States"
    assert join([None, "", country_name("US")]) == "United States"


def test_a_location_without_parts_is_empty_l05():
    assert compile_transform("join")([None, "", country_name("")]) is None


def test_an_object_is_no_country():
    remark = country_name({"code": "SE"})
    assert isinstance(remark, Remark)
    assert remark.code == Code.BAD_TYPE
