from __future__ import annotations

import pytest

from crmsync.mapping.transforms import compile_transform

CASES = [
    pytest.param("split", None, "A;B;;C", ["A", "B", "C"], id="S22"),
    pytest.param("split", ",", "A, B", ["A", "B"], id="split-separator"),
    pytest.param("split", None, ["A;B", None, "C", {}], ["A", "B", "C"], id="split-lists"),
    pytest.param("split", None, " ; ", None, id="split-nothing"),
    pytest.param("join", None, ["Cambridge", "", None, " UK "], "Cambridge, UK", id="join"),
    pytest.param("join", "/", ["A", 7, 1.0], "A/7/1", id="join-numbers"),
    pytest.param("join", None, "Acme", "Acme", id="join-text"),
    pytest.param("join", None, [None], None, id="join-nothing"),
    pytest.param("first", None, [None, " ", "a", "b"], "a", id="first"),
    pytest.param("first", None, [0, 1], 0, id="first-zero"),
    pytest.param("first", None, "a", "a", id="first-of-no-list"),
    pytest.param("first", None, [], None, id="first-of-nothing"),
    pytest.param("last", None, ["a", "b", ""], "b", id="last"),
    pytest.param("last", None, [None], None, id="last-of-nothing"),
    pytest.param("unique", None, ["Tech", "tech ", None, "", 7, "7"], ["Tech", 7], id="unique"),
    pytest.param("unique", None, [{"a": 1}, {"a": 1}], [{"a": 1}], id="unique-objects"),
    pytest.param("unique", None, [], None, id="unique-of-nothing"),
]


@pytest.mark.parametrize(("name", "options", "given", "expected"), CASES)
def test_lists_are_made_picked_and_joined(name, options, given, expected):
    assert compile_transform(name, options)(given) == expected


@pytest.mark.parametrize("name", ["split", "join", "first", "last", "unique"])
def test_nothing_stays_nothing(name):
    assert compile_transform(name)(None) is None
