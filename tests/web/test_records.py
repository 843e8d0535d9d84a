from __future__ import annotations

from datetime import UTC

import pytest

from crmsync.receipts import Outcome, Problem, Severity
from crmsync.state import EventLine, Phase, RecordWrite, Settlement
from crmsync.web import records
from crmsync.web.judging import Course
from crmsync.web.pages import Pages
from crmsync.web.rendering import Frame
from crmsync.web.watching import Watch
from tests.web.world import NOW, SYNC, told

FRAME = Frame(now=NOW, zone=UTC, here="/", again="/")
BODY = b'{"domain":"acme.com","properties":{"displayName":"Acme","stage":"PILOT"}}'


@pytest.fixture
def plan(world):
    return Pages(Watch(world.daemon, world.clock)).plan(SYNC)


def test_a_refused_record_is_shown_with_its_faults_first_and_its_payload(world, plan):
    problems = (
        Problem("properties.phone", "BAD_PHONE", "left out", Severity.WARNING),
        Problem("acme.com", "REJECTED", "unknown stage"),
    )
    write = RecordWrite("1", "acme.com", 1, b"d", BODY, Outcome.REJECTED, problems)
    with world.ledger() as ledger:
        ledger.settle(
            Settlement(sync=SYNC, destination="akooda", run_id="r", at=NOW, records=[write])
        )
        found = records.quarantined(plan, ledger, 0, FRAME)
    assert found is not None
    (one,) = found["records"]
    assert (one["name"], one["key"], one["doubted"]) == ("Acme", "acme.com", False)
    assert [p["place"] for p in one["problems"]] == ["", "properties.phone"]
    assert '"properties.stage": "PILOT"' in one["payload"]


def test_a_payload_that_cannot_be_read_any_more_hides_no_reason(world, plan):
    write = RecordWrite("1", None, 1, b"d", b"\xff", Outcome.REJECTED, (Problem("a", "B", "why"),))
    with world.ledger() as ledger:
        ledger.settle(
            Settlement(sync=SYNC, destination="akooda", run_id="r", at=NOW, records=[write])
        )
        found = records.quarantined(plan, ledger, 0, FRAME)
    assert found is not None
    assert (found["records"][0]["name"], found["records"][0]["payload"]) == ("Record 1", "")
    assert found["records"][0]["problems"][0]["message"] == "why"


@pytest.mark.security(59)
def test_addresses_and_numbers_of_a_refused_record_are_masked(world, plan):
    body = (
        b'{"domain":"acme.com","properties":{"displayName":"jane@acme.com","phone":"0812345678"}}'
    )
    why = (Problem("properties.owners", "REJECTED", "jane@acme.com is nobody"),)
    write = RecordWrite("1", "acme.com", 1, b"d", body, Outcome.REJECTED, why)
    with world.ledger() as ledger:
        ledger.settle(
            Settlement(sync=SYNC, destination="akooda", run_id="r", at=NOW, records=[write])
        )
        found = records.quarantined(plan, ledger, 0, FRAME)
    assert "jane@" not in str(found)
    assert "0812345678" not in str(found)
    assert "j***@acme.com is nobody" in str(found)


def test_a_sync_with_nothing_in_quarantine_is_left_out(world, plan):
    with world.ledger() as ledger:
        assert records.quarantined(plan, ledger, 0, FRAME) is None


def test_keys_and_events_of_which_the_end_is_unknown_are_owed(world, plan):
    line = EventLine("t1", SYNC, "7", "lead", 0, Phase.SENDING, b"{}", NOW)
    with world.ledger() as ledger:
        ledger.intend(batch_id="b", sync=SYNC, destination="akooda", payloads=[("acme.com", BODY)])
        ledger.recover("akooda")
        ledger.journal("akooda", [line])
        found = records.owed(plan, ledger, Course(reports=[told(owed=2)]), FRAME)
    assert found is not None
    assert found["lost"] == ["acme.com"]
    assert [event["advice"][:12] for event in found["events"]] == ["The next run"]


def test_what_owes_nothing_is_left_out(world, plan):
    with world.ledger() as ledger:
        assert records.owed(plan, ledger, Course(reports=[told()]), FRAME) is None
