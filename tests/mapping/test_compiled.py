from __future__ import annotations

import pytest

from crmsync.mapper import Mapper
from crmsync.mapping.building import OPEN, Extract, Page, Recipe, Report
from crmsync.mapping.columns import unknown
from crmsync.mapping.compiled import Found, Keyless, Row, StandIn, fill
from crmsync.receipts import Outcome, Severity
from crmsync.records import Alike
from tests.mapping.samples import contribution, mapping, record


def nothing(given, report):
    return None


def explode(given, report):
    raise ValueError("x" * 1000)


def row(name: str, whole: Extract, *more: object) -> Row:
    return Row(name, Recipe(whole, unknown), *more)  # type: ignore[arg-type]  # as given


def filled(*rows: Row) -> tuple[Found, Report]:
    found: Found = {}
    report: Report = []
    fill(rows, Page([record()]), found, [report])
    return found, report


def test_rows_are_filled_in_their_order():
    found, _ = filled(row("b", lambda *_: 1), row("c", nothing), row("a", lambda *_: 2))
    assert list(found.items()) == [("b", [1]), ("c", [None]), ("a", [2])]


def test_what_stands_in_is_another_fields_value_fitted():
    stand_in = StandIn("a", lambda value: f"<{value}>")
    found, _ = filled(row("a", lambda *_: 1), row("b", nothing, stand_in))
    assert found["b"] == ["<1>"]


def test_a_stand_in_that_is_empty_or_missing_leaves_the_field_out():
    stand_in = StandIn("a", str)
    assert filled(row("b", nothing, stand_in))[0]["b"] == [None]
    assert filled(row("a", nothing), row("b", nothing, stand_in))[0]["b"] == [None]


def test_a_row_that_raises_is_a_problem_of_its_weight_and_of_bearable_length():
    _, report = filled(row("a", explode, None, Severity.ERROR))
    assert [(p.field, p.code, p.severity) for p in report] == [("a", "RULE_FAILED", Severity.ERROR)]
    assert len(report[0].message) < 300


def test_only_what_a_column_leaves_open_goes_through_the_whole_rule():
    found: Found = {}
    recipe = Recipe(lambda *_: "whole", lambda _: ["quick", OPEN, None])
    fill([Row("a", recipe)], Page([record()] * 3), found, [[], [], []])
    assert found == {"a": ["quick", "whole", None]}


@pytest.mark.fault(100)
def test_a_column_that_raises_is_gone_through_record_by_record():
    def broken(records):
        raise ZeroDivisionError

    found: Found = {}
    recipe = Recipe(lambda given, _: given.id, broken)
    fill([Row("a", recipe)], Page([record()]), found, [[]])
    assert found == {"a": ["7"]}


def test_without_attempts_the_reasons_are_those_already_reported():
    keyless = Keyless(key="a.userId", attempts=(), outcome=Outcome.SKIPPED)
    _, report = filled(row("a.userId", explode))
    (problem,) = keyless(record(), report).problems
    assert problem.code == "MISSING_USERID"
    assert "ValueError" in problem.message
    assert "its rule gives nothing" in keyless(record(), []).problems[0].message


def test_each_record_of_a_page_ends_in_its_place():
    mapper = mapping({"id": "k", "code": "a"}, wanted={"a": ("x", "toolong")})
    page = [record(k="1", a="x"), record(k="2", a="y"), record(a="x"), record(k="3", a="toolong")]
    ends = [(mapped.key, mapped.outcome) for mapped in mapper.map_page(page)]
    assert ends == [("1", None), (None, Outcome.FILTERED), (None, Outcome.SKIPPED), ("3", None)]


def test_an_empty_page_maps_to_nothing():
    assert mapping({"code": "a"}).map_page(()) == []


def test_a_key_from_several_parts_is_explained_as_a_whole():
    mapped = mapping({"id": {"template": "{a}-{b}"}}).map(record(a="x", b=None))
    assert (mapped.outcome, mapped.problems[0].message) == (
        *(Outcome.SKIPPED, "no id: its rule gives nothing"),
    )


def test_a_key_that_does_not_fit_is_told_by_its_fault_alone():
    mapped = mapping({"id": {"template": "{a}", "transforms": "domain"}}).map(record(a="10.0.0.5"))
    (problem,) = mapped.problems
    assert (problem.field, mapped.outcome) == ("id", Outcome.SKIPPED)
    assert "no id" not in problem.message
    assert "10.0.0.5" in problem.message


def test_a_compiled_mapping_is_a_mapper():
    mapper: Mapper = mapping({"code": "a"})
    assert mapper.map(record(a="x")).fields == {"id": "7", "code": "x"}


def test_a_compiled_mapping_merges_as_its_destination_says():
    one, other = contribution("1", fields={"id": "k", "code": "x"}), contribution("2")
    assert mapping({}).merge([other, one]) == ({"id": "k", "code": "x"}, one)


@pytest.mark.parametrize("names", [["a", "b", "name"], ["b", "a", "name"]])
def test_records_that_are_known_to_be_alike_are_mapped_as_they_are_alone(names):
    rules = {"id": "a", "name": "name", "tags": {"list": ["b", "a"]}}
    compiled = mapping(rules, wanted={"b": ("x",)})
    rows = [("1", "x", "N"), (None, "x", "M"), ("2", "y", "O"), ("3", "x", None)]
    page = [record(**dict(zip(names, row, strict=True))) for row in rows]
    assert compiled.map_page(Alike(page)) == [*map(compiled.map, page)]
