from __future__ import annotations

import pytest

from crmsync.config.faults import did_you_mean, key_path


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("syncs", "a-b", "on_delete"), "syncs.a-b.on_delete"),
        (("syncs", "a", "fields", "properties.risk"), 'syncs.a.fields."properties.risk"'),
        (("list", 0, "x"), "list[0].x"),
        (("a b",), '"a b"'),
    ],
)
def test_a_path_is_written_as_toml_writes_it(parts, path):
    assert key_path(*parts) == path


def test_the_nearest_name_is_named_first_then_all():
    assert did_you_mean("Compnies", ["companies", "deals"]) == (
        'did you mean "companies"? There are: companies, deals'
    )


def test_where_nothing_is_near_all_are_named():
    assert did_you_mean("x", ["companies"]) == "There are: companies"


def test_where_there_is_nothing_it_says_so():
    assert did_you_mean("x", []) == "There are none"
