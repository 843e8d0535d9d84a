from __future__ import annotations

import pytest

from crmsync.errors import ConfigError
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Field, FieldKind
from crmsync.receipts import Outcome
from tests.mapping.samples import PATH, SAMPLE, located, mapping, plugin, record


def refused(raw, destination=SAMPLE):
    rules, problems = parse_rules(raw, path=PATH)
    assert problems == []
    with pytest.raises(ConfigError) as caught:
        compile_mapping(rules, plugin=destination, path=PATH, filter={})
    return caught.value.problems


@pytest.mark.parametrize(
    ("rule", "where", "code"),
    [
        pytest.param(
            {"code": {"from": "a", "transforms": "domian"}},
            "code.transforms",
            "bad_transform",
            id="unknown-transform",
        ),
        pytest.param(
            {"code": {"from": "a", "transforms": [{"clip": "x"}]}},
            "code.transforms",
            "bad_transform",
            id="transform-options",
        ),
        pytest.param({"nmae": "a"}, "nmae", "unknown_field", id="unknown-field"),
        pytest.param({"nmae": False}, "nmae", "unknown_field", id="unknown-field-off"),
        pytest.param(
            {"stage": {"const": "LARGE"}}, "stage.const", "bad_constant", id="E11-const-not-in-enum"
        ),
        pytest.param(
            {"stage": {"from": "a", "values": {"big": "LARGE"}}},
            "stage.values.big",
            "bad_constant",
            id="E11-target-not-in-enum",
        ),
        pytest.param(
            {"stage": {"from": "a", "values": {"big": "LEAD"}, "otherwise": "LARGE"}},
            "stage.otherwise",
            "bad_constant",
            id="otherwise-not-in-enum",
        ),
        pytest.param(
            {"stage": {"from": "a", "default": "LARGE"}},
            "stage.default.const",
            "bad_constant",
            id="default-not-in-enum",
        ),
        pytest.param(
            {"roles": {"pairs": [{"key": "e", "value": {"const": "KING"}}]}},
            "roles.pairs[0].value.const",
            "bad_constant",
            id="role-not-in-enum",
        ),
        pytest.param(
            {"stage": {"const": "LARGE", "transforms": "upper"}},
            "stage.const",
            "bad_constant",
            id="transformed-const-not-in-enum",
        ),
        pytest.param(
            {"code": {"template": "{a"}}, "code.template", "bad_template", id="open-brace"
        ),
        pytest.param(
            {"code": {"template": "{a..b}"}}, "code.template", "bad_template", id="path-in-template"
        ),
        pytest.param(
            {"code": {"python": "nowhere_at_all:f"}}, "code.python", "bad_hook", id="no-module"
        ),
        pytest.param({"code": {"python": "math:pi"}}, "code.python", "bad_hook", id="no-function"),
        pytest.param({"code": {"python": "math"}}, "code.python", "bad_hook", id="no-name"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_by_the_path_of_its_fault(rule, where, code):
    assert located(refused({"id": "record.id", **rule})) == [(where, code)]


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"const": {"a": {"b": {"c": {"d": 1}}}}}, id="S28-const"),
        pytest.param({"items": [{"a": {"items": [{"b": "c"}]}}]}, id="S28-items-in-items"),
    ],
)
def test_a_value_of_more_than_three_levels_is_refused(rule):
    assert located(refused({"id": "record.id", "code": rule}))[0] == ("code", "too_deep")


def test_every_fault_is_raised_at_once():
    raw = {"nmae": "a", "stage": {"const": "X"}, "code": {"template": "plain"}}
    assert located(refused(raw)) == [
        ("nmae", "unknown_field"),
        ("id", "missing_rule"),
        ("code.template", "bad_template"),
        ("stage.const", "bad_constant"),
    ]


def test_an_unknown_field_comes_with_the_one_that_was_meant():
    assert 'did you mean "name"?' in refused({"id": "a", "nmae": "a"})[0].message


def test_a_refused_constant_comes_with_what_the_field_takes():
    message = refused({"id": "a", "stage": {"const": "LARGE"}})[0].message
    assert "LEAD, CUSTOMER, LOST" in message


def test_the_key_cannot_be_switched_off():
    assert located(refused({"id": False})) == [("id", "missing_rule")]


def test_a_hook_whose_module_fails_to_import_is_a_fault_of_the_mapping(tmp_path, monkeypatch):
    (tmp_path / "broken_hook.py").write_text("raise KeyError('x')")
    monkeypatch.syspath_prepend(str(tmp_path))
    problems = refused({"id": "a", "code": {"python": "broken_hook:f"}})
    assert "KeyError" in problems[0].message


def test_fields_come_out_in_the_destinations_order():
    compiled = mapping({"tags": {"list": ["a"]}, "code": "b", "name": "c"})
    assert list(compiled.map(record(a="1", b="2", c="3")).fields) == ["id", "name", "code", "tags"]


def test_the_order_holds_where_the_key_does_not_come_first():
    fields = [Field(name=name, kind=FieldKind.TEXT) for name in ("a", "key", "z")]
    compiled = mapping({"z": "z", "a": "a"}, destination=plugin(*fields, key="key"))
    assert list(compiled.map(record(a="1", z="2")).fields) == ["a", "key", "z"]


def test_paths_are_all_that_the_rules_reach_for():
    raw = {
        "code": {"from": ["a", "b.c"], "when": "w", "default": {"from": "d"}},
        "name": {"template": "{t} {u?}"},
        "roles": {"pairs": [{"key": "k", "value": "v", "when": "x"}]},
        "tags": {"list": [{"join": ["j"]}, {"python": "builtins:repr", "reads": ["r"]}]},
    }
    assert mapping(raw).paths == {
        *("a", "b.c", "d", "j", "k", "r", "t", "u", "v", "w", "x", "record.id")
    }


def test_a_field_that_is_switched_off_is_as_good_as_not_there():
    off, absent = mapping({"code": False}), mapping({})
    assert off.digest == absent.digest
    assert off.map(record(code="x")) == absent.map(record(code="x"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"code": "a", "name": "b"}, {"name": "b", "code": "a"}, id="order"),
        pytest.param({"code": "a"}, {"code": {"from": ["a"]}}, id="spelling"),
        pytest.param(
            {"code": {"from": "a", "transforms": "lower"}},
            {"code": {"transforms": ["lower"], "from": "a"}},
            id="brackets",
        ),
        pytest.param(
            {"stage": {"from": "a", "values": {"X": "LEAD", "y": "LOST"}}},
            {"stage": {"from": "a", "values": {"Y ": "LOST", "x": "LEAD"}, "otherwise": "drop"}},
            id="values",
        ),
    ],
)
def test_equal_mappings_have_one_digest_however_they_are_written(one, other):
    assert mapping(one).digest == mapping(other).digest


@pytest.mark.parametrize(
    "other",
    [
        {"code": "b"},
        {"code": {"from": "a", "transforms": "lower"}},
        {"code": {"from": "a", "required": True}},
        {"code": {"from": "a", "default": "x"}},
        {"code": {"from": "a", "when": "x"}},
        {"name": "a"},
    ],
    ids=str,
)
def test_mappings_that_differ_have_different_digests(other):
    assert mapping({"code": "a"}).digest != mapping(other).digest


def test_the_filter_and_the_way_with_missing_keys_count_into_the_digest():
    plain = mapping({}).digest
    filtered = mapping({}, wanted={"a": ("x", "Y")}).digest
    assert filtered == mapping({}, wanted={"a": ("y", "x")}).digest
    assert len({plain, filtered, mapping({}, missing_key="quarantine").digest}) == 3


@pytest.mark.parametrize(
    ("missing_key", "outcome"),
    [("skip", Outcome.SKIPPED), ("quarantine", Outcome.INVALID)],
)
def test_a_record_without_a_key_is_skipped_or_quarantined(missing_key, outcome):
    mapped = mapping({"id": "x"}, missing_key=missing_key).map(record(x=""))
    assert (mapped.outcome, mapped.key, dict(mapped.fields)) == (outcome, None, {})
    assert [problem.code for problem in mapped.problems] == ["MISSING_ID"]
