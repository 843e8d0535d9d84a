from __future__ import annotations

import pytest

from crmsync.destinations.datatalks.flattening import flatten


@pytest.mark.parametrize(
    ("fields", "flat"),
    [
        ({"a": 1, "b": ["x"]}, {"a": 1, "b": ["x"]}),
        ({"a": {"b": 1, "c": {"d": 2}}}, {"a_b": 1, "a_c_d": 2}),
        ({"a": {"b": ["x", "y"]}}, {"a_b": ["x", "y"]}),
        ({"a": {}}, {}),
        ({"owners": {"jo@acme.com": "CSM"}}, {"owners": {"jo@acme.com": "CSM"}}),
    ],
    ids=["flat", "deep", "list", "empty", "owners"],
)
def test_objects_come_out_under_longer_names(fields, flat):
    assert list(flatten(fields)) == []
    assert fields == flat


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"a": {"b": 1}, "a_b": 2}, ["a_b"]),
        ({"a": {"b_c": 1}, "a_b": {"c": 2}}, ["a_b_c"]),
        ({"owner": {"emails": ["x"]}, "owners": {"a@b.se": "r"}}, ["owner_emails"]),
        ({"owner_emails": ["x"], "owners": {"a@b.se": "r"}}, ["owner_emails"]),
    ],
    ids=["plain", "both nested", "owners", "owners and a list"],
)
def test_one_name_for_two_values_is_a_problem(fields, names):
    assert [(one.field, one.code) for one in flatten(fields)] == [
        (n, "KEY_COLLISION") for n in names
    ]


def test_a_list_of_emails_alone_is_a_persons_own():
    fields: dict[str, object] = {"owner_emails": ["x"]}
    assert list(flatten(fields)) == []
