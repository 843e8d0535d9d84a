from __future__ import annotations

import json

import pytest

from crmsync.cli.output.html_rows import Rows
from crmsync.cli.output.reasons import Found
from tests.cli.output.dry_runs import problem, record


def row(**values):
    (only,) = Rows([record(1, **values)]).rows
    return only


@pytest.mark.parametrize(
    ("payload", "key", "name"),
    [
        ({"properties": {"displayName": "Acme"}}, "acme.com", "Acme"),
        ({"properties": {"displayName": ""}}, "acme.com", "acme.com"),
        ({"properties": []}, "acme.com", "acme.com"),
        (None, None, "1"),
    ],
    ids=["its name", "an empty name", "no properties", "no key"],
)
def test_a_row_is_called_by_its_name_else_its_key_else_its_id(payload, key, name):
    assert row(payload=payload, key=key).name == name


def test_what_wants_attention_comes_first_else_the_order_is_kept():
    actions = ["unchanged", "create", "change", "skipped", "create", "invalid"]
    rows = Rows([record(at, action) for at, action in enumerate(actions)]).rows
    assert [one.id for one in rows] == ["5", "3", "2", "1", "4", "0"]


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"action": "unchanged"}, "already there, exactly so"),
        ({"action": "skipped", "problems": [problem("no domain")]}, "no domain"),
        ({"action": "invalid"}, "no reason was given"),
        ({"action": "change", "diff": {"p.a": [1, 2], "p.b": [None, 2]}}, "a, b"),
        (
            {"action": "change", "diff": {name: [1, 2] for name in "abcdef"}},
            "a, b, c, d and 2 more",
        ),
        ({"diff": {"domain": [None, "x.com"]}, "key": "x.com"}, "1 field"),
    ],
    ids=["unchanged", "skipped", "no reason", "change", "many changes", "create"],
)
def test_a_row_says_what_would_happen_and_why(values, what):
    assert row(**values).what == what


def test_a_new_record_is_known_by_its_telling_values():
    news = {
        "key": "company-1.example",
        "url": "https://x.example",
        "at": "2026-01-01T00:00:00Z",
        "stage": "LEAD",
        "tags": ["Retail", "B2B"],
        "text": "long " * 20,
        "owner": "a@x.example",
        "count": 5,
    }
    assert row(diff={name: [None, new] for name, new in news.items()}).what == (
        "8 fields · LEAD · Retail"
    )


def test_a_warning_is_told_aside_with_how_many_more_there_are():
    warning = problem("left out", "BAD_EMAIL", "warning")
    assert row(problems=[warning]).aside == "domain: left out"
    assert row(problems=[warning] * 3).aside == "domain: left out (and 2 more)"
    assert row(action="skipped", problems=[problem(), warning]).aside == "domain: left out"
    assert row(action="skipped", problems=[problem()]).aside == ""


def test_a_new_value_stands_once_where_the_payload_has_it():
    payload = {"a": {"b": 1}, "c": True}
    diff = {"a.b": [0, 1], "c": [None, 1], "gone": ["x", None]}
    assert row(payload=payload, diff=diff).diff == ((0, 0), (1, None, 1), (2, "x", None))


def test_reasons_count_records_and_not_how_often_one_has_them():
    faults = [problem("first"), problem("second")]
    rows = Rows([record(1, problems=faults), record(2, problems=faults[:1]), record(3)])
    assert rows.reasons == {Found("domain", "MISSING_DOMAIN", "error"): 2}
    assert rows.faulty == 2
    assert rows.rows[0].problems == ((0, "first"), (0, "second"))


def test_fields_count_what_is_added_changed_and_removed():
    diffs = [{"a": [None, 1]}, {"a": [1, 2]}, {"a": [2, None], "b": [1, 2]}]
    rows = Rows([record(at, "change", diff=diff) for at, diff in enumerate(diffs)])
    assert rows.fields == {"a": {"added": 1, "changed": 1, "removed": 1}, "b": {"changed": 1}}


def test_the_embedded_form_numbers_fields_and_reasons():
    data = json.loads(json.dumps(Rows([record(1, problems=[problem()])]).to_json()))
    assert data["fields"] == ["domain", "properties.displayName"]
    assert data["reasons"] == [["domain", "MISSING_DOMAIN", "error"]]
    assert data["rows"][0][7:] == [[[0, None], [1, None]], [[0, "is none"]]]
