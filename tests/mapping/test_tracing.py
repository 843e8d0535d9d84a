from __future__ import annotations

from crmsync.receipts import Severity
from tests.mapping.samples import mapping, record


def traced(field, rule, given, **others):
    steps = mapping({field: rule, **others}).trace(given)
    return next(step for step in steps if step.field == field)


def test_a_trace_shows_raw_values_each_step_and_what_goes_out():
    rule = {"from": ["a", "b"], "transforms": ["lower", {"clip": 3}]}
    step = traced("code", rule, record(a=None, b="ABCD"))
    assert step.rule == '{ from = ["a", "b"], transforms = ["lower", { clip = 3 }] }'
    assert step.raw == (("a", None), ("b", "ABCD"))
    assert step.steps == (("lower", "abcd"), ("clip", "ab…"), ("fit", "ab…"))
    assert step.value == "ab…"


def test_a_trace_stops_at_the_first_path_that_survives():
    assert traced("code", {"from": ["a", "b"]}, record(a="1", b="2")).raw == (("a", "1"),)


def test_a_trace_tells_why_a_field_is_left_out():
    step = traced("code", "a", record(a="too-long"))
    assert step.value is None
    assert step.steps == (("fit", None),)
    assert [problem.severity for problem in step.problems] == [Severity.WARNING]


def test_a_trace_shows_the_condition_and_the_values():
    rule = {"from": "a", "when": "w", "values": {"x": "LEAD"}}
    step = traced("stage", rule, record(a="X", w="true"))
    assert step.raw == (("w", "true"), ("a", "X"))
    assert step.steps == (("values", "LEAD"), ("fit", "LEAD"))


def test_a_trace_shows_constants_and_what_stands_in():
    assert traced("stage", {"const": "lead"}, record()).steps == (("fit", "LEAD"),)
    assert traced("name", "a", record(a=None)).steps == (("fallback: id", "7"),)


def test_a_default_that_was_not_needed_is_not_shown():
    step = traced("code", {"from": "a", "default": "x"}, record(a="y"))
    assert step.steps == (("fit", "y"),)


def test_a_trace_shows_the_value_that_the_whole_payload_leaves():
    step = traced("tags", {"list": ["a", "b"]}, record(a="Acme", b="x"), name="a")
    assert step.value == ["x"]


def test_a_trace_is_the_payload_field_by_field_in_the_same_order():
    raw = {
        "tags": {"list": ["a", "b"]},
        "code": {"from": "b", "default": "d"},
        "name": "missing",
        "closedAt": "c",
    }
    compiled = mapping(raw)
    given = record(a="x", b="too-long", c="2099-01-01")
    steps, mapped = compiled.trace(given), compiled.map(given)
    assert {step.field: step.value for step in steps if step.value} == dict(mapped.fields)
    assert [p for step in steps for p in step.problems if p.code != "FUTURE_CLOSED_AT"] == [
        p for p in mapped.problems if p.code != "FUTURE_CLOSED_AT"
    ]


def test_a_record_without_a_key_can_be_traced():
    steps = mapping({"id": "a", "code": "b"}).trace(record(a=None, b="x"))
    assert [(step.field, step.value) for step in steps] == [("id", None), ("code", "x")]
