from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.cleaning import _SUSPECT, clean

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

ONE_LINE = [
    pytest.param("Acme Corporation", "Acme Corporation", id="plain"),
    pytest.param("Cafe\u0301", "Café", id="S07"),
    pytest.param("\u202eabc", "abc", id="S09"),
    pytest.param("a\u2066b\u2069c\u200e", "abc", id="isolates-and-marks"),
    pytest.param("x\ud83d", "x\ufffd", id="S10"),
    pytest.param("\ud83d\udc4d", "👍", id="S10-pair"),
    pytest.param("a\x00b\x07c\x85d", "abc d", id="S11"),
    pytest.param("   ", "", id="S12"),
    pytest.param("\u200b\ufeff\u2060", "", id="zero-width"),
    pytest.param("soft\u00adware", "software", id="soft-hyphen"),
    pytest.param(FAMILY, FAMILY, id="S04-family"),
    pytest.param(
        "👩🏽\u200d🚀 ❤\ufe0f\u200d🔥", "👩🏽\u200d🚀 ❤\ufe0f\u200d🔥", id="dressed-emoji"
    ),
    pytest.param(ENGLAND, ENGLAND, id="flag-of-tags"),
    pytest.param("x\U000e0067y", "xy", id="hidden-tags"),
    pytest.param("می\u200cخواهم", "می\u200cخواهم", id="persian-joiner"),
    pytest.param("क्\u200dष", "क्\u200dष", id="hindi-joiner"),
    pytest.param("a\u200db\u200cc\u200d", "abc", id="joiners-that-join-nothing"),
    pytest.param("25 First Street\r\n2nd floor", "25 First Street 2nd floor", id="L04"),
    pytest.param("a \u00a0 b\tc\u2028d", "a b c d", id="white-space"),
    pytest.param("  a  b ", "a b", id="blanks"),
]

LINES = [
    pytest.param("a\n\tb", "a\n\tb", id="S11-kept"),
    pytest.param("a\x00\x07b", "ab", id="S11-removed"),
    pytest.param("a\r\nb\rc\u2028d", "a\nb\nc\nd", id="line-ends"),
    pytest.param("  a  b \n", "a  b", id="trimmed"),
    pytest.param("é\u202e\ud800", "é\ufffd", id="several"),
]


@pytest.mark.parametrize(("given", "expected"), ONE_LINE)
def test_a_line_is_free_of_what_cannot_be_seen(given, expected):
    assert clean(given, one_line=True) == expected


@pytest.mark.parametrize(("given", "expected"), LINES)
def test_lines_keep_their_ends_and_tabs(given, expected):
    assert clean(given, one_line=False) == expected


NASTY = st.text(
    st.characters() | st.sampled_from("\ud83d\u200d\u200c\u202e\x00\r\n\t 👨ا\u0301\U000e0067🏴"),
    max_size=30,
)


@given(NASTY, st.booleans())
def test_cleaning_what_is_clean_changes_nothing(text, one_line):
    cleaned = clean(text, one_line=one_line)
    assert clean(cleaned, one_line=one_line) == cleaned


@given(NASTY, st.booleans())
def test_clean_text_has_no_controls_surrogates_overrides_and_is_composed(text, one_line):
    cleaned = clean(text, one_line=one_line)
    allowed = "" if one_line else "\n\t"
    bad = [c for c in cleaned if unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed]
    assert bad == []
    assert not set(cleaned) & set("\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2069")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()


@given(NASTY, st.booleans())
def test_a_joiner_that_goes_changes_nothing_elsewhere(text, one_line):
    alone = clean(f"{text}|", one_line=one_line)
    assert clean(f"{text}|\u200d|", one_line=one_line) == f"{alone}|"


def test_printable_characters_need_no_cleaning():
    printable = (chr(code) for code in range(sys.maxunicode + 1) if chr(code).isprintable())
    composed = "".join(one for one in printable if unicodedata.is_normalized("NFC", one))
    assert [one for one in composed if one != " " and (one.isspace() or _SUSPECT.search(one))] == []
