from __future__ import annotations

import pytest

from crmsync.mapping.shortcuts import as_it_is, compose, of_field, of_path, remembered
from crmsync.mapping.values import Remark
from crmsync.payloads import Field, FieldKind
from tests.mapping.samples import made, record

REFUSED = Remark(None, "REFUSED", "refused")


def upper(text: object) -> object:
    return str(text).upper()


def the_long_way(given, report):
    return "the long way"


@pytest.mark.parametrize(
    ("functions", "value"),
    [
        pytest.param([], "x", id="none"),
        pytest.param([str.upper], "X", id="one"),
        pytest.param([str.upper, lambda text: [text]], ["X"], id="a-list-at-last"),
        pytest.param([lambda _: [], str.upper], None, id="a-list-on-the-way"),
        pytest.param([lambda _: REFUSED, str.upper], None, id="refused-on-the-way"),
        pytest.param([lambda _: REFUSED], REFUSED, id="refused-at-last"),
        pytest.param([str.strip, str.upper], "X", id="two"),
    ],
)
def test_functions_in_a_row_go_on_only_with_a_text(functions, value):
    assert compose(functions)("x") == value


@pytest.mark.parametrize("value", [None, "", [], False, REFUSED, REFUSED._replace(value="x")])
def test_what_a_shortcut_cannot_finish_takes_the_long_way(value):
    shortcuts = [
        of_field("a", lambda _: value, the_long_way),
        of_path(lambda given: given.fields["a"], lambda _: value, the_long_way),
    ]
    assert [extract(record(a="x"), []) for extract in shortcuts] == ["the long way"] * 2


@pytest.mark.parametrize("raw", [None, "", 7, ["x"], {"x": "y"}, True])
def test_what_is_no_text_takes_the_long_way(raw):
    assert of_field("a", as_it_is, the_long_way)(record(a=raw), []) == "the long way"


def test_a_text_takes_the_shortcut():
    assert of_field("a", upper, the_long_way)(record(a="x"), []) == "X"
    assert of_path(lambda _: "x", upper, the_long_way)(record(), []) == "X"


@pytest.mark.parametrize(("kind", "calls"), [(FieldKind.ENUM, 1), (FieldKind.TEXT, 2)])
def test_only_fields_of_few_values_are_remembered(kind, calls):
    seen: list[object] = []

    def note(text: object) -> object:
        seen.append(text)
        return text

    shortcut = remembered(note, Field(name="f", kind=kind))
    assert [shortcut("x"), shortcut("x")] == ["x", "x"]
    assert len(seen) == calls


@pytest.mark.parametrize("given", ["Acme <b@acme.com>", "jo@acme.com"])
def test_a_remembered_object_is_a_new_one_each_time(given):
    rule = {"pairs": [{"key": "a", "value": {"const": "OWNER"}}]}
    first, second = (made(rule, "roles", record(a=given)) for _ in range(2))
    assert first == second
    assert first is not second
