from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.rules import OFF
from crmsync.mapping.spec import parse_rules
from crmsync.mapping.writing import inline, to_toml, unparse

WRITTEN = [
    "name",
    False,
    {"from": ["a", "b"], "when": "w", "required": True},
    {"const": {"a": [1, 2.5, True, "x"]}},
    {"join": ["a", {"from": "b", "transforms": "lower"}], "separator": ", "},
    {"template": "{a}: {b?}"},
    {"list": ["a", {"const": "b"}]},
    {"pairs": [{"key": "k", "value": {"const": "v"}, "when": "w"}]},
    {"items": [{"label": {"const": "Main"}, "value": "phone"}]},
    {"python": "a:b", "reads": ["x"]},
    {"from": "a", "transforms": ["lower", {"clip": 4}], "values": {"x y": "Z"}, "otherwise": 0},
    {"from": "a", "default": "text"},
    {"from": "a", "default": {"from": "b"}},
    {"from": "a", "default": {"const": {"k": "v"}}},
]


@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_a_rule_is_written_as_it_was_read(written):
    rules, problems = parse_rules({"a.b": written}, path="x")
    assert problems == []
    assert unparse(rules["a.b"]) == written
    assert tomllib.loads(to_toml(rules)) == {"a.b": written}


def test_a_mapping_as_written_is_toml_too():
    assert to_toml({"a": "x", "b.c": {"from": "y"}}) == 'a = "x"\n"b.c" = { from = "y" }\n'


def test_what_is_switched_off_stays_off():
    assert to_toml({"a": OFF}) == "a = false\n"


values = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_every_json_value_survives_toml(value):
    assert tomllib.loads(f"x = {inline(value)}") == {"x": value}
