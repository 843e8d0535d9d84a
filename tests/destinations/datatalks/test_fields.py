from __future__ import annotations

from decimal import Decimal

import pytest

from crmsync.destinations.datatalks import PLUGIN
from crmsync.destinations.datatalks.fields import FIELDS, open_field
from crmsync.errors import ConfigError
from crmsync.mapping.merging import compile_merge
from crmsync.payloads import Contribution
from tests.destinations.datatalks.account import data, mapped, mapping, settings


def test_the_key_stands_first_and_is_required():
    assert next(iter(FIELDS)) == "crm_id"
    assert [name for name, field in PLUGIN.fields.items() if field.required] == ["crm_id"]


def test_an_account_may_know_its_contacts_by_another_attribute():
    plugin = PLUGIN.tailor(PLUGIN, settings(contact_key="epost"))
    assert plugin.key == "epost"
    assert next(iter(plugin.fields)) == "epost"
    assert [name for name, field in plugin.fields.items() if field.required] == ["epost"]


@pytest.mark.parametrize("name", ["deltaked_faltnamn", "epost", "Företag", "a b", "a-b", "x9"])
def test_any_flat_name_is_a_field(name):
    assert open_field(nested=False)(name) is not None
    assert data({"x": "y"}, {name: "x"}) == {name: "y"}


@pytest.mark.parametrize("name", ["", " a", "9a", "address.city", "a\nb", "owner_roles", "data"])
def test_what_cannot_be_sent_flat_is_no_field(name):
    assert open_field(nested=True)(name) is None
    with pytest.raises(ConfigError, match="has no field"):
        mapping({name: "x"}, flatten=True)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("text", "text"),
        (" a\u202eb\n c ", "ab\n c"),
        (7, 7),
        (2.5, 2.5),
        (True, True),
        (False, False),
        ([1, "a", None, True], [1, "a", True]),
        (["A", "a", "A"], ["A", "a", "A"]),
        (2**70, str(2**70)),
        (Decimal("1500.00"), "1500.00"),
        (float("nan"), None),
        (float("inf"), None),
        ([], None),
        ([float("nan"), ""], None),
    ],
    ids=repr,
)
def test_an_attribute_of_ones_own_goes_as_it_comes(value, sent):
    result = mapped({"x": value}, {"own": "x"})
    assert result.fields.get("own") == sent
    assert type(result.fields.get("own")) is type(sent)
    assert result.problems == ()


def test_an_owner_may_have_any_role():
    rule = {"pairs": [{"key": "x", "value": {"const": "Säljare"}}]}
    assert data({"x": "Jo@Acme.com"}, {"owners": rule})["owner_roles"] == ["Säljare"]


def contribution(record_id, modified_at, **fields):
    return Contribution("s", record_id, (0, 0), modified_at, {"crm_id": "1", **fields})


def test_what_several_records_give_is_united_by_what_it_is():
    merge = compile_merge(PLUGIN.knowing(["brand", "tags"]))
    older = contribution("1", 1, tags=["A", "B"], brand="Old", own=["x"], other=1)
    newer = contribution("2", 2, tags=["b", "C"], own=["y"], group_key="se1")
    merged, winner = merge([older, newer])
    assert winner is newer
    assert merged == {
        "crm_id": "1",
        "brand": "Old",
        "tags": ["b", "C", "A"],
        "own": ["y", "x"],
        "other": 1,
        "group_key": "se1",
    }


def test_owners_of_several_records_keep_their_roles():
    merge = compile_merge(PLUGIN)
    one = contribution("1", 2, owners={"a@x.se": "AM", "b@x.se": "AM"})
    two = contribution("2", 1, owners={"c@x.se": "AM", "a@x.se": "CSM"})
    merged, _ = merge([two, one])
    assert merged["owners"] == {"a@x.se": "AM", "b@x.se": "AM", "c@x.se": "AM"}
