from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.cleaning import clean
from crmsync.mapping.fitting import compile_at_once, compile_fitter
from crmsync.mapping.sifting import (
    all_begin,
    all_texts,
    clean_texts,
    longest,
    run_together,
    shaped,
    sift,
    together,
)
from crmsync.payloads import Field, FieldKind, OnFault
from tests.examples import CHARACTERS, examples

HARD = (
    "x", " x", "x ", "x  y", "x\ny", "\nx", "x\n", "Köln", "e\u0301", "\u1100\u1161", "“x”", "हि",
    "x\0y", "\ud83d", "😀", "\u00a0", "\u00ad", "a" * 9, "😀" * 5, "é" * 9,
    "2024-02-30T00:00:00.000Z", "2024-02-29T00:00:00.000Z", "2101-01-01T00:00:00.000Z",
    "2024-02-28", "2024-02-29", "2024-02-30", "1989-12-31", "2100-12-31", "2022/06/08",
    "https://a.se/b", "https://a.se/b c", "https://a.se/b#c#d", "https://u@a.se/b", "http:///b",
    "https://a.se/%2", "https://a.se/bbbbbbbbb",
)  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(HARD) | st.text(CHARACTERS, min_size=1, max_size=4), min_size=1, max_size=5
)
FIELDS = [
    Field(name="f", kind=FieldKind.TEXT, max_length=8, on_fault=OnFault.CLIP),
    Field(name="f", kind=FieldKind.TEXT),
    Field(name="f", kind=FieldKind.LONG_TEXT, max_length=8),
    Field(name="f", kind=FieldKind.TIMESTAMP),
    Field(name="f", kind=FieldKind.URL, max_length=24),
]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.kind}, {field.max_length}")
@examples(0.5)
@given(texts=TEXTS)
def test_what_is_fitted_at_once_is_fitted_alike_alone(field, texts):
    at_once, alone = compile_at_once(field), compile_fitter(field)
    assert at_once is not None
    found = zip(texts, at_once(texts), strict=True)
    assert [one for text, one in found if one is not None and one != alone(text)] == []


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.kind}, {field.max_length}")
def test_each_hard_text_is_fitted_at_once_beside_plain_ones_as_it_is_alone(field):
    at_once, alone = compile_at_once(field), compile_fitter(field)
    assert at_once is not None
    plain = ("x", "https://a.se/b")
    found = [(text, at_once([one, text])[1]) for one in plain for text in HARD]
    assert [text for text, one in found if one is not None and one != alone(text)] == []


@pytest.mark.parametrize("text", ["Acme", "Köln AG", "“x” – y", "Дом", "東京", "x & y"])
@pytest.mark.parametrize("one_line", [True, False])
def test_clean_texts_of_most_scripts_are_told_at_once(text, one_line):
    texts = [text, "Acme"]
    assert clean_texts(49, one_line=one_line)(texts) is texts


def test_a_character_that_is_told_clean_is_composed_with_none_before_it():
    told = clean_texts(9, one_line=True)
    kept = [one for one in map(chr, range(0x21, 0x10000)) if told([one]) == [one]]
    decomposed = map(unicodedata.decomposition, map(chr, range(0x110000)))
    second = {one.partition(" ")[2] for one in decomposed if "<" not in one}
    assert len(kept) > 40_000
    assert [
        one for one in kept if f"{ord(one):04X}" in second or clean(one, one_line=True) != one
    ] == []


@pytest.mark.parametrize(
    ("texts", "left"),
    [
        (["ab", "a1b2"], [b"", b"12"]),
        (["é"], ["é".encode()]),
        (["a--b", "-a-", "a-b"], [b"\1", b"\1\1", b""]),
        (["", "a"], [b"", b""]),
        (["a\0b", "a"], [b"\1", b""]),
        (["\0", "-\0-", "x"], [b"\1", b"\1\1\1", b"x"]),
    ],
)
def test_what_is_left_of_texts_is_what_is_not_good(texts, left):
    assert sift(texts, b"ab-", b"-") == left


@pytest.mark.parametrize(
    ("texts", "most"), [("ab cd", 2), ("ab c", 2), ("a bc", 2), ("ab c def", 3), ("a", 1)]
)
def test_the_longest_of_texts_is_told_of_what_they_are_run_together(texts, most):
    assert longest(texts.split(), run_together(texts.split())) == most


@pytest.mark.parametrize(
    ("texts", "all_do"),
    [
        (["a/b", "a/", "a/cb"], True),
        (["a/b", "b/"], False),
        (["a/b", "a/d"], False),
        (["a/b", "a/bcbcb"], False),
        (["a/b", "a/\0b"], False),
        (["a/b", "a/b\0a/b"], False),
        (["a/b", "a/\ud83d"], False),
        (["a/a/b", "b"], False),
    ],
    ids=ascii,
)
def test_texts_that_begin_alike_are_told_by_what_they_are_run_together(texts, all_do):
    assert all_begin(texts, "a/", b"bc", 6) is all_do


@pytest.mark.parametrize("values", [("x", ""), ("x", None), ("x", 7), ("x", ["y"])], ids=str)
def test_a_column_is_of_texts_alone_where_each_is_one_and_says_something(values):
    found = all_texts(("x", "y"))
    assert found == ["x", "y"]
    assert found.joined == run_together(["x", "y"]) == "x\0y\0"
    assert all_texts(values) is None


def test_a_shape_has_a_zero_for_each_digit():
    assert shaped(together(["+46 8-91", "x"])) == b"+00 0-00\0x\0"
