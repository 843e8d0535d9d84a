from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.mapping.agreement import compile_agreement, drop_known
from crmsync.payloads import Field, FieldKind
from tests.mapping.samples import codes, made, mapping, record

CHANGED = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tags", "left"),
    [
        pytest.param(["ACME ", "x"], ["x"], id="case-and-blanks-do-not-count"),
        pytest.param(["Acme"], None, id="nothing-left"),
        pytest.param(["Acme Inc"], ["Acme Inc"], id="longer-is-news"),
    ],
)
def test_a_list_repeats_nothing_that_the_other_field_says(tags, left):
    fields: dict[str, object] = {"name": "Acme", "tags": tags}
    drop_known(fields, [("tags", "name")])
    assert fields.get("tags") == left


def test_a_list_stays_whole_where_the_other_field_is_absent():
    assert made({"list": ["a"]}, "tags", record(a="Acme")) == ["Acme"]


@pytest.mark.parametrize(
    ("closed", "problems"),
    [
        ("2026-06-01T00:00:00.000Z", []),
        ("2026-06-01T00:00:00.001Z", [("closedAt", "FUTURE_CLOSED_AT")]),
    ],
)
def test_a_moment_after_the_records_last_change_is_sent_with_a_warning(closed, problems):
    given = record(c=closed, modified_at=CHANGED)
    assert made("c", "closedAt", given) == closed
    assert codes({"closedAt": "c"}, given) == problems


def test_without_a_last_change_nothing_lies_in_the_future():
    assert codes({"closedAt": "c"}, record(c="2099-01-01", modified_at=None)) == []


def test_fields_that_ask_for_nothing_cost_nothing():
    assert compile_agreement([Field(name="a", kind=FieldKind.TEXT)]) is None


def test_an_absent_name_gets_its_stand_in_where_it_is_mapped():
    assert made("n", "name", record(n=None)) == "7"
    assert "name" not in mapping({}).map(record()).fields
