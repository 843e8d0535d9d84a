from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.shrinking import shrink
from crmsync.payloads import Field, FieldKind

CATALOGUE = {
    "name": Field(name="name", kind=FieldKind.TEXT),
    "about": Field(name="about", kind=FieldKind.LONG_TEXT),
    "notes": Field(name="notes", kind=FieldKind.LONG_TEXT),
}


@pytest.mark.parametrize(
    ("fields", "excess", "shrunk"),
    [
        ({"about": "hello world"}, 6, {"about": "he…"}),
        ({"about": "hello world"}, 3, {"about": "hello…"}),
        ({"about": "x" * 10, "notes": "y" * 20}, 5, {"about": "x" * 10, "notes": "y" * 12 + "…"}),
        ({"name": "acme", "about": "tiny"}, 4, {"name": "acme"}),
        ({"about": "👨‍👩‍👧👨‍👩‍👧"}, 1, {"about": "👨‍👩‍👧…"}),
        ({"about": '""""""""'}, 8, {"about": '""…'}),
    ],
    ids=["cut", "no-blank-at-the-end", "longest-first", "left-out", "whole-clusters", "escapes"],
)
def test_long_texts_lose_their_ends(fields, excess, shrunk):
    assert shrink(fields, excess, CATALOGUE) == shrunk


@pytest.mark.parametrize("fields", [{"name": "x" * 100}, {"about": None}, {"about": "xy"}])
def test_what_long_texts_cannot_give_is_not_taken_elsewhere(fields):
    assert shrink(fields, 10, CATALOGUE) is None


TEXTS = st.text('ab å👍\u0301"\\\n', max_size=60)


@given(TEXTS, TEXTS, st.integers(1, 80))
def test_at_least_the_excess_is_saved_and_the_rest_untouched(about, notes, excess):
    fields = {"name": "acme", "about": about, "notes": notes}
    shrunk = shrink(fields, excess, CATALOGUE)
    if shrunk is None:
        assert excess > sum(len(orjson.dumps(text)) - 2 for text in (about, notes))
        return
    assert len(orjson.dumps(shrunk)) <= len(orjson.dumps(fields)) - excess
    assert shrunk["name"] == "acme"
    assert fields["about"] == about
