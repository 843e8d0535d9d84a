from __future__ import annotations

import pytest

from crmsync.destinations.datatalks.groups import Groups
from crmsync.receipts import Outcome, Problem
from tests.destinations.datatalks.account import mapped, settings

RULES = [
    {"group_key": "se1", "when": {"country": ["Sweden", "Sverige"], "brand": "Acme Sport"}},
    {"group_key": "no1", "when": {"country": "Norway"}},
    {"group_key": "vip", "when": {"segments": ["VIP"]}},
]


def chosen(fields, **keys):
    return Groups(settings(group_key=None, **{"groups": RULES, **keys})).choose(fields)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"country": "Sweden", "brand": "Acme Sport"}, "se1"),
        ({"country": " SVERIGE ", "brand": "acme  sport"}, "se1"),
        ({"country": "norway", "brand": "whatever"}, "no1"),
        ({"segments": ["Media", "vip"]}, "vip"),
    ],
)
def test_the_rule_that_matches_gives_the_group(fields, key):
    assert chosen(fields) == key


@pytest.mark.parametrize("fields", [{"country": "Sweden"}, {"country": "Denmark"}, {}])
def test_what_no_rule_matches_goes_to_the_default(fields):
    assert chosen(fields, group_default="rest") == "rest"


def test_without_a_default_it_is_said_what_was_looked_at():
    problem = chosen({"country": "Denmark"})
    assert isinstance(problem, Problem)
    assert problem.code == "NO_GROUP_KEY"
    assert "country = Denmark, brand = , segments = " in problem.message


def test_two_groups_for_one_record_are_one_too_many():
    problem = chosen({"country": "Norway", "segments": ["VIP"]}, group_default="rest")
    assert isinstance(problem, Problem)
    assert problem.code == "SEVERAL_GROUP_KEYS"
    assert "no1, vip" in problem.message


def test_two_rules_may_lead_to_one_group():
    rules = [*RULES, {"group_key": "no1", "when": {"brand": "Fjord"}}]
    assert chosen({"country": "Norway", "brand": "Fjord"}, groups=rules) == "no1"


@pytest.mark.parametrize(("value", "key"), [(True, "yes"), (7, "seven")])
def test_what_is_no_text_is_compared_as_text(value, key):
    groups = [
        {"group_key": "yes", "when": {"flag": "true"}},
        {"group_key": "seven", "when": {"flag": "7"}},
    ]
    assert chosen({"flag": value}, groups=groups) == key


def test_one_group_needs_no_rule():
    assert Groups(settings()).choose({}) == "abc123"


def test_a_rule_of_the_mapping_goes_before_the_accounts():
    rules = {"group_key": {"from": "pipeline", "values": {"Norge": "no1"}, "otherwise": "drop"}}
    assert mapped({"pipeline": "Norge"}, rules).fields["group_key"] == "no1"
    assert mapped({"pipeline": "Other"}, rules).fields["group_key"] == "abc123"


def test_a_group_may_go_by_what_was_flattened():
    groups = [{"group_key": "se1", "when": {"address_country": "Sweden"}}]
    given = {"address": {"country": "Sweden"}}
    result = mapped(given, {"address": "address"}, flatten=True, group_key=None, groups=groups)
    assert result.fields["group_key"] == "se1"


def test_a_record_of_two_groups_is_invalid():
    rules = {"country": "country", "segments": "tags"}
    given = {"country": "Norway", "tags": ["VIP"]}
    result = mapped(given, rules, group_key=None, groups=RULES)
    assert result.outcome is Outcome.INVALID
    assert [problem.code for problem in result.problems] == ["SEVERAL_GROUP_KEYS"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("owner_emails", "JO@acme.com"), ("owner_roles", "csm"), ("owners", "jo@acme.com")],
)
def test_a_group_may_go_by_owners_as_they_are_sent(name, value):
    groups = [{"group_key": "jos", "when": {name: value}}]
    rules = {"owners": {"pairs": [{"key": "mail", "value": {"const": "CSM"}}]}}
    result = mapped({"mail": "jo@acme.com"}, rules, group_key=None, groups=groups)
    assert result.fields["group_key"] == "jos"
