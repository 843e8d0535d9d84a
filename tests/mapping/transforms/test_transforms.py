"""The catalogue as a whole, and every example that its docstrings give."""

from __future__ import annotations

import json

import pytest
from hypothesis import given as for_any
from hypothesis import strategies

from crmsync.mapping.fitting import compile_fitter
from crmsync.mapping.transforms import catalogue, compile_on_texts, compile_transform, gives
from crmsync.mapping.values import Remark
from crmsync.payloads import Field
from tests.examples import examples

NASTY = ("\ud83d", "\x00", "a" * 5000, [["x"], {"y": 1}], ("a", "b"), b"bytes")
PROMISED = (
    "domain url email phone timestamp date integer number boolean strip_html clip lower upper title"
    " split join first size_bucket country_name linkedin twitter trim"
)
_PIECES = (
    "https://", "http//", "www.", "linkedin.com/company/", "x.com/", "acme", ".com", ".co.uk",
    "/", "?", "#", "@", ":80", "\\", "%", "münchen", ".de", "xn--", "-", " ", "2024-02-", "29",
    "T12:00:00", ".000Z", "1654692924602", "<b>", "\u200b",
)  # fmt: skip
TEXTS = strategies.lists(strategies.sampled_from(_PIECES), min_size=1, max_size=6).map("".join)
WHOLE = strategies.sampled_from(
    [
        *(
            "acme.com",
            "acme.co.uk",
            "co.uk",
            "gmail.com",
            "-a.com",
            "a-.com",
            "a..com",
            "xn--a.com",
        ),
        *(".com", "com", "a.b.c.com", "acme.x", "https://www.linkedin.com/company/acme"),
        *("https://linkedin.com/in/a.b", "https://x.linkedin.com/in/a", "NA", "acme_1", "_", "n/a"),
        *("2024-02-29T12:00:00.000Z", "2023-02-29T12:00:00.000Z", "2024-02-28T24:00:00.000Z"),
        *("1999-02-28T12:00:00.000Z", "2024-02-28T12:00:00.0Z", "2024-W01-1T12:00:00.00Z"),
        *(
            "2024-02-28 12:00:00.000Z",
            "+1 617 369-9599",
            "(02) 99",
            "+46 8\u0660 123 45 67",
            "12345",
        ),
        *("SE", "x&y", "x &amp; y", "\0"),
    ]
)
NAMES = [doc.name for doc in catalogue() if not any(option.required for option in doc.options)]


def _examples():
    decoder = json.JSONDecoder()
    for doc in catalogue():
        for line in doc.description.partition("Examples:")[2].strip().splitlines():
            left, _, right = line.strip().rpartition(" -> ")
            first, end = decoder.raw_decode(left)
            options = first if left[end:].startswith(": ") else None
            given = json.loads(left[end + 2 :]) if options is not None else first
            yield pytest.param(
                doc.name, options, given, json.loads(right), id=f"{doc.name}: {left}"
            )


@pytest.mark.parametrize(("name", "options", "given", "expected"), list(_examples()))
def test_every_documented_example_is_true(name, options, given, expected):
    found = compile_transform(name, options)(given)
    assert (found.value if isinstance(found, Remark) else found) == expected


def test_the_promised_transforms_exist():
    assert set(PROMISED.split()) <= {doc.name for doc in catalogue()}


@pytest.mark.parametrize("doc", catalogue(), ids=lambda doc: doc.name)
def test_every_transform_is_documented_with_examples(doc):
    assert doc.summary.endswith(".")
    assert "Examples:\n" in doc.description
    assert all(option.about for option in doc.options)


def test_an_unknown_name_says_which_was_meant():
    with pytest.raises(
        ValueError, match=r'there is no transform "domian"; did you mean "domain"\?'
    ):
        compile_transform("domian")


def test_a_name_like_none_other_lists_them_all():
    with pytest.raises(ValueError, match="there are: domain, url"):
        compile_transform("zzz")


@pytest.mark.parametrize("doc", catalogue(), ids=lambda doc: doc.name)
@pytest.mark.parametrize(
    "value",
    [None, "", " ", [], [None], {}, {"a": [1]}, True, -1, 10**30, 1e300, float("nan"), *NASTY],
    ids=lambda value: ascii(value)[:20],
)
def test_no_value_makes_a_transform_raise(doc, value):
    options = {"clip": 5, "replace": {"a": "b"}, "prefix": "p", "suffix": "s"}.get(doc.name)
    found = compile_transform(doc.name, options)(value)
    assert found != ""
    assert found != []


@pytest.mark.parametrize("name", NAMES)
@examples(0.5)
@for_any(text=TEXTS)
def test_a_shortcut_gives_what_the_transform_gives_or_nothing(name, text):
    value = compile_on_texts(name).each(text)
    assert value is None or value == compile_transform(name)(text)


@pytest.mark.parametrize("name", [name for name in NAMES if compile_on_texts(name).at_once])
@examples(0.5)
@for_any(texts=strategies.lists(TEXTS | WHOLE, min_size=1, max_size=4))
def test_many_texts_at_once_give_what_the_transform_gives_or_nothing(name, texts):
    at_once, alone = compile_on_texts(name).at_once, compile_transform(name)
    assert at_once is not None
    found = zip(texts, at_once(texts), strict=True)
    assert [one for text, one in found if one is not None and one != alone(text)] == []


@pytest.mark.parametrize("name", [name for name in NAMES if gives(name)])
@for_any(text=TEXTS)
def test_a_field_takes_as_it_is_what_a_transform_gives_for_its_kind(name, text):
    kind = gives(name)
    assert kind is not None
    value = compile_on_texts(name).each(text)
    fit = compile_fitter(Field(name="f", kind=kind))
    assert not isinstance(value, str) or fit(value) == value
