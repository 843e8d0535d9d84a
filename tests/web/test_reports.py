from __future__ import annotations

from datetime import UTC

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.receipts import Outcome
from crmsync.web.rendering import Frame
from crmsync.web.reports import COUNTS, as_run, end_of, kind_of, listed, shown
from tests.web.world import NOW, SYNC, counts, report, told

FRAME = Frame(now=NOW, zone=UTC, here="/runs", again="/runs")


def test_every_outcome_has_its_words():
    assert list(COUNTS) == [outcome.value for outcome in Outcome]


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_has_its_words_and_its_look(code):
    assert end_of(code).endswith(f"({int(code)})")
    assert kind_of(code) in {"good", "look", "later", "bad"}


def test_a_run_is_a_row():
    run = report(counts=counts(accepted=2, unverified=3, skipped=1)).to_json()
    (row,) = listed([run], FRAME)
    assert (row["read"], row["sent"], row["syncs"]) == (6, 5, [(SYNC, "succeeded")])


def test_a_report_of_a_sync_is_a_row_too():
    (row,) = listed([as_run(told(NOW, seconds=60))], FRAME)
    assert row["at"].relative == "1 minute ago"


def test_a_run_that_has_not_ended_says_what_that_means():
    run = report().to_json() | {"exit_code": None, "finished_at": None, "syncs": []}
    values = shown(run, FRAME)
    assert values["headline"] == "A run that has not ended"
    assert "goes on where it stopped" in str(values["meaning"])


def test_a_run_that_failed_says_so_first():
    values = shown(report(code=ExitCode.GUARDED).to_json(), FRAME)
    assert values["headline"] == "Guard: 3 of 8 records delivered"


def test_a_sync_of_a_run_is_told_with_books_and_requests():
    (sync,) = shown(report(source_requests=1_200).to_json(), FRAME)["syncs"]
    assert sync["books"] == "8 read; the CRM gives no count of its own"
    assert ("Requests to the CRM", "1,200") in sync["facts"]
    assert [name for _, name in sync["parts"]] == ["Delivered", "Nothing to send"]
