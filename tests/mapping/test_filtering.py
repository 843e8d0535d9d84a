from __future__ import annotations

import pytest

from crmsync.mapping.filtering import compile_filter
from crmsync.receipts import Outcome
from crmsync.records import Record
from tests.mapping.samples import mapping, record


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("customer", True, id="equal"),
        pytest.param(" Customer ", True, id="case-and-blanks-do-not-count"),
        pytest.param("customers", False, id="part-of-it"),
        pytest.param(["lead", "CUSTOMER"], True, id="any-of-a-list"),
        pytest.param(["lead"], False, id="none-of-a-list"),
        pytest.param(None, False, id="null"),
        pytest.param("", False, id="empty"),
    ],
)
def test_a_value_is_compared_as_text(value, wanted):
    matches = compile_filter({"stage": ("CUSTOMER", "opportunity")})
    assert matches is not None
    assert matches(record(stage=value)) is wanted


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (7, "7"), (7.0, "7")])
def test_truth_and_numbers_are_compared_by_their_words(value, text):
    matches = compile_filter({"x": (text,)})
    assert matches is not None
    assert matches(record(x=value))


def test_every_path_must_match():
    matches = compile_filter({"stage": ("lead",), "owner.email": ("jo@acme.com",)})
    assert matches is not None
    assert matches(record(stage="lead", joins={"owner": {"email": "jo@acme.com"}}))
    assert not matches(record(stage="lead"))


def test_x10_persons_are_wanted_only_where_they_are_asked_for():
    person, company = Record("1", {"a": "x"}, person=True), Record("2", {"a": "x"})
    for wanted in ({}, {"a": ("x",)}):
        matches = compile_filter(wanted, persons=False)

        assert matches is not None
        assert [matches(one) for one in (person, company)] == [False, True]
        everybody = compile_filter(wanted, persons=True)
        assert everybody is None or everybody(person)


def test_no_filter_wants_everything():
    assert compile_filter({}) is None


def test_a_record_that_does_not_match_is_filtered_and_nothing_else():
    mapped = mapping({}, wanted={"stage": ("lead",)}).map(record(stage="lost"))
    assert (mapped.outcome, mapped.key, mapped.problems) == (Outcome.FILTERED, None, ())


def test_the_filters_paths_are_read_too():
    assert mapping({}, wanted={"stage": ("lead",)}).paths == {"record.id", "stage"}
