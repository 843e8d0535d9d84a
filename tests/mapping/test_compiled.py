from __future__ import annotations

from crmsync.interfaces import Mapper
from crmsync.mapping.building import Report
from crmsync.mapping.compiled import Keyless, Row, fill
from crmsync.receipts import Outcome, Severity
from tests.mapping.samples import contribution, mapping, record


def nothing(given, report):
    return None


def explode(given, report):
    raise ValueError("x" * 1000)


def test_rows_fill_the_payload_in_their_order():
    fields: dict[str, object] = {}
    rows = [Row("b", lambda *_: 1), Row("c", nothing), Row("a", lambda *_: 2)]
    fill(rows, record(), fields, [])
    assert list(fields.items()) == [("b", 1), ("a", 2)]


def test_what_stands_in_sees_the_payload_so_far():
    fields: dict[str, object] = {}
    rows = [Row("a", lambda *_: 1), Row("b", nothing, lambda so_far: so_far["a"])]
    fill(rows, record(), fields, [])
    assert fields == {"a": 1, "b": 1}


def test_a_stand_in_that_is_empty_too_leaves_the_field_out():
    fields: dict[str, object] = {}
    fill([Row("b", nothing, lambda _: None)], record(), fields, [])
    assert fields == {}


def test_a_row_that_raises_is_a_problem_of_its_weight_and_of_bearable_length():
    report: Report = []
    fill([Row("a", explode, None, Severity.ERROR)], record(), {}, report)
    assert [(p.field, p.code, p.severity) for p in report] == [("a", "RULE_FAILED", Severity.ERROR)]
    assert len(report[0].message) < 300


def test_without_attempts_the_reasons_are_those_already_reported():
    keyless = Keyless(key="a.userId", attempts=(), outcome=Outcome.SKIPPED)
    report: Report = []
    fill([Row("a.userId", explode)], record(), {}, report)
    (problem,) = keyless(record(), report).problems
    assert problem.code == "MISSING_USERID"
    assert "ValueError" in problem.message
    assert "its rule gives nothing" in keyless(record(), []).problems[0].message


def test_a_key_from_several_parts_is_explained_as_a_whole():
    mapped = mapping({"id": {"template": "{a}-{b}"}}).map(record(a="x", b=None))
    assert (mapped.outcome, mapped.problems[0].message) == (
        *(Outcome.SKIPPED, "no id: its rule gives nothing"),
    )


def test_a_compiled_mapping_is_a_mapper():
    mapper: Mapper = mapping({"code": "a"})
    assert mapper.map(record(a="x")).fields == {"id": "7", "code": "x"}


def test_a_compiled_mapping_merges_as_its_destination_says():
    one, other = contribution("1", fields={"id": "k", "code": "x"}), contribution("2")
    assert mapping({}).merge([other, one]) == ({"id": "k", "code": "x"}, one)
