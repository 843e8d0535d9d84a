from __future__ import annotations

from typing import Any

import pytest

from crmsync.cli.output.events import brief, listed, shown, statuses, streamed

TAG = "4f9a21c0d3b8"


def event(number: int = 7, **attributes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date": "2026-11-21",
        "lead": "l1",
        "type": "company",
        "status": None,
        "assignee": None,
        "note": f"new [cs:{TAG}]",
        "text": "new",
        "tags": [TAG],
        "created": None,
        "update_time": None,
        "owner": {"id": "u1", "name": None, "application": "sandbox"},
        "note_visibility": None,
        "status_collection": None,
        **attributes,
    }


def test_a_list_is_as_wide_as_it_needs_and_an_id_no_count():
    head, row = listed([event(5_000_001)]).splitlines()
    assert head.index("lead") == row.index("l1")
    assert row == f"5000001  2026-11-21  l1    company                    new   {TAG}  u1 (sandbox)"


def test_a_stream_has_a_head_and_keeps_its_columns_whatever_comes():
    wide = event(8, text="漢字" * 15, lead="l2", assignee="a@b.it" * 20)
    head, first, second = streamed([event(), wide])
    assert head.index("tag") == first.index(TAG)
    assert second.index("l2") == first.index("l1")
    assert "…" in second


def test_a_stream_cuts_no_id_and_no_tag():
    _, row = streamed([event(12_345_678_901, lead="l" * 30, tags=[TAG, "0" * 12])])
    assert row.split()[0] == "12345678901"
    assert "l" * 30 in row
    assert f"{TAG} {'0' * 12}" in row


def test_a_stream_of_nothing_has_no_head():
    assert list(streamed([])) == []


def test_who_made_an_event_may_be_unknown():
    nobody = {"id": None, "name": None, "application": None}
    assert listed([event(owner=nobody)]).endswith(TAG)


def test_an_event_is_shown_a_line_an_attribute_and_with_the_journals_lines():
    line = {"sync": "deals", "record": "17", "phase": "accepted", "at": "2026-11-21T10:00:00.000Z"}
    told = shown(event(), [{**line, "event": "7", "reason": None}]).splitlines()
    assert told[0] == "id                 7"
    assert told[-1].endswith(
        "sync deals, record 17: accepted at 2026-11-21T10:00:00.000Z, as event 7"
    )


@pytest.mark.security(27)
def test_nothing_that_a_terminal_obeys_is_shown():
    bad = event(text="\x1b[2J", lead="\u202el", status="\x07")
    for text in (listed([bad]), shown(bad), brief(bad), "\n".join(streamed([bad]))):
        assert text.replace("\n", "").isprintable()


def test_an_event_is_one_line_where_a_person_decides_about_it():
    assert brief(event(status="Lost")) == "event 7: 2026-11-21, lead l1, Lost, new"


def test_a_status_is_a_line():
    lost = {"label": "Lost", "previous": None, "sink": True, "hidden": False}
    assert statuses([lost]).splitlines()[1].split() == ["Lost", "yes"]
