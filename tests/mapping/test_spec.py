from __future__ import annotations

from datetime import date

import pytest

from crmsync.mapping.rules import (
    OFF,
    Const,
    Hook,
    Items,
    Join,
    Listing,
    Pair,
    Pairs,
    Paths,
    Rule,
    Step,
    Template,
)
from crmsync.mapping.spec import at, did_you_mean, parse_rules
from tests.mapping.samples import PATH, faults

NAME = Rule(origin=Paths(("name",)))


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        pytest.param("name", NAME, id="text-is-a-path"),
        pytest.param(False, OFF, id="false-switches-off"),
        pytest.param({"from": ["a", "b.c"]}, Rule(origin=Paths(("a", "b.c"))), id="from"),
        pytest.param({"const": {"a": [1]}}, Rule(origin=Const({"a": [1]})), id="const"),
        pytest.param(
            {"join": ["name"], "separator": "-"}, Rule(origin=Join((NAME,), "-")), id="join"
        ),
        pytest.param({"template": "{a}"}, Rule(origin=Template("{a}")), id="template"),
        pytest.param({"list": ["name"]}, Rule(origin=Listing((NAME,))), id="list"),
        pytest.param(
            {"pairs": [{"key": "name", "value": "name", "when": "x"}]},
            Rule(origin=Pairs((Pair(NAME, NAME, "x"),))),
            id="pairs",
        ),
        pytest.param(
            {"items": [{"label": "name"}]}, Rule(origin=Items(({"label": NAME},))), id="items"
        ),
        pytest.param(
            {"python": "a:b", "reads": ["x"]}, Rule(origin=Hook("a:b", ("x",))), id="python"
        ),
    ],
)
def test_each_form_of_the_grammar_becomes_its_rule(written, rule):
    assert parse_rules({"f": written}, path=PATH) == ({"f": rule}, [])


def test_what_follows_an_origin_is_kept_in_full():
    written = {
        "from": "a",
        "when": "b",
        "transforms": ["domain", {"clip": 4}],
        "values": {" Big ": "LARGE"},
        "otherwise": "keep",
        "default": "x",
        "required": True,
    }
    rules, problems = parse_rules({"f": written}, path=PATH)
    assert problems == []
    assert rules["f"] == Rule(
        origin=Paths(("a",)),
        when="b",
        steps=(Step("domain"), Step("clip", 4)),
        values={"big": "LARGE"},
        otherwise="keep",
        default=Rule(origin=Const("x")),
        required=True,
    )


@pytest.mark.parametrize("written", ["lower", ["lower"], {"clip": 3}], ids=str)
def test_one_transform_needs_no_brackets(written):
    rules, problems = parse_rules({"f": {"from": "a", "transforms": written}}, path=PATH)
    assert problems == []
    assert len(rules["f"].steps) == 1


def test_a_default_may_be_a_rule_of_its_own():
    rules, _ = parse_rules({"f": {"from": "a", "default": {"from": "name"}}}, path=PATH)
    assert rules["f"].default == NAME


@pytest.mark.parametrize(
    ("written", "where", "code"),
    [
        pytest.param(3, "f", "wrong_type", id="number"),
        pytest.param(["a"], "f", "wrong_type", id="bare-list"),
        pytest.param({}, "f", "wrong_origin", id="nothing"),
        pytest.param({"from": "a", "const": 1}, "f", "wrong_origin", id="two-origins"),
        pytest.param({"displayName": "a"}, "f.displayName", "unknown_key", id="unquoted-name"),
        pytest.param({"from": []}, "f.from", "wrong_type", id="no-paths"),
        pytest.param({"from": ["a", 1]}, "f.from[1]", "wrong_type", id="path-is-a-number"),
        pytest.param({"from": "a..b"}, "f.from", "bad_path", id="double-dot"),
        pytest.param("", "f", "bad_path", id="empty-path"),
        pytest.param("record.nme", "f", "bad_path", id="no-such-fact-of-the-record"),
        pytest.param({"from": "a", "separator": ","}, "f.separator", "conflict", id="separator"),
        pytest.param({"from": "a", "otherwise": "keep"}, "f.otherwise", "conflict", id="otherwise"),
        pytest.param({"from": "a", "values": {}}, "f.values", "wrong_type", id="no-values"),
        pytest.param(
            {"from": "a", "values": {"X": 1, "x": 2}}, "f.values.x", "conflict", id="same-value"
        ),
        pytest.param({"from": "a", "transforms": 1}, "f.transforms", "wrong_type", id="transforms"),
        pytest.param(
            {"from": "a", "transforms": [{"a": 1, "b": 2}]},
            "f.transforms[0]",
            "wrong_type",
            id="two-transforms-in-one-table",
        ),
        pytest.param({"from": "a", "required": "yes"}, "f.required", "wrong_type", id="required"),
        pytest.param({"const": date(2026, 1, 1)}, "f.const", "wrong_type", id="date"),
        pytest.param({"const": [float("nan")]}, "f.const[0]", "wrong_type", id="nan"),
        pytest.param({"template": 1}, "f.template", "wrong_type", id="template"),
        pytest.param({"pairs": [1]}, "f.pairs[0]", "wrong_type", id="pair-is-no-table"),
        pytest.param({"pairs": [{"key": "a"}]}, "f.pairs[0]", "missing_key", id="half-a-pair"),
        pytest.param({"items": [{}]}, "f.items[0]", "wrong_type", id="empty-item"),
        pytest.param({"join": ["a", {"form": "b"}]}, "f.join[1].form", "unknown_key", id="nested"),
    ],
)
def test_a_fault_is_named_by_its_path_in_the_file(written, where, code):
    assert (where, code) in faults({"f": written})


def test_every_fault_is_reported_at_once():
    raw = {"a.b": {"form": "x"}, "c": 1, "d": {"pairs": [{"key": "", "value": "", "wen": ""}]}}
    assert [where for where, _ in faults(raw)] == [
        '"a.b".form',
        '"a.b"',
        "c",
        "d.pairs[0].wen",
        "d.pairs[0].key",
        "d.pairs[0].value",
    ]


def test_an_unknown_key_comes_with_the_one_that_was_meant():
    _, problems = parse_rules({"f": {"form": "name"}}, path=PATH)
    assert 'did you mean "from"?' in problems[0].message


def test_a_field_name_without_quotes_is_explained():
    raw, fields = {"properties": {"displayName": "name"}}, ("properties.displayName",)
    (problem,) = parse_rules(raw, path=PATH, fields=fields)[1]
    assert problem.field == f"{PATH}.properties"
    assert '"properties.displayName" = …' in problem.message


@pytest.mark.parametrize("fields", [("title",), ("title", "title.short")], ids=["plain", "both"])
def test_of_a_field_without_a_dot_no_quotes_are_asked_for(fields):
    _, problems = parse_rules({"title": {"form": "name"}}, path=PATH, fields=fields)
    assert problems
    assert not any("quoted" in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("key", "path"),
    [("a_b-1", "x.a_b-1"), ("a.b", 'x."a.b"'), ("å", 'x."å"'), (2, "x[2]")],
)
def test_paths_in_the_file_are_written_as_toml_writes_them(key, path):
    assert at("x", key) == path


def test_nothing_is_suggested_where_nothing_is_close():
    assert did_you_mean("zzz", ["from"]) == ""
