from __future__ import annotations

import importlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.transforms.clipping import clip_text, fits, units

GRAPHEMES = importlib.import_module("regex").compile(r"\X")

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
FLAG = "🇸🇪"
THUMB = "👍"

CLIPPED = [
    pytest.param("A" * 49, "A" * 49, id="S01"),
    pytest.param("A" * 50, "A" * 48 + "…", id="S02"),
    pytest.param("x" * 48 + THUMB, "x" * 48 + "…", id="S03"),
    pytest.param(FAMILY * 5, FAMILY * 4 + "…", id="S04"),  # 4 x 11 units + 1 = 45
    pytest.param(FLAG * 20, FLAG * 12 + "…", id="S05"),  # 12 x 4 units + 1 = 49
    pytest.param("e\u0301" * 60, "é" * 48 + "…", id="S06"),
    pytest.param(
        "Acme Corporation of the United States and Canada, Inc",
        "Acme Corporation of the United States and Canada…",
        id="blank-before-the-cut",
    ),
    pytest.param("x" + "\u0301" * 60, "…", id="one-long-grapheme"),
    pytest.param("é" + "x" * 60, "é" + "x" * 47 + "…", id="plain-at-the-cut"),
    pytest.param(THUMB + "x" * 60, THUMB + "x" * 46 + "…", id="two-units-before-the-cut"),
    pytest.param("é" + "x" * 46 + "\r\n" * 9, "é" + "x" * 46 + "…", id="line-end-at-the-cut"),
]
ARABIC = "شركة الاتحاد للتجارة والمقاولات العامة والاستيراد والتصدير المحدودة بالرياض"


@pytest.mark.parametrize(("given", "expected"), CLIPPED)
def test_text_is_cut_between_visible_characters(given, expected):
    assert clip_text(given, 49) == expected


def test_arabic_is_clipped_in_logical_order_s08():
    assert len(ARABIC) >= 72
    clipped = clip_text(ARABIC, 49)
    assert ARABIC.startswith(clipped.removesuffix("…"))
    assert 45 <= units(clipped) <= 49


@pytest.mark.parametrize(("text", "count"), [("", 0), ("Å", 1), (THUMB, 2), (FAMILY, 11)])
def test_units_are_those_of_utf_16(text, count):
    assert units(text) == count == len(text.encode("utf-16-le")) // 2
    assert fits(text, count)
    assert not text or not fits(text, count - 1)


@given(st.text(st.sampled_from(f"aé {FAMILY}{FLAG}\u0301\r\n"), max_size=80), st.integers(1, 60))
def test_a_clipped_text_fits_and_holds_whole_graphemes(text, limit):
    clipped = clip_text(text, limit)
    assert units(clipped) <= limit
    kept = clipped.removesuffix("…")
    whole = GRAPHEMES.findall(unicodedata.normalize("NFC", text))
    assert not kept or kept in {"".join(whole[:n]).rstrip() for n in range(len(whole) + 1)} | {
        "".join(whole)
    }
