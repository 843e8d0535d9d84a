from __future__ import annotations

import pytest

from crmsync.mapping.checking import depth
from crmsync.mapping.spec import parse_rules


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        pytest.param("a", 0, id="path"),
        pytest.param({"join": ["a"]}, 0, id="text"),
        pytest.param({"const": {"a": {"b": [1]}}}, 3, id="const"),
        pytest.param({"const": []}, 1, id="empty-list"),
        pytest.param({"list": ["a"]}, 1, id="list"),
        pytest.param({"list": [{"list": ["a"]}]}, 1, id="flat-list"),
        pytest.param({"list": [{"const": {"a": 1}}]}, 2, id="list-of-objects"),
        pytest.param({"pairs": [{"key": "a", "value": {"const": {"b": 1}}}]}, 2, id="pairs"),
        pytest.param({"items": [{"a": "b"}]}, 2, id="items"),
        pytest.param({"items": [{"a": {"items": [{"b": "c"}]}}]}, 4, id="items-in-items"),
        pytest.param({"from": "a", "values": {"x": {"y": 1}}}, 1, id="values"),
        pytest.param({"from": "a", "default": {"const": {"x": [1]}}}, 2, id="default"),
    ],
)
def test_depth_counts_lists_and_objects_inside_one_another(written, levels):
    rules, problems = parse_rules({"f": written}, path="x")
    assert problems == []
    assert depth(rules["f"]) == levels
