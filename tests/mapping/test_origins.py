from __future__ import annotations

import pytest

from crmsync.mapping.building import Building
from crmsync.mapping.compiling import compile_part
from crmsync.mapping.spec import parse_rules
from crmsync.mapping.values import Remark
from crmsync.receipts import Outcome
from tests.mapping.samples import SAMPLE, codes, made, mapping, record

HERE = "tests.mapping.test_origins"


def reverse(given):
    return given.fields["a"][::-1]


def explode(given):
    raise ZeroDivisionError("by zero")


def remark(given):
    return Remark("x", "ODD", "odd")


def nothing(given):
    return ""


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({"a": "x", "b": "y"}, "x-y", id="both"),
        pytest.param({"a": " x ", "b": ""}, "x", id="one"),
        pytest.param({"a": " ", "b": None}, None, id="none"),
        pytest.param({"a": 7.0, "b": True}, "7-true", id="number-and-truth"),
        pytest.param({"a": ["x", "y"], "b": "z"}, "x, y-z", id="list"),
    ],
)
def test_join_puts_the_parts_together_that_are_not_empty(fields, text):
    assert made({"join": ["a", "b"], "separator": "-"}, "ref.id", record(**fields)) == text


def test_join_separates_by_a_blank_where_nothing_else_is_said():
    assert made({"join": ["a", "b"]}, "name", record(a="x", b="y")) == "x y"


def test_a_part_may_be_a_rule_of_its_own():
    rule = {"join": ["a", {"from": "b", "transforms": "upper"}]}
    assert made(rule, "name", record(a="x", b="y")) == "x Y"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("{a}: {b}", "x: y", id="both"),
        pytest.param("{a}: {none}", None, id="a-part-is-missing"),
        pytest.param("{a} {none?}", "x", id="optional"),
        pytest.param("v {none?}", None, id="nothing-at-all"),
        pytest.param("{{{a}}}", "{x}", id="braces"),
        pytest.param("{n}", "7", id="number"),
    ],
)
def test_a_template_is_filled_or_empty(template, text):
    given = record(a="x", b="y", none=None, n=7.0)
    assert made({"template": template}, "ref.id", given) == text


def test_list_gathers_values_and_takes_lists_apart():
    given = record(a="x", b=["y", "z"], c=None)
    assert made({"list": ["a", "b", "c"]}, "tags", given) == ["x", "y", "z"]


def test_a_list_of_nothing_is_absent():
    assert made({"list": ["a"]}, "tags", record(a=None)) is None


def roles(*pairs):
    return {"pairs": list(pairs)}


JO = {"key": "jo.email", "value": {"const": "HELPER"}}
BO = {"key": "bo.email", "value": {"const": "boss"}, "when": "bo.active"}


def test_pairs_make_an_object_of_what_the_record_has():
    given = record(joins={"jo": {"email": "Jo@acme.com"}, "bo": {"email": "bo@acme.com"}})
    assert made(roles(JO, BO), "roles", given) == {"jo@acme.com": "HELPER"}


@pytest.mark.parametrize("order", [(JO, BO), (BO, JO)], ids=["weaker-first", "stronger-first"])
def test_of_two_roles_for_one_key_the_stronger_stays_with_a_warning(order):
    bo = {"email": " JO@Acme.com", "active": True}
    given = record(joins={"jo": {"email": "jo@acme.com"}, "bo": bo})
    assert made(roles(*order), "roles", given) == {"jo@acme.com": "OWNER"}
    assert ("roles", "DUPLICATE") in codes({"roles": roles(*order)}, given)


def test_the_same_role_twice_is_no_news():
    given = record(joins={"jo": {"email": "jo@acme.com"}})
    assert codes({"roles": roles(JO, JO)}, given) == []


def items(rule, given):
    """What an array of objects comes to, before any field fits it."""
    rules, problems = parse_rules({"f": {"items": rule}}, path="x")
    assert problems == []
    building = Building(field=SAMPLE.fields["code"], fit=lambda value: value, object_name="")
    return compile_part(rules["f"], "x", building).whole(given, [])


MAIN = {"label": {"const": "Main"}, "value": "a"}


@pytest.mark.parametrize(
    ("written", "made_items"),
    [
        pytest.param([MAIN], [{"label": "Main", "value": "1"}], id="object"),
        pytest.param(
            [{**MAIN, "more": "none"}], [{"label": "Main", "value": "1"}], id="empty-part"
        ),
        pytest.param([{**MAIN, "value": "none"}], None, id="nothing-of-the-record"),
        pytest.param([{"label": {"const": "x"}}], [{"label": "x"}], id="constants-alone"),
        pytest.param([{**MAIN, "value": "none"}, {"v": "a"}], [{"v": "1"}], id="second-alone"),
    ],
)
def test_items_are_objects_of_what_the_record_gives(written, made_items):
    assert items(written, record(a="1", none=None)) == made_items


def test_a_hook_is_given_the_record():
    assert made({"python": f"{HERE}:reverse"}, "code", record(a="abc")) == "cba"


def test_what_a_hook_returns_goes_through_the_rest_of_the_rule():
    rule = {"python": f"{HERE}:reverse", "transforms": "upper"}
    assert made(rule, "code", record(a="abc")) == "CBA"


def test_a_hook_may_return_a_remark():
    given = record()
    assert made({"python": f"{HERE}:remark"}, "code", given) == "x"
    assert codes({"code": {"python": f"{HERE}:remark"}}, given) == [("code", "ODD")]


def test_a_hook_that_returns_nothing_leaves_the_field_out():
    assert made({"python": f"{HERE}:nothing"}, "code", record()) is None


@pytest.mark.fault(100)
def test_a_hook_that_raises_costs_its_field_and_not_the_record():
    given = record(a="x")
    mapped = mapping({"code": {"python": f"{HERE}:explode"}, "name": "a"}).map(given)
    assert (mapped.outcome, dict(mapped.fields)) == (None, {"id": "7", "name": "x"})
    assert [problem.code for problem in mapped.problems] == ["RULE_FAILED"]
    assert "ZeroDivisionError: by zero" in mapped.problems[0].message


@pytest.mark.fault(100)
def test_a_required_hook_that_raises_makes_the_record_invalid():
    rule = {"python": f"{HERE}:explode", "required": True}
    assert mapping({"code": rule}).map(record()).outcome is Outcome.INVALID
