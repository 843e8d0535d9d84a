from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.scheduling.backoff import BUSY, LONGEST, Consequence, consequence, delay


@pytest.mark.parametrize("code", [ExitCode.OK, ExitCode.OWED])
def test_who_ends_well_begins_anew(code):
    assert consequence(code, 5) == Consequence(0)


@pytest.mark.fault(12, 111)
def test_a_passing_failure_is_tried_again_later_and_later():
    first, second = (consequence(ExitCode.TEMPORARY, failures) for failures in (0, 1))
    assert first == Consequence(1, timedelta(minutes=1), again=True)
    assert second == Consequence(2, timedelta(minutes=2), again=True)


@pytest.mark.parametrize(
    "code", [ExitCode.FAILED, ExitCode.USAGE, ExitCode.GUARDED, ExitCode.CREDENTIALS]
)
def test_what_wants_a_person_waits_for_its_schedule(code):
    assert consequence(code, 2) == Consequence(3, timedelta(minutes=4), again=False)


def test_a_sync_that_another_process_runs_has_not_failed():
    assert consequence(ExitCode.RUNNING, 2) == Consequence(2, BUSY, again=True)


@pytest.mark.fault(111)
def test_no_wait_is_longer_than_an_hour():
    assert [delay(failures) for failures in (6, 7, 8, 10_000)] == [
        timedelta(minutes=32),
        LONGEST,
        LONGEST,
        LONGEST,
    ]
