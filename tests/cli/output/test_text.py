from __future__ import annotations

import pytest

from crmsync.cli.output.text import columns, number, safe, width

NASTY = [
    ("clear", "\x1b[2J", r"\x1b[2J"),
    ("osc_52", "\x1b]52;c;eA==\x07", r"\x1b]52;c;eA==\x07"),
    ("osc_8", "\x1b]8;;http://x\x1b\\", r"\x1b]8;;http://x\x1b" + "\\"),
    ("carriage_return", "ok\rno", r"ok\rno"),
    ("c1", "\x9b2J", r"\x9b2J"),
    ("bidi", "a\u202eb", r"a\u202eb"),
    ("zero_width", "a\u200bb", r"a\u200bb"),
    ("tag", "\U000e0041", r"\U000e0041"),
    ("surrogate", "\ud800", r"\ud800"),
    ("line_separator", "a\u2028b", r"a\u2028b"),
    ("lines", "a\nb\tc", r"a\nb\tc"),
    ("nul", "a\0b", r"a\x00b"),
]


@pytest.mark.parametrize(("text", "shown"), [r[1:] for r in NASTY], ids=[r[0] for r in NASTY])
def test_what_a_terminal_would_obey_is_shown_instead(text, shown):
    assert safe(text) == shown


@pytest.mark.parametrize("text", ["Åse & Søn", "日本", "naïve\u00a0x", "e\u0301", "😀"])
def test_other_text_is_shown_as_it_is(text):
    assert safe(text) == text


def test_a_long_text_is_cut_before_it_is_made_visible():
    assert safe("x" * 100, limit=5) == "xxxx…"
    assert safe(None) == ""


def test_counts_have_their_thousands_apart():
    assert (number(1234567), number(None)) == ("1,234,567", "-")


def test_numbers_stand_to_the_right_and_texts_to_the_left():
    assert columns(["sync", "read"], [["a", 5], ["long", 1000]]) == (
        "sync   read\na         5\nlong  1,000"
    )


def test_wide_characters_take_two_columns_and_combining_ones_none():
    assert (width("日本"), width("e\u0301"), width("abc")) == (4, 1, 3)
    assert columns(["n", "x"], [["日", "y"]]) == "n   x\n日  y"


def test_no_cell_breaks_its_line():
    assert len(columns(["a\nb"], [["c\r\nd"], ["\u2028"]]).splitlines()) == 3


def test_a_table_without_rows_is_its_head():
    assert columns(["a", "b"], []) == "a  b"
