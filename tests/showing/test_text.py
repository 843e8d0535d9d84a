from __future__ import annotations

import pytest

from crmsync.showing.text import number, safe

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
