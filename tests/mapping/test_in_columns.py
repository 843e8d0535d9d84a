from __future__ import annotations

import pytest

from crmsync.mapping.in_columns import InColumns, in_dictionaries


@pytest.fixture
def columns() -> dict[str, list[object]]:
    return {"key": ["x", "y"], "size": [None, 7], "tags": [["a"], None]}


def test_a_payload_has_what_its_columns_have_at_its_place(columns):
    assert [dict(InColumns(columns, place)) for place in (0, 1)] == in_dictionaries(columns, 2)
    assert in_dictionaries(columns, 2) == [{"key": "x", "tags": ["a"]}, {"key": "y", "size": 7}]


def test_a_value_that_is_none_is_absent(columns):
    payload = InColumns(columns, 0)
    assert (len(payload), "size" in payload, "key" in payload, "other" in payload) == (2, 0, 1, 0)
    assert payload.get("size", "none") == "none"
    assert repr(payload) == "{'key': 'x', 'tags': ['a']}"


def test_what_is_written_to_a_payload_stands_in_its_column(columns):
    payload = InColumns(columns, 1)
    payload["tags"] = ["b"]
    del payload["size"]
    assert columns == {"key": ["x", "y"], "size": [None, None], "tags": [["a"], ["b"]]}
