from __future__ import annotations

import re

import pytest

from crmsync.mapping.transforms.definitions import Option, Takes, transform
from crmsync.mapping.transforms.options import positive, replacements
from crmsync.mapping.values import Code, Remark, dropped


@transform("shorten", Option(name="length", parse=positive, about="letters", required=True))
def shorten(value: str, *, length: int) -> object:
    """The first letters.

    More words.
    """
    if "?" in value:
        return dropped(Code.BAD_TYPE, "a question")
    return value[:length] or None


@transform("plain", takes=Takes.VALUE)
def plain(value: object) -> object:
    """The value."""
    return value


@transform("table", Option(name="pairs", parse=replacements, about="pairs"), whole_table=True)
def table(value: str, *, pairs: tuple[tuple[str, str], ...] = ()) -> object:
    """The pairs."""
    return [value, *pairs]


def test_the_docstring_becomes_the_manual():
    assert shorten.doc.summary == "The first letters."
    assert shorten.doc.description == "The first letters.\n\nMore words."


@pytest.mark.parametrize("options", [2, {"length": 2}])
def test_the_short_form_sets_the_first_option(options):
    assert shorten.compile(options)("Acme") == "Ac"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (None, '"shorten" needs length: letters'),
        ({"size": 2}, '"shorten" has no option "size"; its options: length'),
        ("2", "\"shorten\", length: write a whole number from 1, not '2'"),
    ],
)
def test_wrong_options_say_what_would_be_right(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        shorten.compile(options)


def test_a_transform_without_options_takes_none():
    with pytest.raises(ValueError, match="takes no options"):
        plain.compile(3)
    assert plain.compile(None)(3) == 3


@pytest.mark.parametrize("options", [{"a": "b"}, {"pairs": {"a": "b"}}])
def test_a_table_may_be_the_value_or_name_it(options):
    assert table.compile(options)("x") == ["x", ("a", "b")]


def test_numbers_are_given_as_text_where_text_is_taken():
    assert shorten.compile(9)(250.0) == "250"
    remark = shorten.compile(9)({"a": 1})
    assert isinstance(remark, Remark)
    assert remark.code == Code.BAD_TYPE


def test_lists_are_gone_through_and_what_is_empty_left_out():
    assert shorten.compile(1)(["ab", "", None, "cd"]) == ["a", "c"]
    assert plain.compile(None)([1, [None]]) == [1]
    assert plain.compile(None)(None) is None


def test_remarks_about_elements_are_counted_into_one():
    remark = shorten.compile(1)(["ab", "?", "who?"])
    assert remark == Remark(["a"], Code.BAD_TYPE, "2 of 3 values: a question")
