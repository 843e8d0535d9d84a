from __future__ import annotations

import pytest

from crmsync.receipts import Outcome, Severity
from tests.mapping.samples import codes, made, mapping, record


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        pytest.param({"a": "1", "b": "2"}, "1", id="first"),
        pytest.param({"a": "", "b": "2"}, "2", id="first-is-empty"),
        pytest.param({"a": "  ", "b": "2"}, "2", id="first-is-blank"),
        pytest.param({"a": None, "b": None, "c": "3"}, "3", id="last"),
        pytest.param({"a": "too-long", "b": "2"}, "2", id="first-does-not-fit"),
        pytest.param({"a": "", "b": "", "c": ""}, None, id="none"),
    ],
)
def test_the_first_path_whose_value_survives_the_whole_rule_wins(fields, value):
    assert made({"from": ["a", "b", "c"]}, "code", record(**fields)) == value


def test_a_value_that_was_refused_before_another_fitted_is_a_warning_with_its_path():
    mapped = mapping({"strict": {"from": ["a", "b"]}}).map(record(a="too-long", b="2"))
    (problem,) = mapped.problems
    assert (mapped.outcome, problem.severity) == (None, Severity.WARNING)
    assert problem.message.startswith("a: ")


def test_transforms_run_in_order_and_before_the_values():
    rule = {"from": "a", "transforms": ["lower", {"clip": 3}], "values": {"ab…": "LOST"}}
    assert made(rule, "stage", record(a="ABCD")) == "LOST"


@pytest.mark.parametrize("value", ["CUST", " cust ", "Cust"])
def test_values_are_looked_up_without_regard_to_case_and_blanks(value):
    assert made({"from": "a", "values": {"Cust": "CUSTOMER"}}, "stage", record(a=value)) == (
        "CUSTOMER"
    )


@pytest.mark.parametrize(
    ("value", "key"), [(True, "true"), (False, "false"), (7, "7"), (7.0, "7")], ids=str
)
def test_truth_and_numbers_are_looked_up_by_their_words(value, key):
    assert made({"from": "a", "values": {key: "LEAD"}}, "stage", record(a=value)) == "LEAD"


def test_each_value_of_a_list_is_looked_up_alone():
    rule = {"from": "a", "values": {"x": "One", "y": "Two"}}
    assert made(rule, "tags", record(a=["Y", "z", "x"])) == ["Two", "One"]
    assert codes({"tags": rule}, record(a=["Y", "z"])) == [("tags", "UNMAPPED_VALUE")]


@pytest.mark.parametrize(
    ("otherwise", "value", "outcome", "problems"),
    [
        pytest.param("drop", None, None, ["UNMAPPED_VALUE"], id="drop"),
        pytest.param("keep", "LEAD", None, [], id="keep"),
        pytest.param("reject", None, Outcome.INVALID, ["UNMAPPED_VALUE"], id="reject"),
        pytest.param("LOST", "LOST", None, [], id="constant"),
    ],
)
def test_otherwise_says_what_becomes_of_a_value_that_has_no_line(
    otherwise, value, outcome, problems
):
    rule = {"from": "a", "values": {"x": "CUSTOMER"}, "otherwise": otherwise}
    mapped = mapping({"stage": rule}).map(record(a="lead"))
    assert (mapped.fields.get("stage"), mapped.outcome) == (value, outcome)
    assert [problem.code for problem in mapped.problems] == problems


def test_a_value_without_a_line_is_named_in_the_warning():
    mapped = mapping({"stage": {"from": "a", "values": {"x": "LEAD"}}}).map(record(a="odd one"))
    assert '"odd one"' in mapped.problems[0].message


def test_a_value_that_the_rule_rejects_stays_rejected_whatever_follows():
    rule = {"from": ["a", "b"], "values": {"x": "LEAD"}, "otherwise": "reject", "default": "LOST"}
    assert mapping({"stage": rule}).map(record(a="y", b="x")).outcome is Outcome.INVALID


@pytest.mark.parametrize(
    ("given", "value"), [({"a": ""}, "dflt"), ({"a": "too-long"}, "dflt"), ({"a": "x"}, "x")]
)
def test_a_default_stands_in_where_nothing_came_out(given, value):
    assert made({"from": "a", "default": "dflt"}, "code", record(**given)) == value


def test_a_default_rule_has_its_own_transforms():
    rule = {"from": "a", "default": {"from": "b", "transforms": "upper"}}
    assert made(rule, "code", record(a=None, b="x")) == "X"


def test_a_default_forgives_what_did_not_fit():
    mapped = mapping({"strict": {"from": "a", "default": "x"}}).map(record(a="too-long"))
    assert (mapped.outcome, mapped.fields["strict"]) == (None, "x")


@pytest.mark.parametrize("true", [True, "true", "TRUE ", "1", "yes", 1], ids=repr)
def test_when_lets_pass_what_is_true(true):
    assert made({"from": "a", "when": "w"}, "code", record(a="x", w=true)) == "x"


@pytest.mark.parametrize("false", [False, "false", "0", "no", "", None, 0, 2, "on"], ids=repr)
def test_when_leaves_out_what_is_not(false):
    assert made({"from": "a", "when": "w"}, "code", record(a="x", w=false)) is None


def test_what_a_condition_leaves_out_gets_the_default():
    rule = {"const": "yes", "when": "w", "default": "no"}
    assert made(rule, "code", record(w="false")) == "no"


def test_a_required_field_that_is_empty_makes_the_record_invalid():
    mapped = mapping({"code": {"from": "a", "required": True}}).map(record(a=""))
    assert mapped.outcome is Outcome.INVALID
    assert [(p.field, p.code, p.severity) for p in mapped.problems] == [
        ("code", "REQUIRED_EMPTY", Severity.ERROR)
    ]


def test_a_field_that_must_fit_makes_the_record_invalid():
    mapped = mapping({"strict": "a"}).map(record(a="too-long"))
    assert (mapped.outcome, mapped.key) == (Outcome.INVALID, None)


def test_a_field_that_need_not_fit_is_left_out_with_a_warning():
    mapped = mapping({"code": "a"}).map(record(a="too-long"))
    assert (mapped.outcome, "code" in mapped.fields) == (None, False)
    assert [problem.severity for problem in mapped.problems] == [Severity.WARNING]


def test_a_constant_is_what_it_is_for_every_record():
    assert made({"const": "lead"}, "stage", record()) == "LEAD"


@pytest.mark.parametrize("value", [None, "", [], {}], ids=repr)
def test_what_is_empty_is_absent(value):
    assert "code" not in mapping({"code": "a"}).map(record(a=value)).fields


def test_of_a_list_a_single_field_takes_the_first_that_fits():
    given = record(a=["too-long", "b", "c"])
    assert made("a", "code", given) == "b"
    assert codes({"code": "a"}, given) == [("code", "FIRST_OF_SEVERAL")]
