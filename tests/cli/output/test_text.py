from __future__ import annotations

import pytest

from crmsync.cli.output.text import columns, width


def test_numbers_stand_to_the_right_and_texts_to_the_left():
    assert columns(["sync", "read"], [["a", 5], ["long", 1000]]) == (
        "sync   read\na         5\nlong  1,000"
    )


def test_wide_characters_take_two_columns_and_combining_ones_none():
    assert (width("日本"), width("e\u0301"), width("abc")) == (4, 1, 3)
    assert columns(["n", "x"], [["日", "y"]]) == "n   x\n日  y"


@pytest.mark.security(27, 28)
def test_no_cell_breaks_its_line():
    assert len(columns(["a\nb"], [["c\r\nd"], ["\u2028"]]).splitlines()) == 3


def test_a_table_without_rows_is_its_head():
    assert columns(["a", "b"], []) == "a  b"
