"""HubSpot's odd property values, as they reach the shipped mapping.

The numbers are those of the list of edge cases that the project keeps; the others are in
tests/sources/hubspot/test_oddities.py.
"""

from __future__ import annotations

import pytest

from tests.mapping.hubspot_companies import PRESET, company, compiled


@pytest.mark.parametrize("value", ["2026-03-29", "1774742400000"], ids=["iso-date", "epoch-ms"])
def test_s19_a_date_stays_the_day_that_it_is(value):
    mapped = PRESET.map(company(closedate=value))

    assert mapped.fields["properties.closedAt"] == "2026-03-29T00:00:00.000Z"


def test_s20_a_multi_select_with_empty_items_is_a_list_of_its_values():
    mapper = compiled({"properties.segments": {"from": "markets", "transforms": "split"}})
    mapped = mapper.map(company(markets="EU;;US; ;EU"))

    assert mapped.fields["properties.segments"] == ["EU", "US"]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        pytest.param("one\r\ntwo\rthree", "one\ntwo\nthree", id="line-ends"),
        pytest.param("a\x00b\x07c\x1b[2J", "abc[2J", id="controls"),
        pytest.param("Fine 👩‍👩‍👧‍👦", "Fine 👩‍👩‍👧‍👦", id="emoji"),
        pytest.param("x" * 65_536, "x" * 65_536, id="65536-characters"),
        pytest.param("x" * 100_001, "x" * 99_999 + "…", id="100001-characters"),
    ],
)
def test_s21_a_long_text_goes_out_clean_and_whole(text, sent):
    assert PRESET.map(company(description=text)).fields["properties.description"] == sent
