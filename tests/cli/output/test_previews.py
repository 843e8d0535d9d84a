from __future__ import annotations

import json

import pytest

from crmsync.cli.output.previews import preview_lines, preview_text


def record(number, action="create", **values):
    return {
        "id": str(number),
        "key": f"{number}.com",
        "action": action,
        "payload": {"domain": f"{number}.com"},
        "diff": {"properties.displayName": [None, "Acme"]},
        "problems": [],
    } | values


def preview(*records, **sync):
    changes = {"create": sum(one["action"] == "create" for one in records), "unchanged": 0}
    return {"syncs": [{"sync": "main", "changes": changes, "records": list(records)} | sync]}


def test_counts_come_first_then_each_field_old_and_new():
    changed = record(2, "change", diff={"properties.stage": ["LEAD", "CUSTOMER"]})
    lines = preview_text(preview(record(1), changed)).splitlines()
    assert lines[:2] == ["sync  create  unchanged", "main       1          0"]
    assert lines[3:5] == ["create 1 → 1.com", '  properties.displayName: "Acme"']
    assert lines[6:8] == ["change 2 → 2.com", '  properties.stage: "LEAD" → "CUSTOMER"']
    assert lines[-1] == "nothing was sent"


def test_reasons_stand_with_their_record():
    problem = {"field": "domain", "code": "X", "message": "is none\n", "severity": "error"}
    text = preview_text(preview(record(1, "invalid", key=None, diff={}, problems=[problem])))
    assert "invalid 1\n  error: domain: is none\\n" in text


def test_many_records_are_cut_and_counted():
    text = preview_text(preview(*map(record, range(30))), shown=5)
    assert text.count("create ") == 6
    assert "25 more" in text


@pytest.mark.parametrize("action", ["unchanged", "filtered", "merged"])
def test_records_that_need_nothing_are_counted_only(action):
    assert "1.com" not in preview_text(preview(record(1, action)))


def test_what_ended_the_preview_is_told():
    assert "main: token refused" in preview_text(preview(error="token refused"))


def test_a_line_a_record_names_its_sync():
    lines = [json.loads(line) for line in preview_lines(preview(record(1), record(2)))]
    assert [(line["sync"], line["id"]) for line in lines] == [("main", "1"), ("main", "2")]


@pytest.mark.security(27)
def test_nothing_that_a_terminal_obeys_gets_through():
    nasty = "\x1b[2J\x9b\u202e\r"
    one = record(nasty, key=nasty, diff={nasty: [nasty, nasty]}, payload=nasty)
    text = preview_text(preview(one, sync=nasty, error=nasty)) + "".join(
        preview_lines(preview(one))
    )
    assert not any(char in text for char in nasty if not char.isprintable())
