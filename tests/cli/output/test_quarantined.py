from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crmsync.cli.output.quarantined import as_csv, listed, record_json, shown
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.state import Quarantined

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
REFUSED = Quarantined(
    sync="main",
    record_id="17",
    key=None,
    outcome=Outcome.INVALID,
    problems=(
        Problem("properties.phone", "DROPPED", "was dropped", Severity.WARNING),
        Problem("domain", "NOT_A_DOMAIN", "=cmd\x1b"),
    ),
    body=b'{"domain":"x"}',
    first_at=AT,
    last_at=AT,
    tries=2,
)
RECORD = record_json(REFUSED, json.loads)


def test_a_record_is_json_with_its_payload_decoded():
    assert RECORD["payload"] == {"domain": "x"}
    assert RECORD["first_at"] == "2026-11-21T02:15:00.000Z"
    assert RECORD["problems"] == [
        {
            "field": "properties.phone",
            "code": "DROPPED",
            "message": "was dropped",
            "severity": "warning",
        },
        {"field": "domain", "code": "NOT_A_DOMAIN", "message": "=cmd\x1b", "severity": "error"},
    ]


def test_a_payload_that_could_not_be_made_is_null():
    assert record_json(replace(REFUSED, body=b""), json.loads)["payload"] is None


def test_the_list_shows_the_fault_and_not_what_was_only_mended():
    row = listed([RECORD]).splitlines()[1]
    assert r"domain: =cmd\x1b (NOT_A_DOMAIN)" in row
    assert "dropped" not in row


def test_what_is_wrong_as_a_whole_does_not_name_the_key_again():
    problem = {"field": "k:1", "code": "REJECTED", "message": "no", "severity": "error"}
    row = listed([RECORD | {"key": "k:1", "problems": [problem]}]).splitlines()[1]
    assert row.split()[1:3] == ["17", "k:1"]
    assert row.endswith("  no (REJECTED)")


def test_shown_whole_every_reason_and_the_payload_are_there():
    text = shown([RECORD])
    assert "main 17: invalid, 2 tries" in text
    assert "was dropped" in text
    assert '"domain": "x"' in text
    assert "\x1b" not in text


@pytest.mark.security(33)
def test_csv_has_no_formula():
    text = as_csv([RECORD | {"id": "=1+1"}])
    assert ",'=1+1," not in text.splitlines()[0]
    assert "main,'=1+1,," in text.splitlines()[1]
