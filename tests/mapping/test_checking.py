from __future__ import annotations

import pytest

from crmsync.mapping.checking import check_rules, depth
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Field, FieldKind
from tests.mapping.samples import plugin


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


LINKS = plugin(
    Field(name="id", kind=FieldKind.TEXT),
    Field(
        name="links",
        kind=FieldKind.OBJECT_LIST,
        members=(Field(name="label", kind=FieldKind.TEXT), Field(name="to", kind=FieldKind.URL)),
    ),
)


@pytest.mark.parametrize(
    ("item", "codes"),
    [
        ({"label": "a", "to": "b"}, []),
        ({"label": "a"}, ["wrong_members"]),
        ({"label": "a", "to": "b", "more": "c"}, ["wrong_members"]),
    ],
    ids=["both", "one-missing", "one-too-many"],
)
def test_objects_of_a_list_have_the_fields_members(item, codes):
    rules, _ = parse_rules({"id": "a", "links": {"items": [item]}}, path="x")
    found = list(check_rules(rules, LINKS, "x"))
    assert [problem.code for problem in found] == codes
    assert all(problem.field == "x.links.items[0]" for problem in found)
