from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.faults import did_you_mean, key_path, problems_of
from crmsync.config.schema import SyncConfig


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
    assert did_you_mean("x", ["companies"]) == "there are: companies"


def test_where_there_is_nothing_it_says_so():
    assert did_you_mean("x", []) == "there are none"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"on_delete": "drop"}, "must be 'ignore' or 'disable'; this is \"drop\""),
        ({"timezone": "Stockholm"}, '; this is "Stockholm"'),
        ({"guards": {"blank": 1.5}}, "must be at most 1; this is 1.5"),
        ({"guards": {"blank": "much"}}, 'must be a number; this is "much"'),
        ({"full_every": 5}, "; this is 5"),
        ({"enabled": "yes"}, 'must be true or false, without quotes; this is "yes"'),
    ],
    ids=["choice", "zone", "number", "text", "unit", "kind"],
)
def test_the_value_that_was_found_is_quoted(keys, told):
    table = {"source": "a", "object": "b", "destination": "c", **keys}
    with pytest.raises(ValidationError) as caught:
        SyncConfig.model_validate(table)
    (problem,) = problems_of(caught.value, SyncConfig)
    assert problem.message.endswith(told)


@pytest.mark.security(3)
def test_a_value_that_may_be_a_credential_is_not_quoted():
    table = {"source": "a", "object": "b", "destination": "c", "on_delete": "ak-4711-secret"}
    with pytest.raises(ValidationError) as caught:
        SyncConfig.model_validate(table)
    assert "4711" not in str(problems_of(caught.value, SyncConfig))
